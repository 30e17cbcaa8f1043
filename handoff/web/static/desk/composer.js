// Writing: to the resident, or as a note. What is typed is kept per conversation until it is safely sent, and stays what
// it was written as, whoever holds the conversation meanwhile: only a person makes a reply of a note, or a note of a reply.

import { api } from "../shared/api.js";
import { byId, composing, el, newId } from "../shared/dom.js";
import { isoDay, moment } from "../shared/time.js";

const form = byId("composer");
const words = byId("words");
const asNote = byId("as-note");
const until = byId("until");
const problem = byId("unsent");

/** `sent()` is called after something was sent; `refused(error)` when the desk did not take it. */
export function composer({ user, sent, refused }) {
  const key = (conversation) => `desk.words.${user.username}.${conversation}`; // a colleague may log in where one sat
  let id = null;
  let mine = false;
  let attempt = null; // {text, note, client_id}: the same text is sent again under the same id
  let busy = false;

  function show(conversation, { staff, holds, window }) {
    const before = conversation === id ? mine : holds;
    if (conversation !== id) take(conversation);
    mine = holds;
    form.hidden = !staff;
    if (holds && !before && empty()) asNote.checked = false;
    until.parentElement.hidden = !holds;
    until.min = isoDay(new Date());
    showWindow(window);
    style();
  }

  function take(conversation) {
    id = conversation;
    attempt = kept().attempt ?? null;
    words.value = kept().text ?? "";
    asNote.checked = kept().note ?? false;
    until.value = kept().until ?? "";
    problem.hidden = true;
  }

  const kept = () => JSON.parse(sessionStorage.getItem(key(id)) ?? "{}");
  const empty = () => !words.value.trim();
  const keep = () => sessionStorage.setItem(key(id), JSON.stringify({ text: words.value, note: asNote.checked && (mine || !empty()), until: until.value, attempt }));
  /** Words for the resident, in a conversation that is no longer mine. */
  const stranded = () => !mine && !asNote.checked;

  function style() {
    if (!mine && empty()) asNote.checked = true;
    asNote.disabled = !mine && !stranded();
    byId("send").disabled = stranded();
    byId("stranded").hidden = !stranded();
    if (stranded()) problem.hidden = true;
    form.classList.toggle("note", asNote.checked);
    words.placeholder = asNote.checked
      ? mine ? "写给同事看的备注，居民看不到" : "接手后才能回复居民；这里可以写备注"
      : "写给居民。Enter 发送，Shift+Enter 换行";
  }

  function showWindow({ sends_left: left, closes_at: closes }) {
    const line = byId("window");
    line.classList.toggle("short", left !== null && left <= 1);
    const text = left === null ? "网页对话，条数不限"
      : left === 0 ? "微信回复窗口已关，请打电话或上门" : `微信还可发 ${left} 条，${moment(closes)}截止`;
    if (line.textContent !== text) line.textContent = text;
  }

  async function submit(event) {
    event.preventDefault();
    const text = words.value.trim();
    if (!text || busy || stranded()) return;
    const note = asNote.checked;
    if (attempt?.text !== text || attempt.note !== note) attempt = { text, note, client_id: newId() };
    const promised = mine && until.value ? { promise_until: until.value } : {};
    keep();
    wait(true);
    const to = id;
    try {
      if (note) await api(`conversations/${to}/notes`, { text, ...promised });
      else await api(`conversations/${to}/messages`, { text, client_id: attempt.client_id, ...promised });
      forget(to, text);
      sent();
    } catch (error) {
      if (to === id) complain(error);
      refused(error);
    } finally {
      wait(false);
    }
  }

  function wait(waiting) {
    busy = waiting;
    form.setAttribute("aria-busy", waiting);
    byId("send").textContent = waiting ? "正在发送…" : "发送";
  }

  function forget(to, text) {
    sessionStorage.removeItem(key(to));
    if (to !== id) return;
    attempt = null;
    until.value = "";
    problem.hidden = true;
    if (words.value.trim() === text) {
      words.value = "";
      asNote.checked = false;
    } else keep(); // more was typed meanwhile
    style();
  }

  function complain(error) {
    problem.replaceChildren(`发送失败：${error.message} 内容还在。`, el("button.plain", { type: "button", onclick: () => form.requestSubmit() }, "重试"));
    problem.hidden = false;
  }

  form.addEventListener("submit", submit);
  words.addEventListener("input", () => {
    keep();
    style();
  });
  until.addEventListener("change", keep);
  asNote.addEventListener("change", () => {
    keep();
    style();
    if (asNote.disabled) words.focus(); // the tick cannot be taken back; the keyboard goes on with the words
  });
  words.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !composing(event)) byId("log").focus();
    if (event.key !== "Enter" || event.shiftKey || composing(event)) return;
    event.preventDefault();
    form.requestSubmit();
  });

  return {
    show,
    hide: () => (form.hidden = true),
    focus: () => words.focus(),
    toggleNote: () => asNote.click(),
  };
}
