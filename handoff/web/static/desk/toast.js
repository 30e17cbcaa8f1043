// One short line at the head of the page: at its foot people write.

import { byId, el } from "../shared/dom.js";

const SHOWN = 4000; // milliseconds
const SHOWN_TO_UNDO = 30000; // what may have been a slip is read, thought about and reached for

let timer;
let takeBack = null; // what the button in the line does

export function toast(text) {
  show([text], SHOWN);
}

/** Says what nobody asked for, such as a look that failed: it pushes out no way back. */
export function mention(text) {
  if (!takeBack) toast(text);
}

/** Says what was done, with a way to take it back. */
export function undoable(text, work) {
  show([`${text} · `, el("button", { type: "button", onclick: undo }, "撤销")], SHOWN_TO_UNDO, work);
}

/** Takes back what the line offers to take back; nothing when it offers nothing. */
export function undo() {
  const work = takeBack;
  if (!work) return;
  hide(); // a second press takes back nothing else
  work();
}

function show(children, span, work = null) {
  const line = byId("toast");
  line.replaceChildren(...children);
  line.hidden = false;
  takeBack = work;
  clearTimeout(timer);
  timer = setTimeout(() => expire(span), span);
}

/** Not from under the hand that reaches for it. */
function expire(span) {
  if (byId("toast").querySelector("button:is(:hover, :focus)")) timer = setTimeout(() => expire(span), span);
  else hide();
}

function hide() {
  clearTimeout(timer);
  byId("toast").hidden = true;
  takeBack = null;
}

/** Runs `work`; what the desk refuses is said in its own words. Returns whether it was done. */
export async function attempt(work, done) {
  try {
    await work();
  } catch (error) {
    toast(error.message);
    return false;
  }
  if (done) toast(done);
  return true;
}
