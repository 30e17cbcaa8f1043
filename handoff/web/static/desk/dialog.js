// The one dialog of the desk.

import { byId } from "../shared/dom.js";

const dialog = byId("dialog");
const body = dialog.querySelector(".listing-body");
dialog.querySelector(".close").addEventListener("click", () => dialog.close());

export function show(title, ...content) {
  byId("dialog-title").textContent = title;
  body.replaceChildren(...content.flat());
  if (!dialog.open) dialog.showModal();
}

export const close = () => dialog.close();
