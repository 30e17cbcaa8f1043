// A proposed change of the boundary: what would be different, cell by cell, and the second person's decision.

import { api } from "../shared/api.js";
import { scroller } from "../shared/case_table.js";
import { el } from "../shared/dom.js";
import { moment } from "../shared/time.js";
import { DISPOSITIONS, kindInWords } from "./boundary_words.js";

const COLUMNS = ["类别", "诉求类型", "现在", "改成"];

export function pending(change, { user, may, again }) {
  const own = change.proposed_by === user.username;
  const decide = (how, done) => again(() => api(`boundary/${change.id}/${how}`, {}), done);
  const lines = change.diff.split("\n").map(diffLine);
  return el("section.card.pending", { "aria-label": "等批准的修改" },
    el("h3", {}, `等批准的修改：${change.proposed_by} 提出于 ${moment(change.proposed_at)}`),
    change.changes.length ? scroller("逐格对比", COLUMNS, change.changes.map(row)) : el("p", {}, "表里的格子不变，改的是门槛或说明文字。"),
    el("details", { open: !change.changes.length }, el("summary", {}, "文件逐行对比"), el("div.diff", { tabindex: "0", role: "region", "aria-label": "修改前后对比" }, lines)),
    may ? el("div.buttons", {},
      el("button.primary", { type: "button", disabled: own, onclick: () => decide("approve", "已批准，马上生效") }, "批准"),
      el("button", { type: "button", onclick: () => decide("reject", own ? "已撤回" : "已退回") }, own ? "撤回" : "退回"),
      own ? el("p.muted", {}, "您自己提出的，要由另一个人批准。") : "") : "");
}

const row = (one) => el("tr", {}, el("td", {}, one.name), el("td", {}, kindInWords(one.kind)), said(one.before, "del"), said(one.after, "ins"));
const said = (disposition, tag) => el("td", {}, el(tag, {}, DISPOSITIONS[disposition].long));

function diffLine(line) {
  const kind = line.startsWith("+") && !line.startsWith("+++") ? "ins" : line.startsWith("-") && !line.startsWith("---") ? "del" : "span";
  return el(kind, {}, line || " ");
}
