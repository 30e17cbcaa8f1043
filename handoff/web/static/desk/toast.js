// One short line at the head of the page: at its foot people write.

import { byId } from "../shared/dom.js";

let timer;

export function toast(text) {
  const line = byId("toast");
  line.textContent = text;
  line.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => (line.hidden = true), 4000);
}

/** Runs `work`; what the desk refuses is said in its own words. Returns whether it was done. */
export async function attempt(work, done) {
  try {
    await work();
  } catch (error) {
    toast(error.message);
    return false;
  }
  if (done) toast(done);
  return true;
}
