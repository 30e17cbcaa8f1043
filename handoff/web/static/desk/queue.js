// The left side: who waits, what I hold, what still has to be done.

import { api } from "../shared/api.js";
import { byId, el, refill, say } from "../shared/dom.js";
import { waited } from "../shared/time.js";
import { CHANNEL, PRIORITY, REASON } from "../shared/words.js";
import * as alarm from "./alarm.js";
import { tasks } from "./tasks.js";

/** `staff` may claim; `open(id)` and `claim(id)` are what a click does; `current()` is the open conversation. */
export function queue({ staff, open, claim, current }) {
  const toDo = tasks({ open, changed: refresh });
  let state = { waiting: [], mine: [], tasks: [] }; // `…_more`: how many there are beyond those listed
  let running = null;
  let again = false;
  let taking = null; // the conversation that the desk has been asked for
  const unread = new Set(); // of mine, where something was said while another conversation was open

  /** Looks again; calls that come while it looks are answered by one more look, and wait for that one. */
  function refresh() {
    if (running) again = true;
    else running = looks().finally(() => (running = null));
    return running;
  }

  async function looks() {
    do {
      again = false;
      await look();
    } while (again);
  }

  async function look() {
    const [waiting, mine, tasks] = await Promise.all([
      api("queue"),
      staff ? api("mine") : { mine: [] },
      staff ? api("tasks") : { tasks: [] },
    ]);
    state = { ...waiting, ...mine, ...tasks };
    const held = state.mine.map((one) => one.id);
    for (const id of unread) if (!held.includes(id)) unread.delete(id);
    alarm.watch(state.waiting, state.mine);
    draw();
  }

  function draw() {
    unread.delete(current());
    for (const [name, entries] of [["waiting", state.waiting], ["mine", state.mine]]) {
      refill(byId(name), entries.map((one) => entry(one, name)));
      byId(`${name}-count`).textContent = entries.length + (state[`${name}_more`] ?? 0);
      byId(`${name}-empty`).hidden = entries.length > 0;
    }
    say(byId("waiting-more"), state.waiting_more ? `后面还有 ${state.waiting_more} 位在等，前面的接走了就列出来。` : "");
    if (staff) toDo.draw(state.tasks, state.tasks_more);
  }

  function entry(one, place) {
    const level = one.priority ?? "P2";
    const wants = one.skills_name ? `要会${one.skills_name}` : "";
    const about = [one.category_name, CHANNEL[one.channel] ?? one.channel, one.area, wants].filter(Boolean).join(" · ");
    const top = el("span.entry-top", {},
      el(`span.chip.chip-${level.toLowerCase()}`, {}, `${level} ${PRIORITY[level]}`),
      one.sealed ? el("span.chip.chip-sealed", {}, "密件") : "",
      unread.has(one.id) ? el("span.chip.chip-new", {}, "新消息") : "",
      one.waiting_since ? el("span.wait", { "data-since": one.waiting_since }, waited(one.waiting_since)) : "");
    const why = el("span.entry-why", {}, REASON[one.reason] ?? one.reason_text ?? "");
    const shown = [top, why, el("span.entry-about", {}, about), el("span.entry-about", {}, one.preview ? `“${one.preview}”` : "")];
    const opener = el("button.entry-open", { type: "button", "data-key": `${place}-open-${one.id}`, onclick: () => open(one.id) }, shown);
    const taker = staff && place === "waiting"
      ? el("button.claim", { type: "button", "data-key": `claim-${one.id}`, "aria-label": `接手对话 ${one.id}：${why.textContent}`, onclick: () => take(one.id) }, taking === one.id ? "接手中…" : "接手")
      : null;
    const node = el(`li.entry.${level.toLowerCase()}`, { "data-id": one.id, "aria-busy": `${taking === one.id}` }, opener, ...(taker ? [taker] : []));
    node.classList.toggle("current", current() === one.id);
    return node;
  }

  async function take(id) {
    if (taking !== null || id === undefined) return;
    taking = id;
    draw();
    try {
      await claim(id);
    } finally {
      taking = null;
      draw();
    }
  }

  setInterval(() => {
    for (const node of document.querySelectorAll("[data-since]")) node.textContent = waited(node.dataset.since);
  }, 1000);

  /** Something was said in a conversation that is not open. */
  function mark(id) {
    if (unread.has(id) || !state.mine.some((one) => one.id === id)) return;
    unread.add(id);
    draw();
  }

  return { refresh, draw, mark, takeNext: () => take(state.waiting[0]?.id) };
}
