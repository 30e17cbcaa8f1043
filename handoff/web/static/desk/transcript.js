// The centre: everything said, in sequence order, each kind visibly different.

import { byId, el, nearBottom, toBottom } from "../shared/dom.js";
import { clock } from "../shared/time.js";
import { ACTOR, SENDER } from "../shared/words.js";

const DRAFT_WHY = { owner_changed: "已有人接手", handed_off: "已转人工", recalled: "居民撤回了那句话" };
const KINDS = { voice: "语音", image: "图片", location: "位置", event: "事件", video: "视频", file: "文件", menu_click: "点了选项", unknown: "其他" };
const STATES = { queued: "等待送出", held: "窗口已关，已通知，等居民回复后送出", sending: "正在送出", failed: "没有送达" };
const list = byId("messages");
const log = byId("log");
let shown = new Map(); // seq → what is drawn, to leave unchanged lines alone

export function clear() {
  shown = new Map();
  list.replaceChildren();
  log.querySelector(".empty").hidden = true;
}

/** Draws messages that are new or have changed. `cause` is the sequence number of the reason for the handoff. */
export function draw(messages, cause, { jump = false } = {}) {
  const follows = jump || nearBottom(log);
  for (const message of messages) {
    const mark = JSON.stringify([message, message.seq === cause]);
    if (shown.get(message.seq) === mark) continue;
    shown.set(message.seq, mark);
    place(line(message, cause), message.seq);
  }
  if (follows) toBottom(log);
}

export const last = () => Math.max(0, ...shown.keys());
export const firstSeq = () => (shown.size ? Math.min(...shown.keys()) : 0);

export function pointAt(seq) {
  const node = list.querySelector(`[data-seq="${seq}"]`);
  node?.scrollIntoView({ block: "center" });
  node?.focus();
}

function place(node, seq) {
  const old = list.querySelector(`[data-seq="${seq}"]`);
  if (old) return old.replaceWith(node);
  const later = [...list.children].find((other) => Number(other.dataset.seq) > seq);
  list.insertBefore(node, later ?? null);
}

function line(message, cause) {
  const draft = message.kind === "draft" || message.state === "draft";
  const note = message.kind === "note";
  const kind = draft ? ".draft" : note ? ".note" : "";
  const node = el(`li.line.from-${message.from}${kind}`, { "data-seq": message.seq, tabindex: "-1" },
    el("span.meta", {}, ...head(message, draft, note)),
    el("div.words", {}, words(message)),
    el("span.meta", {}, ...foot(message, draft)));
  node.classList.toggle("cause", message.seq === cause);
  return node;
}

function head(message, draft, note) {
  const who = note ? `内部备注 · ${ACTOR[message.author] ?? message.author ?? ""}` : [SENDER[message.from], message.author].filter(Boolean).join(" · ");
  const kind = message.from === "system" ? "通知" : "机器人草稿";
  const why = message.data?.why;
  const out = message.data?.said ? `只发出前 ${message.data.said} 个字的` : "未发出的";
  const flag = draft ? el("span.flag", {}, why === "fate_unknown" ? ` 可能已发出的${kind}（发送时中断了）` : ` ${out}${kind}（${DRAFT_WHY[why] ?? "已有人接手"}）`) : "";
  return [`第 ${message.seq} 条 · ${who} · ${clock(message.at)}`, flag];
}

function words(message) {
  const { data = {} } = message;
  const prefix = KINDS[message.kind] ? `［${KINDS[message.kind]}］` : "";
  if (message.kind === "location") return `${prefix}${data.label ?? message.text}`;
  if (message.kind === "event") return `${prefix}${data.event ?? message.text}`;
  const said = `${prefix}${message.text}${data.recalled ? "（居民已撤回）" : ""}`;
  return data.attachment ? el("div", {}, said, attachment(message), guess(data)) : said;
}

/** What the resident sent, once the desk has fetched it; its address asks for the log-in. */
function attachment({ kind, data }) {
  const { state, type = "", reason, url: src } = data.attachment;
  if (state === "waiting") return el("p.meta", {}, "附件正在取回…");
  if (state !== "stored") return el("p.meta", {}, state === "gone" ? "附件已过保存期" : `附件没有取到：${reason ?? ""}`);
  if (type.startsWith("image/")) return el("a", { href: src, target: "_blank" }, el("img.attached", { src, loading: "lazy", alt: "居民发来的图片" }));
  return el("p", {}, el("a", { href: src, target: "_blank" }, `打开${KINDS[kind] ?? "附件"}`));
}

function guess(data) {
  if (!data.machine_read) return "";
  return el("p.meta", {}, `机器识别${data.confirmed ? "，居民已确认" : "，仅供参考"}：${data.machine_read}`);
}

function foot(message, draft) {
  const state = STATES[message.state];
  const offered = message.data?.buttons?.map((button) => button.title).join(" / ");
  return [
    state && !draft ? el(`span.flag${message.state === "failed" ? ".bad" : ""}`, {}, state) : "",
    offered ? el("span.offered", {}, `给出的选项：${offered}`) : "",
  ];
}
