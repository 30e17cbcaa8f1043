// 审计与保管: how long chats are kept, with the proof of each purge; and, for the auditor, who looked at what.

import { api } from "../shared/api.js";
import { scroller } from "../shared/case_table.js";
import { byId, el } from "../shared/dom.js";
import { lastOf } from "../shared/last_of.js";
import { signIn } from "../shared/sign_in.js";
import { moment } from "../shared/time.js";
import { ACTIONS, detailInWords } from "./words.js";

const COLUMNS = ["什么时候", "谁", "做了什么", "对什么", "细节"];
const filter = byId("filter");
const newest = lastOf();

signIn((user) => {
  attempt(kept);
  if (user.role !== "auditor") return;
  filter.elements.action.append(...Object.entries(ACTIONS).map(([value, text]) => el("option", { value }, text)));
  for (const [name, value] of new URLSearchParams(location.search)) if (filter.elements[name]) filter.elements[name].value = value;
  filter.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => entries([]));
  });
  attempt(() => entries([]));
});

async function attempt(work) {
  byId("problem").hidden = true;
  try {
    await work();
  } catch (error) {
    byId("problem").textContent = error.message;
    byId("problem").hidden = false;
  }
}

async function kept() {
  const found = await api("retention");
  const decided = found.chat_kept_days !== null;
  const now = decided ? `聊天保留 ${found.chat_kept_days} 天` : "运营者还没有决定，聊天一直保留";
  const rows = found.purges.map((one) =>
    el("tr", {}, ...[moment(one.at), `${moment(one.before)} 以前`, one.conversations, one.messages ?? 0, one.left, one.in_work].map((value) => el("td", {}, String(value)))));
  byId("kept").replaceChildren(
    el(`p.kept-now${decided ? "" : ".open"}`, {}, now),
    el("p.muted", {}, decided
      ? `该清除还没清除的 ${found.older} 条；还有人在办、办完再清除的 ${found.older_in_work} 条。原始报文保留 ${found.raw_kept_days} 天。`
      : `请在 CHAT_KEPT_DAYS 里写明保留几天。原始报文保留 ${found.raw_kept_days} 天。`),
    rows.length ? scroller("清除记录", ["清除时间", "清除了什么时候的", "对话", "消息", "该删没删的", "还在办的"], rows) : el("p.empty", {}, "还没有清除过。"));
  byId("kept").removeAttribute("aria-busy");
}

/** `earlier` are the `before` of the pages that were left, to go back to. */
async function entries(earlier, before) {
  const query = new URLSearchParams([...new FormData(filter)].filter(([, value]) => value.trim()));
  history.replaceState(null, "", String(query) ? `?${query}` : location.pathname);
  if (before) query.set("before", before);
  const answer = await newest(api(`audit?${query}`));
  if (!answer) return;
  const { entries: found, next } = answer;
  const move = (text, pages, to) => el("button", { type: "button", onclick: () => attempt(() => entries(pages, to)) }, text);
  const newer = earlier.length ? move("更近的", earlier.slice(0, -1), earlier.at(-1)) : "";
  const older = next ? move("更早的", [...earlier, before], next) : "";
  byId("entries").replaceChildren(
    found.length ? scroller("审计日志", COLUMNS, found.map(entry)) : el("p.empty", {}, "没有符合的记录。"),
    el("div.buttons", {}, newer, older));
}

function entry(one) {
  const cells = [moment(one.at), one.actor, ACTIONS[one.action] ?? one.action, one.target ?? "—", detailInWords(one.detail)];
  return el("tr", {}, cells.map((value) => el("td", {}, value)));
}
