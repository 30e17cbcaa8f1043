// Building the page. Words always go in as text nodes: nothing a person wrote is ever read as markup.

/** `el("button.primary", {type: "button", onclick}, "发送")`; null and undefined children are left out. */
export function el(kind, attributes = {}, ...children) {
  const [tag, ...classes] = kind.split(".");
  const node = document.createElement(tag || "div");
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

export const byId = (id) => document.getElementById(id);

// A control that is exchanged between pressing and letting go gets no click: until then what holds it is left as it is.
let pressed = null;
const late = new Map(); // node → what it is to hold
addEventListener("pointerdown", (event) => (pressed = event.target), true);
addEventListener("click", () => (pressed = null), true);
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => setTimeout(catchUp), true); // after the click

function catchUp() {
  pressed = null;
  for (const [node, children] of [...late]) refill(node, ...children);
}

/** Replaces what is inside `node`; the control at hand, if it is there again, keeps the keyboard and what was typed. If it
 * is not, the keyboard stays where it stood: at `node`, not at the top of the page. */
export function refill(node, ...children) {
  if (pressed && node.contains(pressed)) return void late.set(node, children);
  late.delete(node);
  const held = node.contains(document.activeElement) && document.activeElement.dataset.key ? document.activeElement : null;
  node.replaceChildren(...children.flat().filter(Boolean));
  const again = held && node.querySelector(`[data-key="${CSS.escape(held.dataset.key)}"]`);
  if (!held) return;
  if (again instanceof HTMLInputElement) again.value = held.value;
  if (!again) node.tabIndex = -1;
  (again ?? node).focus({ preventScroll: true });
}

/** Shows a line of text; hides it when there is nothing to say. */
export function say(node, text) {
  node.hidden = !text;
  node.textContent = text;
}

/** Whether this Enter ends a word of an input method (拼音) and not the sentence. */
export const composing = (event) => event.isComposing || event.keyCode === 229;

/** A random id of 32 hexadecimal characters; also on pages without https, where randomUUID is missing. */
export function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const nearBottom = (node) => node.scrollHeight - node.scrollTop - node.clientHeight < 160;
export const toBottom = (node) => node.scrollTo({ top: node.scrollHeight });
