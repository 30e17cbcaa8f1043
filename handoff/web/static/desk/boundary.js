// 边界: what the bot may answer. One person proposes, another approves; no retraining.

import { api } from "../shared/api.js";
import { scroller } from "../shared/case_table.js";
import { el } from "../shared/dom.js";
import { moment } from "../shared/time.js";
import { pending } from "./boundary_change.js";
import { table } from "./boundary_table.js";
import { attempt } from "./toast.js";

const MAY_CHANGE = ["admin", "supervisor"];

export async function draw(section, { user }) {
  await attempt(async () => render(section, user, await api("boundary")));
}

function render(section, user, view) {
  const may = MAY_CHANGE.includes(user.role);
  const again = (work, done) => attempt(async () => render(section, user, await work()), done);
  const propose = (body) => again(() => api("boundary", { ...body, version: view.version }, "PUT"), "已提出，等另一个人批准");
  section.replaceChildren(el("div.sheet-inner", {},
    el("h2", {}, `边界：哪些事机器人可以答（第 ${view.version ?? "？"} 版）`),
    el("p.muted", {}, "改动要两个人：一个提出，另一个批准。批准后马上生效，不用重新训练。"),
    view.problem ? el("p.error", { role: "alert" }, `边界文件读不懂：${view.problem}。现在所有事情都交给人。`) : "",
    view.pending ? pending(view.pending, { user, may, again }) : "",
    view.table ? table(view.table, may && !view.pending ? (changes) => propose({ changes }) : null) : "",
    view.history.length ? history(view.history) : "",
    whole(view, may && !view.pending ? propose : null)));
}

function history(passed) {
  const rows = passed.map((one) => el("tr", {},
    el("td", {}, `第 ${one.version} 版`), el("td", {}, one.proposed_by), el("td", {}, one.approved ? `${one.approved_by} 批准` : "没有通过"), el("td", {}, moment(one.at))));
  return el("details", {}, el("summary", {}, "以前的修改"), scroller("以前的修改", ["版本", "谁提出", "结果", "时间"], rows));
}

/** Each change is a version of its own; who edits need not think of it. */
const numbered = (text, version) => text.replace(new RegExp(`^version: ${version}$`, "m"), `version: ${version + 1}`);

/** The file itself, for what the table has no cell for: thresholds, comments, a file that cannot be read. */
function whole(view, propose) {
  const text = el("textarea.policy", { "aria-label": "边界文件全文", spellcheck: "false", readonly: true, wrap: "off" });
  text.value = view.policy;
  const send = el("button.primary", { type: "button", hidden: true, onclick: () => propose({ policy: numbered(text.value, view.version) }) }, "提出修改");
  const edit = el("button", { type: "button", onclick: () => {
    text.readOnly = false;
    send.hidden = false;
    edit.hidden = true;
    text.focus();
  } }, "编辑全文");
  return el("details.whole", { open: !view.table }, el("summary", {}, "边界文件全文（门槛、注释在这里改）"), text, propose ? el("div.buttons", {}, edit, send) : "");
}
