// The register of cases (工单): find, open, and record what was done.

import { api } from "../shared/api.js";
import { offerAreas } from "../shared/areas.js";
import { caseTable, due, sealedMark } from "../shared/case_table.js";
import { el } from "../shared/dom.js";
import { lastOf } from "../shared/last_of.js";
import { isoDay, moment } from "../shared/time.js";
import { ACTOR, CASE_STATE, OUTCOME_ORDER } from "../shared/words.js";
import { taxonomy } from "./categories.js";
import { close, show } from "./dialog.js";
import { placing } from "./placing.js";
import { attempt, toast } from "./toast.js";

const newest = lastOf();

export async function draw(section, { user, staff, openTalk, argument }) {
  if (argument) showCase(argument, { user, staff, openTalk });
  if (section.firstChild) return section.querySelector("form").requestSubmit();
  const { categories, types, outcomes } = await taxonomy();
  const first = categories.filter((one) => !one.parent);
  const areas = select("area", "全部", []);
  const found = el("div", { "aria-live": "polite" });
  const form = el("form.filters", { "aria-label": "查找工单" },
    labelled("编号", el("input", { name: "numbers", maxlength: "20", size: "12" })),
    labelled("状态", select("status", "全部", Object.entries(CASE_STATE))),
    labelled("类别", select("category", "全部", first.map((one) => [one.code, one.name]))),
    labelled("类型", select("type", "全部", types.map((name) => [name, name]))),
    labelled("结果", select("outcome", "全部", OUTCOME_ORDER.map((code) => [code, outcomes[code]]))),
    labelled("社区", areas),
    labelled("期限", select("late", "全部", [["overdue", "已过期"], ["extended", "延过期、没办结"], ["long_open", "超过 15 天没办结"], ["open", "没办结"]])),
    el("button.primary", { type: "submit" }, "查找"));
  await offerAreas(areas, user);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => list(form, found, 0, { user, staff, openTalk }));
  });
  section.append(el("div.sheet-inner", {}, el("h2", {}, "工单"), form, found));
  form.requestSubmit();
}

const labelled = (label, control) => el("label", {}, label, control);
const select = (name, all, options) =>
  el("select", { name }, el("option", { value: "" }, all), options.map(([value, text]) => el("option", { value }, text)));

async function list(form, found, offset, context) {
  const given = Object.fromEntries([...new FormData(form)].filter(([, value]) => value.trim()));
  const { late, ...filters } = given;
  const query = new URLSearchParams({ ...filters, ...(late ? { [late]: "yes" } : {}) });
  const answer = await newest(api(`cases?${query}&offset=${offset}`));
  if (!answer) return;
  const { cases, total, hidden, page } = answer;
  const take = (format, text) => el("a.button", { href: `/api/cases/export?${query}&format=${format}`, download: `cases.${format}` }, text);
  const taken = context.user.role === "vendor" || !cases.length ? [] : [take("csv", "导出表格"), take("json", "导出 JSON")];
  const move = (to, text) => el("button", { type: "button", onclick: () => attempt(() => list(form, found, to, context)) }, text);
  found.replaceChildren(
    el("div.found-head", {}, el("p.muted", {}, `共 ${total} 件${hidden ? `，其中 ${hidden} 件由专人受理，不在这里列出` : ""}`), el("div.buttons", {}, taken)),
    caseTable(cases, (number) => showCase(number, context)),
    el("div.buttons", {}, offset > 0 ? move(offset - page, "上一页") : "", offset + cases.length + hidden < total ? move(offset + page, "下一页") : ""));
}

/** `context.placing` opens the correction of the place at once. */
export async function showCase(number, context) {
  await attempt(async () => {
    const [one, { outcomes }] = await Promise.all([api(`cases/${encodeURIComponent(number)}`), taxonomy()]);
    const talk = one.conversation && context.openTalk
      ? el("button", { type: "button", onclick: () => { close(); context.openTalk(one.conversation); } }, `打开对话 ${one.conversation}`) : "";
    const later = { ...context, placing: false };
    const where = context.staff && placing(one, { open: context.placing, saved: (changed) => again(changed, later) });
    show(`工单 ${one.number}`, facts(one, outcomes, where), where ? where.form : "", el("div.buttons", {}, talk),
      ...(context.staff ? [eventForm(one, outcomes, () => showCase(number, later))] : []),
      el("h3", {}, "办理经过"), el("ol.timeline", {}, one.events.map((event) => step(event, outcomes)).reverse()));
    if (where) where.begin();
  });
}

