// 微信模拟器: the left side is the resident's phone, the right side what went over the wire for the last message.

import { byId, composing, el, newId, toBottom } from "../shared/dom.js";
import { showExchange, showDelivery } from "./wire.js";

const LOOK = 1000; // milliseconds between looks at what the customer-service API delivered
const KEPT = "simulator";
const NEEDS_WORDS = { text: "说点什么", voice: "微信听出来的文字（可空）", location: "地点，例如：幸福小区东门" };
const EVENT = "subscribe";
const list = byId("messages");
const log = document.querySelector(".phone-log");
const words = byId("words");
const kind = byId("kind");

// {current, people: {openid: {name, seen, lines: [{from, text, choices}]}}}
const state = JSON.parse(sessionStorage.getItem(KEPT) ?? "null") ?? { current: null, people: {} };
const keep = () => sessionStorage.setItem(KEPT, JSON.stringify(state));
const person = () => state.people[state.current];

function another() {
  const openid = `o99${newId().slice(0, 25)}`;
  state.people[openid] = { name: `居民 ${Object.keys(state.people).length + 1}`, seen: 0, lines: [] };
  become(openid);
}

function become(openid) {
  state.current = openid;
  keep();
  byId("resident").replaceChildren(...Object.entries(state.people).map(([id, { name }]) => el("option", { value: id }, `${name}（${id.slice(0, 9)}…）`)));
  byId("resident").value = openid;
  byId("deliveries").replaceChildren();
  draw();
}

function draw() {
  list.replaceChildren(...person().lines.map(bubble));
  byId("phone-empty").hidden = person().lines.length > 0;
  toBottom(log);
}

function bubble(line) {
  const who = { resident: "我", account: "公众号", api: "公众号（客服消息）" }[line.from];
  const choices = (line.choices ?? []).map((one) => el("button", { type: "button", onclick: () => send("text", one.content, one.id) }, one.content));
  const box = el("div.bubble", {}, line.text, choices.length ? el("div.choices", {}, choices) : "");
  return el(`li.said.by-${line.from === "resident" ? "resident" : "bot"}`, {}, el("span.who", {}, who), box);
}

function add(openid, line) {
  state.people[openid].lines.push(line);
  keep();
  if (openid === state.current) draw();
}

const SAID = { voice: (text) => `［语音］${text || "（没有听出文字）"}`, image: () => "［图片］", location: (text) => `［位置］${text}`, event: () => "［关注了公众号］" };

async function send(what, text, menuId) {
  const openid = state.current;
  add(openid, { from: "resident", text: SAID[what]?.(text) ?? text });
  const body = { openid, kind: what, text: what === "event" ? EVENT : text, ...(menuId ? { menu_id: String(menuId) } : {}) };
  const response = await fetch("/simulator/api/messages", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }).catch(() => null);
  const answer = response ? await response.json() : { message: "诉求台没有响应。" };
  if (!response?.ok) return add(openid, { from: "account", text: `（没有发出：${answer.message}）` });
  showExchange(answer);
  if (answer.reply?.Content) add(openid, { from: "account", text: answer.reply.Content });
  look();
}

let looking = false;

async function look() {
  if (looking || document.hidden) return;
  looking = true;
  const openid = state.current;
  const after = state.people[openid].seen;
  const found = await fetch(`/simulator/api/messages?${new URLSearchParams({ openid, after })}`).then((response) => response.json()).catch(() => ({ messages: [] }));
  looking = false;
  for (const one of found.messages) {
    state.people[openid].seen = one.n;
    add(openid, { from: "api", ...read(one.body) });
    if (openid === state.current) showDelivery(one.body);
  }
}

/** The text and the choices of a customer-service message. */
function read(body) {
  if (body.msgtype === "msgmenu") {
    const { head_content: head, list: choices, tail_content: tail } = body.msgmenu;
    return { text: [head, tail].filter(Boolean).join("\n"), choices };
  }
  return { text: body.text?.content ?? `［${body.msgtype}］` };
}

byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = words.value.trim();
  if (!text && ["text", "location"].includes(kind.value)) return words.focus();
  words.value = "";
  send(kind.value, text);
  kind.value = "text";
  suit();
});
words.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && composing(event)) event.preventDefault();
});

function suit() {
  words.disabled = !(kind.value in NEEDS_WORDS);
  words.placeholder = NEEDS_WORDS[kind.value] ?? "不用填，直接发送";
}

kind.addEventListener("change", suit);
byId("another").addEventListener("click", another);
byId("resident").addEventListener("change", (event) => become(event.target.value));

if (state.current) become(state.current);
else another();
suit();
setInterval(look, LOOK);
