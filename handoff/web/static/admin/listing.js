// What a figure counts: the list of its cases or handoffs.

import { api } from "../shared/api.js";
import { caseTable, scroller } from "../shared/case_table.js";
import { byId, el } from "../shared/dom.js";
import { lastOf } from "../shared/last_of.js";
import { moment } from "../shared/time.js";
import { PRIORITY, REASON } from "../shared/words.js";

const dialog = byId("listing");
const body = dialog.querySelector(".listing-body");
const ENDED = { withdrawn: "居民取消", handed_back: "交还机器人" };
const LISTS = { cases, handoffs, promises };
const newest = lastOf();
dialog.querySelector(".close").addEventListener("click", () => dialog.close());

/** Opens the list of `filter`; `list` is "cases", "handoffs" or "promises". */
export async function openList(title, list, filter) {
  byId("listing-title").textContent = title;
  body.replaceChildren(el("p.muted", {}, "正在取名单…"));
  dialog.showModal();
  await fill(LISTS[list](filter));
}

async function fill(listing) {
  try {
    const found = await newest(listing);
    if (found) body.replaceChildren(...found);
  } catch (error) {
    body.replaceChildren(el("p.error", { role: "alert" }, error.message));
  }
}

async function cases(filter, offset = 0) {
  const { cases: found, total, hidden, page } = await api(`cases?${new URLSearchParams({ ...filter, offset })}`);
  const move = (to, text) => el("button", { type: "button", onclick: () => fill(cases(filter, to)) }, text);
  return [
    el("p.muted", {}, `共 ${total} 件${hidden ? `，其中 ${hidden} 件由专人受理，不在这里列出` : ""}`),
    caseTable(found, (number) => location.assign(`/desk#/cases/${number}`)),
    el("div.buttons", {}, offset > 0 ? move(offset - page, "上一页") : "", offset + found.length + hidden < total ? move(offset + page, "下一页") : "")];
}

const counted = (found, hidden, unit) =>
  `共 ${found.length + hidden} ${unit}${hidden ? `，其中 ${hidden} ${unit}由专人受理，不在这里列出` : ""}`;

async function promises(filter) {
  const { promises: found, hidden } = await api(`promises?${new URLSearchParams(filter)}`);
  const state = (one) => (one.broken ? (one.kept ? "做到了，但晚了" : "没有做到") : one.dropped ? "居民不需要了" : "做到了");
  const about = (one) => (one.number ? el("a", { href: `/desk#/cases/${one.number}` }, one.number) : el("a", { href: `/desk#/talk/${one.conversation}` }, `对话 ${one.conversation}`));
  const rows = found.map((one) =>
    el("tr", {}, el("td", {}, about(one)), el("td", {}, one.text), el("td", {}, moment(one.made_at)), el("td", {}, moment(one.due_at)), el("td", {}, state(one))));
  return [el("p.muted", {}, counted(found, hidden, "个")), found.length ? scroller("承诺名单", ["哪件事", "答应的", "什么时候答应", "期限", "结果"], rows) : el("p.empty", {}, "没有符合的记录。")];
}

async function handoffs(filter) {
  const { handoffs: found, hidden } = await api(`handoffs?${new URLSearchParams(filter)}`);
  const { outcomes } = await api("taxonomy");
  const ended = (one) => (one.ended_at ? `${moment(one.ended_at)} ${ENDED[one.ended_how] ?? outcomes[one.ended_how] ?? ""}` : "还没结束");
  const rows = found.map((one) =>
    el("tr", {},
      el("td", {}, el("a", { href: `/desk#/talk/${one.conversation_id}` }, `对话 ${one.conversation_id}`)),
      el("td", {}, moment(one.requested_at)), el("td", {}, REASON[one.trigger] ?? one.reason_text),
      el("td", {}, PRIORITY[one.priority] ?? one.priority), el("td", {}, moment(one.first_human_at) || "还没有"),
      el("td", {}, ended(one)), el("td", {}, one.wrong ? "是" : "")));
  const columns = ["对话", "要人的时间", "原因", "缓急", "人工首次答复", "结束", "不必转"];
  return [el("p.muted", {}, counted(found, hidden, "次")), found.length ? scroller("转人工名单", columns, rows) : el("p.empty", {}, "没有符合的记录。")];
}
