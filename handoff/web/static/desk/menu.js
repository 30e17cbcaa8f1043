// A button that opens a short list of choices.

import { el } from "../shared/dom.js";

let opened = null;

export function closeMenu() {
  opened?.close();
}

addEventListener("click", (event) => {
  if (opened && !opened.box.contains(event.target)) closeMenu();
});

/**
 * `choices()` gives (or promises) `[{label, act}]`; `hint` stands above them. Arrow keys walk, Escape closes. With
 * `weighed` none of them is in focus when it opens: what is said with it must be chosen.
 */
export function menu(label, { kind = "button", key, hint, choices, weighed = false }) {
  const list = el("div.menu-list", { role: "group", "aria-label": label, tabindex: "-1", hidden: true });
  const button = el(kind, { type: "button", "aria-expanded": "false", "data-key": key, onclick: toggle }, `${label} ▾`);
  const box = el("div.menu", { onkeydown: walk }, button, list);

  async function toggle() {
    if (!list.hidden) return close();
    closeMenu();
    const found = await choices();
    const items = found.map(({ label: text, act }) =>
      el("button", { type: "button", onclick: () => { close(); act(); } }, text));
    list.replaceChildren(...(hint ? [el("p", {}, hint)] : []), ...items);
    if (!items.length) list.append(el("p", {}, "现在没有可选的。"));
    list.hidden = false;
    button.setAttribute("aria-expanded", "true");
    opened = { box, close };
    (weighed ? list : items[0] ?? list).focus();
  }

  function close() {
    if (list.contains(document.activeElement)) button.focus();
    list.hidden = true;
    button.setAttribute("aria-expanded", "false");
    opened = null;
  }

  function walk(event) {
    const items = [...list.querySelectorAll("button")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape" && !list.hidden) {
      close();
    } else if (step && items.length && !list.hidden) {
      event.preventDefault();
      const at = items.indexOf(document.activeElement);
      items[(at < 0 && step < 0 ? items.length - 1 : at + step + items.length) % items.length].focus();
    } else if (/^[1-9]$/.test(event.key) && !list.hidden) {
      items[event.key - 1]?.click();
    }
  }

  return box;
}
