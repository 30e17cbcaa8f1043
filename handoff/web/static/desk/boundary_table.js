// The boundary as a table: category × type → 能答, 只登记, 转人工. A cell is changed where it is read.

import { el } from "../shared/dom.js";
import { DISPOSITIONS, kindInWords } from "./boundary_words.js";

const ORDER = Object.keys(DISPOSITIONS);

/** `propose(changes)` sends what was changed; null for whoever may only read. */
export function table({ kinds, rows, doubt }, propose) {
  const chosen = new Map(); // "code kind" → what it shall be
  const body = el("tbody");
  const count = el("p.muted", { role: "status" });
  const send = el("button.primary", { type: "button", onclick: () => propose(changes()) }, "提出这些修改");
  const drop = el("button", { type: "button", onclick: () => draw(chosen.clear()) }, "都不改了");
  const foot = el("div.buttons.boundary-foot", { hidden: true }, send, drop, count);
  const search = el("input", { type: "search", "aria-label": "找类别", placeholder: "打字找，例如：电梯", oninput: () => draw() });
  const parents = [...new Map(rows.map((one) => [one.parent, one.parent_name]))];
  const first = el("select", { "aria-label": "哪一类", onchange: () => draw() }, el("option", { value: "" }, "全部类别"), parents.map(([code, name]) => el("option", { value: code }, name)));
  let editing = false;
  const edit = propose ? el("button", { type: "button", "aria-pressed": "false", onclick: () => {
    editing = !editing;
    edit.setAttribute("aria-pressed", editing);
    draw();
  } }, "修改") : "";

  const changes = () => [...chosen].map(([key, to]) => ({ code: key.split(" ")[0], kind: key.split(" ")[1], to }));

  function draw() {
    const said = search.value.trim();
    const shown = rows.filter((one) => (!first.value || one.parent === first.value) && (!said || `${one.name}${one.parent_name}${one.note}`.includes(said)));
    body.replaceChildren(...shown.flatMap((one, n) => [n === 0 || shown[n - 1].parent !== one.parent ? group(one) : "", row(one)].filter(Boolean)));
    if (!shown.length) body.replaceChildren(el("tr", {}, el("td", { colspan: kinds.length + 1 }, "没有这样的类别。")));
    foot.hidden = !chosen.size;
    count.textContent = chosen.size ? `改了 ${chosen.size} 格，还没有提出` : "";
  }

  const group = (one) => el("tr.boundary-group", {}, el("th", { scope: "colgroup", colspan: kinds.length + 1 }, one.parent_name));
  const row = (one) => el("tr", { "data-code": one.code },
    el("th", { scope: "row" }, one.name, one.note ? el("span.row-note", {}, one.note) : ""), kinds.map((kind) => cell(one, kind)));

  function cell(one, kind) {
    const key = `${one.code} ${kind}`;
    const now = chosen.get(key) ?? one.cells[kind];
    const mark = el("span", {}, DISPOSITIONS[now].short);
    const told = `${one.name}，${kindInWords(kind)}：${DISPOSITIONS[now].long}`;
    const inside = editing ? el("button", { type: "button", "aria-label": `${told}，点一下换一种`, onclick: () => turn(one, kind, key, now) }, mark) : mark;
    const node = el(`td.cell.${now}`, { "data-kind": kind, "data-label": kindInWords(kind), title: told }, inside);
    node.classList.toggle("changed", chosen.has(key));
    return node;
  }

  function turn(one, kind, key, now) {
    const to = ORDER[(ORDER.indexOf(now) + 1) % ORDER.length];
    if (to === one.cells[kind]) chosen.delete(key);
    else chosen.set(key, to);
    draw();
    body.querySelector(`[data-code="${one.code}"] [data-kind="${kind}"] button`).focus();
  }

  draw();
  const legend = el("p.legend", {}, ORDER.map((name) => el("span", {}, el(`b.cell.${name}`, {}, DISPOSITIONS[name].short), ` ${DISPOSITIONS[name].long}`)));
  const head = el("tr", {}, el("th", { scope: "col" }, "类别"), kinds.map((kind) => el("th", { scope: "col" }, kindInWords(kind))));
  return el("section", { "aria-label": "边界表" },
    el("div.filters", {}, first, search, edit), legend,
    el("p.muted.small", {}, `把握低于 ${Math.round(doubt.low * 100)}% 先问一次，还不清楚就转人工；前两名相差不到 ${Math.round(doubt.close * 100)}% 请居民选。涉及安全、悲伤、纠纷的话，一律先转人工。`),
    el("table.boundary", {}, el("thead", {}, head), body), foot);
}
