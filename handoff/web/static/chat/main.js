// The residents' page.

import { byId, composing, newId } from "../shared/dom.js";
import * as bubbles from "./bubbles.js";
import { follow, Refused, send } from "./line.js";
import { memory } from "./memory.js";

const OWNERS = { bot: "机器人在回答", queue: "正在等工作人员", human: "工作人员在和您说", closed: "这件事办完了，有事接着说" };
// Each size of print: its name, what the button offers next, and which that is.
const PRINT = { normal: ["标准", "大字", "large"], large: ["大", "更大", "largest"], largest: ["最大", "标准", "normal"] };
const words = byId("words");
const ownerLine = byId("owner");
const ownerState = ownerLine.parentElement;
let following = false;
let sending = Promise.resolve(); // one after the other, so that they arrive in the order written

function say(text) {
  if (!text.trim()) return;
  deliver({ id: newId(), text: text.trim() });
}

function deliver(item) {
  memory.keep(item);
  bubbles.showOwn(item);
  sending = sending.then(() => attempt(item));
}

async function attempt(item) {
  try {
    const seq = await send(item);
    memory.drop(item.id);
    bubbles.settle(item.id, seq);
    away(false);
    begin();
  } catch (error) {
    bubbles.fail(item.id, error instanceof Refused ? error.message : "", () => deliver(item));
    if (!(error instanceof Refused)) away(true);
  }
}

async function begin() {
  if (following || !memory.session) return;
  following = true;
  await follow({
    earlier: (messages) => bubbles.quietly(() => messages.forEach((message) => bubbles.show(message, say))),
    heard: (messages) => messages.forEach((message) => bubbles.show(message, say)),
    owner: showOwner,
    away,
  });
  following = false;
}

function showOwner(owner) {
  if (ownerState.dataset.owner === owner) return;
  ownerState.dataset.owner = owner;
  ownerLine.textContent = OWNERS[owner] ?? OWNERS.bot;
}

function away(isAway) {
  byId("away").hidden = !isAway;
}

function setPrint(size) {
  const known = PRINT[size] ? size : "normal";
  const [name, offer] = PRINT[known];
  memory.print = known;
  bubbles.keepPlace(() => {
    document.body.dataset.print = known;
    grow();
  });
  byId("print").textContent = offer;
  byId("print").setAttribute("aria-label", `${offer}，现在字号：${name}`);
}

function grow() {
  words.style.height = "auto";
  words.style.height = `${words.scrollHeight + 2}px`;
}

byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  say(words.value);
  words.value = "";
  grow();
  words.focus();
});
words.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || composing(event)) return;
  event.preventDefault();
  byId("composer").requestSubmit();
});
words.addEventListener("input", grow);
byId("print").addEventListener("click", () => setPrint(PRINT[memory.print]?.[2] ?? "large"));
byId("door-bot").addEventListener("click", () => {
  if (ownerState.dataset.owner === "queue") say("继续问机器人");
  else words.focus();
});
byId("door-person").addEventListener("click", () => {
  // Already waiting or talking: asking again would change nothing, so ask how it stands.
  say(["queue", "human"].includes(ownerState.dataset.owner) ? "现在谁在处理？" : "转人工");
});
byId("door-offline").addEventListener("click", () => byId("offline").showModal());
byId("forget").addEventListener("click", () => {
  byId("composer").reset();
  memory.forget();
  location.reload();
});
addEventListener("storage", ({ key, newValue }) => {
  if (key === "chat.session" && newValue === null) location.reload(); // emptied in another page of this browser
});
byId("messages").addEventListener("click", (event) => {
  const said = event.target.closest("[data-say]")?.dataset.say;
  if (said) say(said);
});
addEventListener("offline", () => away(true));
addEventListener("online", () => away(false));

setPrint(memory.print);
byId("forgotten").hidden = !memory.forgotten;
away(!navigator.onLine);
for (const item of memory.unsent) {
  bubbles.showOwn(item);
  bubbles.fail(item.id, "", () => deliver(item));
}
begin();