/** What has gone to another community is theirs from now on, and may not be seen here any more. */
function again({ number, area }, context) {
  const own = context.user.area;
  if (!own || !area || `${area}/`.startsWith(`${own}/`)) return showCase(number, context);
  close();
  toast(`已改到${area}，由那边的同事接着办`);
}

function facts(one, outcomes, where) {
  const rows = [
    ["诉求", one.description], ["类型", el("span", {}, `${one.type}${one.urgent ? "（紧急）" : ""} `, sealedMark(one))],
    ["类别", one.bot_category && one.bot_category !== one.category ? `${one.category_name}（机器人原来分错，已改）` : one.category_name],
    ["地点", where ? el("span", {}, `${one.place ?? "没有说"} `, where.button) : (one.place ?? "没有说")], ["状态", one.status_name], ["期限", due(one)], ["社区", one.area ?? "—"], ["承办", one.unit ?? "—"],
    ...(one.outcome ? [["结果", outcomes[one.outcome] ?? one.outcome]] : []),
  ];
  return el("dl.pairs", {}, rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

const STEPS = {
  registered: "登记", accept: "受理", start: "开始办理", pass: "转承办单位", propose_done: "办好了，等居民确认",
  close: "办结", reopen: "重新打开", note: "备注", extend: "延期", category: "改类别", seal: "转为密件", unseal: "解除密件", area: "改社区",
  added: "居民补充", place: "居民说了地点", corrected_place: "居民更正地点", corrected_category: "居民更正事情", again: "居民又反映", resident_confirms: "居民说已解决", resident_withdraws: "居民想撤回",
  correct_place: "改地点",
};

function step(event, outcomes) {
  const data = event.data ?? {};
  const more = [data.unit, data.outcome && (outcomes[data.outcome] ?? data.outcome), data.due_at && `新期限 ${moment(data.due_at)}`, event.kind === "area" && data.to, ...moved(data), event.text];
  return el("li", {}, el("p.meta", {}, `${moment(event.at)} · ${ACTOR[event.actor] ?? event.actor}`),
    el("p", {}, [STEPS[event.kind] ?? event.kind, ...more.filter(Boolean)].join(" · ")));
}

const WHERE = { place: "地点", area: "社区" };
const moved = (data) => Object.entries(WHERE).filter(([field]) => `${field}_before` in data)
  .map(([field, name]) => `${name}：${data[`${field}_before`] || "没有写"} → ${data[field] || "没有写"}`);

const WORDS_NEEDED = { extend: "延期原因（会告诉居民，必填）", resident_confirms: "居民怎么说的，什么时候（必填）" };

function eventForm(one, outcomes, done) {
  const kinds = one.status === "closed" ? ["note", "resident_confirms", "reopen"] : ["note", "accept", "start", "pass", "propose_done", "resident_confirms", "extend", "close"];
  const kind = el("select", { name: "kind", "aria-label": "做什么" }, kinds.map((name) => el("option", { value: name }, STEPS[name])));
  const extra = el("div");
  const text = el("textarea", { name: "text", rows: "2", maxlength: "1000", "aria-label": "说明", placeholder: "说明（可不填）" });
  const form = el("form.event-form", { "aria-label": "记一步" }, labelled("记一步", kind), extra, text, el("button.primary", { type: "submit" }, "记下"));
  kind.addEventListener("change", () => {
    extra.replaceChildren(...fieldsOf(kind.value, one, outcomes));
    text.placeholder = WORDS_NEEDED[kind.value] ?? "说明（可不填）";
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { kind: chosen, text: words, ...data } = Object.fromEntries(new FormData(form));
    const body = { kind: chosen, text: words, data };
    if (await attempt(() => api(`cases/${one.number}/events`, body), "已记下")) done();
  });
  return form;
}

function fieldsOf(kind, one, outcomes) {
  if (kind === "pass") return [labelled("承办单位", el("input", { name: "unit", maxlength: "80", required: true }))];
  if (kind === "extend") return [labelled("新的期限", el("input", { name: "due_at", type: "date", min: isoDay(new Date(one.due_at)), required: true }))];
  if (kind !== "close") return [];
  return [labelled("处理结果", el("select", { name: "outcome", required: true }, el("option", { value: "" }, "请选择"), OUTCOME_ORDER.map((code) => el("option", { value: code }, outcomes[code]))))];
}
