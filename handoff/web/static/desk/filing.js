// 代办: a case filed by staff for somebody at the counter, on the phone, or without one.

import { api } from "../shared/api.js";
import { el } from "../shared/dom.js";
import { categoryInput, taxonomy } from "./categories.js";
import { attempt } from "./toast.js";

export async function draw(section, { user }) {
  if (section.firstChild) return;
  const { types } = await taxonomy();
  let code = null;
  const category = await categoryInput({ id: "file-category", required: true, placeholder: "打字找，例如：路灯" }, (found) => (code = found));
  category.addEventListener("change", () => category.setCustomValidity(code ? "" : "请从列表里选一个类别"));
  const done = el("div", { "aria-live": "polite" });
  const form = el("form.form-grid.card", {},
    labelled("什么事", el("textarea", { name: "description", rows: "4", maxlength: "2000", required: true, placeholder: "照居民的话写" })),
    labelled("类别", category),
    labelled("类型", el("select", { name: "type" }, types.map((name) => el("option", { value: name }, name)))),
    labelled("地点（可不填）", el("input", { name: "place", maxlength: "200" })),
    user.area ? "" : labelled("社区或网格（可不填）", el("input", { name: "area", maxlength: "64" })),
    el("label.check", {}, el("input", { type: "checkbox", name: "urgent" }), "紧急"),
    el("button.primary", { type: "submit" }, "登记"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));
    let made;
    const body = { ...given, category: code, urgent: given.urgent === "on" };
    if (!(await attempt(async () => (made = await api("cases", body))))) return;
    form.reset();
    code = null;
    done.replaceChildren(el("div.card", {}, el("p", {}, "登记好了，请把编号告诉居民："), el("p", { class: "phone-large" }, el("b", {}, made.number)),
      el("p", {}, el("a", { href: `#/cases/${made.number}` }, "打开这张工单"))));
  });
  category.addEventListener("input", () => {
    code = null;
    category.setCustomValidity("");
  }, { capture: true });
  section.append(el("div.sheet-inner", {}, el("h2", {}, "代办：替居民登记"), el("p.muted", {}, "居民在窗口、在电话里，或没有手机。不要填身份证号和银行卡号。"), done, form));
}

const labelled = (label, control) => el("label", {}, label, control);
