// What was promised, is over its date and still owed: nothing on this page comes before it.

import { api } from "../shared/api.js";
import { scroller } from "../shared/case_table.js";
import { byId, el } from "../shared/dom.js";
import { moment, since } from "../shared/time.js";
import { ACTOR } from "../shared/words.js";

const FIRST = 3; // shown at once; the rest on demand
const COLUMNS = ["哪件事", "答应的", "谁答应的", "该由谁做", "期限", "过了多久"];

export async function draw() {
  const { promises } = await api("promises");
  byId("owed").hidden = !promises.length;
  if (promises.length) show(promises, FIRST);
}

function show(promises, most) {
  const rest = promises.length - most;
  const more = rest > 0 ? el("button", { type: "button", onclick: () => show(promises, promises.length) }, `其余 ${rest} 个`) : "";
  byId("owed").replaceChildren(
    el("h2", { id: "owed-title" }, `答应了、过了期、还没做到的 ${promises.length} 个`),
    scroller("没有做到的承诺", COLUMNS, promises.slice(0, most).map(row)), el("div.buttons", {}, more));
}

function row(one) {
  const about = one.number ? el("a", { href: `/desk#/cases/${one.number}` }, one.number) : el("a", { href: `/desk#/talk/${one.conversation}` }, `对话 ${one.conversation}`);
  const owes = one.owner === "office" ? "单位（还没有人接）" : one.owner;
  const cells = [about, one.text, ACTOR[one.by] ?? one.by, owes, moment(one.due_at), el("span.late-mark", {}, since(one.due_at))];
  return el("tr", {}, cells.map((value) => el("td", {}, value)));
}
