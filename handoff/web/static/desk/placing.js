// Where a case is, put right in one step: the resident said it wrongly, or said it later by phone.

import { api } from "../shared/api.js";
import { el } from "../shared/dom.js";
import { attempt } from "./toast.js";

export const CORRECT = "correct_place";

/** A button that opens the form beside it, and the form; `open` shows it at once, `saved(changed)` is called when it is kept. */
export function placing(one, { open, saved }) {
  const place = el("input", { name: "place", maxlength: "200", autocomplete: "off", value: one.place ?? "" });
  const area = el("input", { name: "area", list: "case-areas", maxlength: "64", autocomplete: "off", value: one.area ?? "" });
  const known = el("datalist", { id: "case-areas" });
  const form = el("form.form-grid.placing", { "aria-label": "改地点和社区", hidden: true },
    el("label", {}, "地点", place), el("label", {}, "社区或网格", area), known,
    el("div.buttons", {}, el("button.primary", { type: "submit" }, "保存"), el("span.muted.small", {}, "原来写的留在办理经过里。")));
  const button = el("button.chip.chip-said", { type: "button", "aria-expanded": "false", onclick: () => show(form.hidden) }, "改地点");

  function show(wanted) {
    form.hidden = !wanted;
    button.setAttribute("aria-expanded", wanted);
    if (!wanted) return;
    place.focus();
    if (!known.firstChild) attempt(offer);
  }

  async function offer() {
    const { areas } = await api("routing");
    known.replaceChildren(...areas.map((name) => el("option", { value: name })));
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    let changed;
    const body = { kind: CORRECT, data: { place: place.value, area: area.value } };
    if (await attempt(async () => (changed = await api(`cases/${one.number}/events`, body)), "已改，原来的留在办理经过里")) saved(changed);
  });
  return { button, form, begin: () => open && show(true) };
}
