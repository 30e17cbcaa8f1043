// The conversation on the page, in sequence order; what is not sent yet stands last.

import { byId, el, nearBottom, toBottom } from "../shared/dom.js";
import { clock } from "../shared/time.js";

// Numbers that may be called from where they stand: the national ones and the office's own.
const OFFICE = document.querySelector(".chat-phone").getAttribute("href").slice("tel:".length);
const NUMBERS = new Set([OFFICE, "110", "119", "120", "122", "12345", "12356"]);
const DIGITS = /(?<![\d-])\d[\d-]*\d(?![\d-])/g;
// The page greets with the notice that this is a bot; the bot's first answer repeats it for channels without a page.
const NOTICE = /^您好，我是[^\n]*不是真人。\n[\s\S]*?\n\n/;
const NAMES = { bot: "机器人", human: "工作人员", system: "通知", resident: "我" };
const list = byId("messages");
const log = byId("log");

function bubble(from, text, at, attributes) {
  const words = from === "resident" ? text : callable(from === "bot" ? text.replace(NOTICE, "") : text);
  return el(`li.said.by-${from}`, attributes, el("span.who", {}, who(from, at)), el("div.bubble", {}, words));
}

const who = (from, at) => [NAMES[from] ?? NAMES.system, at ? clock(at) : ""].filter(Boolean).join(" ");

/** The text with its telephone numbers as links; everything else stays plain text. */
function callable(text) {
  const parts = [];
  let done = 0;
  for (const { 0: digits, index } of text.matchAll(DIGITS)) {
    if (!NUMBERS.has(digits)) continue;
    parts.push(text.slice(done, index), el("a.call", { href: `tel:${digits}`, "aria-label": `打电话 ${digits}` }, digits));
    done = index + digits.length;
  }
  return [...parts, text.slice(done)];
}

/** Puts a message where its number belongs; one that is there already stays as it is. */
function insert(node, seq) {
  if (list.querySelector(`[data-seq="${seq}"]`)) return false;
  node.dataset.seq = seq;
  const later = [...list.children].find((other) => Number(other.dataset.seq ?? Infinity) > seq);
  const following = follows();
  list.insertBefore(node, later ?? null);
  if (following || node.classList.contains("by-resident")) toNewest();
  return true;
}

let left = -1; // where it was left after the newest

/** The newest is in view, from its first line on: there stand the numbers to call in danger, however small the screen. */
function toNewest() {
  toBottom(log);
  const above = list.lastElementChild ? log.getBoundingClientRect().top - list.lastElementChild.getBoundingClientRect().top : 0;
  if (above > 0) log.scrollTop -= above;
  left = log.scrollTop;
}

/** Whether the reader is where the newest was shown, and has not gone up to read what was before. */
const follows = () => nearBottom(log) || Math.abs(log.scrollTop - left) < 2;

export function show(message, say) {
  const node = bubble(message.from, message.text, message.at, {});
  if (message.buttons?.length) {
    const buttons = message.buttons.map(({ title }) => el("button", { type: "button", onclick: () => say(title) }, title));
    node.append(el("div.quick", { role: "group", "aria-label": "可以这样回答" }, buttons));
  }
  if (insert(node, message.seq)) onlyLatestQuick();
}

/** Answers belong to the last question: offers of earlier messages go away. */
function onlyLatestQuick() {
  for (const quick of list.querySelectorAll(".quick")) if (quick.closest("li") !== list.lastElementChild) quick.remove();
}

/** A message of the resident's own before the desk has it. */
export function showOwn(item) {
  list.querySelector(`[data-id="${item.id}"]`)?.remove();
  const node = bubble("resident", item.text, null, { "data-id": item.id });
  node.append(el("span.delivery", {}, "发送中…"));
  list.append(node);
  onlyLatestQuick();
  toBottom(log);
}

export function settle(id, seq) {
  const node = list.querySelector(`[data-id="${id}"]`);
  if (!node) return;
  node.remove();
  node.querySelector(".delivery")?.remove();
  node.querySelector(".who").textContent = `${who("resident", new Date())} 已收到`;
  insert(node, seq);
}

export function fail(id, why, retry) {
  const state = list.querySelector(`[data-id="${id}"] .delivery`);
  if (!state) return;
  state.classList.add("failed");
  state.replaceChildren(`未发送${why ? `（${why}）` : ""}`, el("button", { type: "button", onclick: retry }, "重试"));
  toBottom(log);
}

/** Changes sizes without losing the end of the conversation from sight. */
export function keepPlace(work) {
  const following = follows();
  work();
  if (following) toNewest();
}

/** The messages from before, put in without reading all of them aloud. */
export function quietly(work) {
  log.setAttribute("aria-busy", "true");
  work();
  log.removeAttribute("aria-busy");
  toNewest();
}
