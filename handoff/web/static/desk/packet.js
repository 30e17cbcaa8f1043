// The right side: what a caseworker has to know before the first word, without scrolling.

import { byId, el, refill } from "../shared/dom.js";
import { moment } from "../shared/time.js";
import { ACTOR, REASON, ruleInWords } from "../shared/words.js";
import { categoryInput } from "./categories.js";

const pane = byId("pane-packet");
const PLAIN = { true: "是", false: "否" };

let drawn = null; // what the pane shows: it stays as it is under the reader's eyes while nothing changes

/** `correct(code)` changes the category, `point(seq)` shows a message, `openCase(number, {placing})` a case, `keep(id)` notes a promise as kept. */
export async function draw(packet, { holds, staff, correct, point, openCase, keep }) {
  const { messages, version, ...shown } = packet;
  const wanted = JSON.stringify([shown, holds, staff]);
  if (wanted === drawn) return;
  drawn = wanted;
  const category = await categoryPart(packet.category, holds, correct);
  refill(
    pane,
    reasonPart(packet.reason, point),
    category,
    fieldsPart(packet.fields, packet.unknown, point),
    listPart("已经答应的", packet.promises.map((one) => promise(one, holds, keep))),
    listPart("这位居民的工单", packet.cases.map((one) => caseLine(one, openCase, staff))),
    whyPart(packet.why),
  );
}

const part = (title, ...content) => el("section.packet-part", {}, el("h3", {}, title), ...content);

function reasonPart(reason, point) {
  if (!reason) return part("为什么要人", el("p", {}, "没有转人工，现在由机器人答。"));
  const source = reason.message_seq ? seqButton(reason.message_seq, point) : null;
  return part("为什么要人",
    el("p", {}, el("span.reason-why", {}, REASON[reason.trigger] ?? reason.why), " ", ...(source ? [source] : [])),
    reason.text ? el("blockquote.quote", { tabindex: "0" }, reason.text) : null);
}

const seqButton = (seq, point) =>
  el("button.chip.chip-said", { type: "button", "data-key": `seq-${seq}`, onclick: () => point(seq) }, `居民第 ${seq} 条`);

async function categoryPart(category, holds, correct) {
  const sure = category.confidence ? `机器人把握 ${Math.round(category.confidence * 100)}%` : "";
  const now = el("p", {}, el("span.category-now", {}, category.name ?? "还没有分类"), " ", el("span.muted.small", {}, sure));
  if (!holds) {
    const others = category.runners_up.map((one) => one.name).join("、");
    return part("类别", now, others ? el("p.muted.small", {}, `也可能是：${others}`) : null);
  }
  const chips = category.runners_up.map((one) =>
    el("button", { type: "button", "data-key": `to-${one.code}`, "aria-label": `改为${one.name}`, onclick: () => correct(one.code) }, one.name));
  const other = await categoryInput({ placeholder: "改成别的：打字找", "aria-label": "改成别的类别", "data-key": "other-category" }, correct);
  return part("类别（点一下就改）", now, el("div.runners", {}, chips, other));
}

function fieldsPart(fields, unknown, point) {
  const known = fields.map((one) =>
    el("div", {}, el("dt", {}, one.label), el("dd", {}, el("span", {}, PLAIN[one.value] ?? one.value),
      one.source === "resident" ? seqButton(one.message_seq, point) : el("span.chip.chip-guess", {}, "机器人猜的"))));
  const missing = el("p", {}, el("span.muted", {}, "还不知道："), unknown.length ? el("b", {}, unknown.join("、")) : "没有");
  return part("居民已经给了的", known.length ? el("dl.fields", {}, known) : el("p.muted", {}, "没有读出什么。"), missing);
}

function listPart(title, items) {
  return part(title, items.length ? el("ul.facts", {}, items) : el("p.muted", {}, "没有"));
}

/** What the desk itself promised is kept by doing it; what a person promised, that person says. */
function promise(one, holds, keep) {
  const open = !one.kept && !one.dropped;
  const late = open && one.broken;
  const state = one.kept ? (one.broken ? "做到了，晚了" : "已做到") : one.dropped ? "不用了" : late ? `${moment(one.due_at)} 已过期` : `${moment(one.due_at)} 前`;
  const by = ACTOR[one.by] ?? one.by;
  const done = holds && open && !(one.by in ACTOR) && !one.number
    ? el("button.chip.chip-said", { type: "button", "data-key": `kept-${one.id}`, "aria-label": `做到了：${one.text}`, onclick: () => keep(one.id) }, "做到了") : "";
  return el("li", {}, `${one.text}（${by}${one.number ? `，${one.number}` : ""}） `, el(`span${late ? ".late" : ".muted"}`, {}, state), " ", done);
}

function caseLine(one, openCase, staff) {
  const placing = staff && one.status !== "closed"
    ? el("button.chip.chip-said", { type: "button", "data-key": `place-${one.number}`, "aria-label": `改 ${one.number} 的地点`, onclick: () => openCase(one.number, { placing: true }) }, "改地点") : "";
  const where = [one.place ?? "没有说地点", one.area].filter(Boolean).join(" · ");
  return el("li", {}, el("button.case-link", { type: "button", "data-key": `case-${one.number}`, onclick: () => openCase(one.number) },
    el("span", {}, one.number), el("span", {}, one.category_name), el("span", {}, one.status_name)),
    el("p.small.muted.case-place", {}, where, " ", placing));
}

function whyPart(why) {
  if (!why) return null;
  const told = typeof why === "string" ? why
    : [why.phrases?.length ? `看到“${why.phrases.join("”“")}”` : "", why.nearest?.length ? `像“${why.nearest[0]}”` : "", why.rule ? ruleInWords(why.rule) : ""]
      .filter(Boolean).join("；");
  return told ? part("机器人为什么这样想", el("p.small.muted", {}, told)) : null;
}
