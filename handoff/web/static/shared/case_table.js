// A list of cases: in the register, and behind every figure.

import { el } from "./dom.js";
import { moment } from "./time.js";

const COLUMNS = ["编号", "类型", "类别", "诉求", "地点", "社区", "状态", "期限", "登记"];
const isLate = (one) => one.status !== "closed" && new Date(one.due_at) < new Date();

/** When the answer is due; marked when that has passed. */
export const due = (one) => (isLate(one) ? el("span.late-mark", {}, `${moment(one.due_at)} 已过`) : moment(one.due_at));

export const sealedMark = (one) => (one.sealed ? el("span.chip.chip-sealed", {}, "密件") : "");

export function caseTable(cases, openCase) {
  if (!cases.length) return el("p.empty", {}, "没有符合的工单。");
  const rows = cases.map((one) =>
    el("tr", { "data-number": one.number },
      el("td", {}, el("button.plain", { type: "button", onclick: () => openCase(one.number) }, one.number), sealedMark(one)),
      el("td", {}, one.type), el("td", {}, one.category_name), el("td", {}, el("p.matter", {}, one.description)),
      el("td", {}, one.place ?? "—"), el("td", {}, one.area ?? "—"), el("td", {}, one.status_name), el("td", {}, due(one)), el("td", {}, moment(one.created_at))));
  return scroller("工单列表", COLUMNS, rows);
}

/** A table; where the screen is narrow each row is a card, and every value says what it is. */
export function scroller(label, columns, rows) {
  for (const row of rows) [...row.cells].forEach((cell, n) => (cell.dataset.label = columns[n]));
  const head = el("tr", {}, columns.map((name) => el("th", { scope: "col" }, name)));
  return el("div.scroller", { tabindex: "0", role: "region", "aria-label": label },
    el("table", {}, el("thead", {}, head), el("tbody", {}, rows)));
}
