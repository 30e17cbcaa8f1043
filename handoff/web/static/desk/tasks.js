// 要补办的: call-backs and what did not reach the resident. A number is shown only to who is about to call.

import { api } from "../shared/api.js";
import { byId, el, refill, say } from "../shared/dom.js";
import { moment } from "../shared/time.js";
import { attempt } from "./toast.js";

const KIND = { call_back: "回电", call: "打电话", undelivered: "没送到", attachment: "没取到", silent: "没人回", offline: "没人回", silent_there: "没人回", resident_wish: "居民的话" };
const DONE = { call_back: "打过了", call: "打过了" };

/** `open(conversation)` is what a click on a task does; `changed()` is called after one was done. */
export function tasks({ open, changed }) {
  const numbers = new Map(); // task → the number asked for, until it is done or the page is left
  let listed = [];
  let beyond = 0;

  /** `more`: how many there are beyond those found. */
  function draw(found, more = 0) {
    listed = found;
    beyond = more;
    for (const id of numbers.keys()) if (!found.some((one) => one.id === id)) numbers.delete(id);
    refill(byId("tasks"), found.map(task));
    byId("tasks-count").textContent = found.length + more;
    say(byId("tasks-more"), more ? `后面还有 ${more} 项，做完前面的就列出来。` : "");
    byId("tasks-section").hidden = !found.length;
  }

  function task(one) {
    const about = [due(one), el("span", {}, one.conversation ? `对话 ${one.conversation}` : "")];
    const opener = el("button.entry-open", { type: "button", "data-key": `task-${one.id}`, disabled: !one.conversation, onclick: () => open(one.conversation) },
      el("span.entry-top", {}, el("span.chip", {}, KIND[one.kind] ?? "待办"), ...about),
      el("span.entry-why", {}, one.text));
    const finish = el("button.claim", { type: "button", "data-key": `done-${one.id}`, "aria-label": `${DONE[one.kind] ?? "做完了"}：${one.text}`, onclick: () => done(one) }, DONE[one.kind] ?? "做完了");
    return el("li.entry.task", { "data-task": one.id }, opener, el("div.task-foot", {}, number(one), finish));
  }

  function due(one) {
    if (!one.due_at) return "";
    const late = new Date(one.due_at) < new Date();
    return el(late ? "span.late-mark" : "span.wait", {}, late ? `${moment(one.due_at)} 已过` : `${moment(one.due_at)} 前`);
  }

  function number(one) {
    if (!one.phone) return "";
    const known = numbers.get(one.id);
    if (known) return el("a.task-number", { href: `tel:${known}`, "data-key": `number-${one.id}` }, known);
    return el("button.plain.task-number", { type: "button", "data-key": `number-${one.id}`, "aria-label": `看号码 ${one.phone}，会记下`, onclick: () => reveal(one) },
      el("span", {}, one.phone), " 看号码");
  }

  const reveal = (one) => attempt(async () => {
    numbers.set(one.id, (await api(`tasks/${one.id}/phone`, {})).phone);
    draw(listed, beyond);
  });

  const done = (one) => attempt(async () => {
    await api(`tasks/${one.id}/done`, {});
    await changed();
  });

  return { draw };
}
