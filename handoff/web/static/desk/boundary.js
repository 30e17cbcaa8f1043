// 边界: what the bot may answer. One person proposes, another approves; no retraining.

import { api } from "../shared/api.js";
import { el } from "../shared/dom.js";
import { moment } from "../shared/time.js";
import { attempt } from "./toast.js";

const MAY_CHANGE = ["admin", "supervisor"];

export async function draw(section, { user }) {
  await attempt(async () => render(section, user, await api("boundary")));
}

function render(section, user, view) {
  const may = MAY_CHANGE.includes(user.role);
  const again = (work, done) => attempt(async () => render(section, user, await work()), done);
  section.replaceChildren(el("div.sheet-inner", {},
    el("h2", {}, `边界：哪些事机器人可以答（第 ${view.version ?? "？"} 版）`),
    el("p.muted", {}, "改动要两个人：一个提出，另一个批准。批准后马上生效，不用重新训练。"),
    view.problem ? el("p.error", { role: "alert" }, `边界文件读不懂：${view.problem}。现在所有事情都交给人。`) : "",
    view.pending ? pending(view.pending, user, may, again) : "",
    policy(view, may, again)));
}

function pending(change, user, may, again) {
  const own = change.proposed_by === user.username;
  const decide = (how, done) => again(() => api(`boundary/${change.id}/${how}`, {}), done);
  return el("section.card", { "aria-label": "等批准的修改" },
    el("h3", {}, `等批准的修改：${change.proposed_by} 提出于 ${moment(change.proposed_at)}`),
    el("div.diff", { tabindex: "0", role: "region", "aria-label": "修改前后对比" }, change.diff.split("\n").map(diffLine)),
    may ? el("div.buttons", {},
      el("button.primary", { type: "button", disabled: own, onclick: () => decide("approve", "已批准，马上生效") }, "批准"),
      el("button", { type: "button", onclick: () => decide("reject", own ? "已撤回" : "已退回") }, own ? "撤回" : "退回"),
      own ? el("p.muted", {}, "您自己提出的，要由另一个人批准。") : "") : "");
}

function diffLine(line) {
  const kind = line.startsWith("+") && !line.startsWith("+++") ? "ins" : line.startsWith("-") && !line.startsWith("---") ? "del" : "span";
  return el(kind, {}, line || " ");
}

/** Each change is a version of its own; who edits need not think of it. */
const numbered = (text, version) => text.replace(new RegExp(`^version: ${version}$`, "m"), `version: ${version + 1}`);

function policy(view, may, again) {
  const text = el("textarea.policy", { "aria-label": "边界文件全文", spellcheck: "false", readonly: true, wrap: "off" });
  text.value = view.policy;
  const body = () => ({ policy: numbered(text.value, view.version), version: view.version });
  const send = el("button.primary", { type: "button", hidden: true, onclick: () => again(() => api("boundary", body(), "PUT"), "已提出，等另一个人批准") }, "提出修改");
  const edit = el("button", { type: "button", onclick: () => {
    text.readOnly = false;
    send.hidden = false;
    edit.hidden = true;
    text.focus();
  } }, "编辑");
  const tools = may && !view.pending ? el("div.buttons", {}, edit, send) : "";
  return el("section", {}, text, tools);
}
