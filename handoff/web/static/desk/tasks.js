// 要补办的: call-backs and what did not reach the resident. A number is shown only to who is about to call.

import { api } from "../shared/api.js";
import { byId, el, refill, say } from "../shared/dom.js";
import { clock, moment } from "../shared/time.js";
import { attempt, mention, toast, undoable } from "./toast.js";

const KIND = { call_back: "回电", call: "打电话", undelivered: "没送到", attachment: "没取到", unread: "没处理", silent: "没人回", offline: "没人回", silent_there: "没人回", resident_wish: "居民的话" };
const DONE = { call_back: "打过了", call: "打过了" };

/** `open(conversation)` is what a click on a task does; `changed()` is called after one was done. */
export function tasks({ open, changed }) {
  const numbers = new Map(); // task → the number asked for, until it is done or the page is left
  const asking = new Set(); // tasks that the desk is being told something about
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
    const tries = one.tries ? el("p.task-tries", {}, `已打 ${one.tries} 次没接通，上次 ${clock(one.tried_at)}`) : "";
    const foot = el("div.task-foot", {}, number(one), el("div.task-outcomes", {}, outcomes(one)));
    return el("li.entry.task", { "data-task": one.id }, opener, tries, foot);
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

  /** What came of it. A call that nobody answered stays to be made; 打过了 keeps its place at the end. */
  function outcomes(one) {
    const finish = outcome(one, "done", DONE[one.kind] ?? "做完了", done);
    return one.kind in DONE ? [outcome(one, "tried", "没接通", tried), finish] : [finish];
  }

  function outcome(one, key, label, work) {
    // The second half of a double click falls on whatever has come to stand there meanwhile: it means nothing.
    const onclick = (event) => event.detail < 2 && once(one, () => work(one, label));
    return el(`button.claim.${key}`, { type: "button", "data-key": `${key}-${one.id}`, "aria-label": `${label}：${one.text}`, onclick }, label);
  }

  const reveal = (one) => attempt(async () => {
    numbers.set(one.id, (await api(`tasks/${one.id}/phone`, {})).phone);
    draw(listed, beyond);
  });

  const lookAgain = () => changed().catch((error) => mention(error.message));

  async function once(one, work) {
    if (asking.has(one.id)) return;
    asking.add(one.id);
    await attempt(work);
    asking.delete(one.id);
  }

  async function done(one, label) {
    const mine = (await api(`tasks/${one.id}/done`, {})).done;
    if (mine) undoable(`已记下：${label}`, () => takeBack(one, "done", `tasks/${one.id}/reopen`));
    else toast("这一项已经办完了。");
    await lookAgain();
  }

  async function tried(one, label) {
    const { id } = await api(`tasks/${one.id}/tried`, {});
    undoable(`已记下：${label}`, () => takeBack(one, "tried", `tries/${id}/undo`));
    await lookAgain();
  }

  async function takeBack(one, key, path) {
    try {
      await api(path, {});
    } catch (error) {
      const again = error.code === "offline"; // what was done by a slip must not stay done for want of a network
      return again ? undoable(error.message, () => takeBack(one, key, path)) : toast(error.message);
    }
    toast("已撤销");
    await lookAgain();
    byId("tasks").querySelector(`[data-key="${key}-${one.id}"]`)?.focus(); // where the slip was made
  }

  return { draw };
}
