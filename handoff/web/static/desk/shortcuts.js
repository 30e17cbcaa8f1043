// Keys for those who would rather not reach for the mouse. Never while typing; they can be switched off.

import { el } from "../shared/dom.js";
import { close, show } from "./dialog.js";
import { closeMenu } from "./menu.js";

const KEPT = "desk.keys";
const on = () => localStorage.getItem(KEPT) !== "off";
const typing = (node) => node.closest("input, textarea, select, [contenteditable]");

/** `keys` is `[[key, what it does, act]]`. */
export function shortcuts(keys) {
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeMenu();
    if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key === "?") return help(keys);
    const found = on() && keys.find(([key]) => key === event.key.toLowerCase());
    if (!found) return;
    event.preventDefault();
    found[2]();
  });
  return () => help(keys);
}

function help(keys) {
  const rows = [
    ["Enter", "发送（Shift+Enter 换行）"],
    ["Esc", "关上菜单；从输入框出来"],
    ["1–6", "办结菜单打开时，选结果"],
    ...keys.map(([key, does]) => [key.toUpperCase(), does]),
    ["?", "看这张表"],
  ];
  const list = rows.map(([key, does]) => el("tr", {}, el("td", {}, el("kbd", {}, key)), el("td", {}, does)));
  const toggle = el("input", { type: "checkbox", onchange: () => localStorage.setItem(KEPT, toggle.checked ? "on" : "off") });
  toggle.checked = on();
  show("快捷键", el("table", {}, el("tbody", {}, list)), el("label.check", {}, toggle, "启用单个字母的快捷键"),
    el("p", {}, el("button.primary", { type: "button", onclick: close }, "知道了")));
}
