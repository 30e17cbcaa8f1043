// Life and safety: sound, a blinking title and a red bar until somebody says that they have heard.

import { byId } from "../shared/dom.js";
import { REASON } from "../shared/words.js";

const EVERY = 1200; // milliseconds between two tones
const title = byId("app").dataset.title;
const ringing = new Map(); // conversation → trigger
let kept = null; // where it is noted what this person has heard: the next one to log in has not
let heard = new Set();
let audio = null;
let timer = null;
let on = false;

/** Before anything rings: who has logged in. */
export function begin(user) {
  kept = `desk.heard.${user.username}`;
  heard = new Set(JSON.parse(sessionStorage.getItem(kept) ?? "[]"));
}

/** Asks for the sound while a click of the user's is at hand; browsers stay silent otherwise. */
export function prepare() {
  audio ??= new AudioContext();
  audio.resume().then(update);
}
// When the click is over: the hint above goes then, and what stands below moves up. Earlier, it would move from under it.
addEventListener("click", prepare);
addEventListener("keydown", prepare);

export function ring(conversation, trigger) {
  heard.delete(conversation);
  ringing.set(conversation, trigger);
  update();
}

/** What waits now: rings for the life-and-safety ones nobody here has acknowledged, stops for those that are gone. */
export function watch(waiting, mine) {
  const urgent = new Map([...waiting, ...mine].filter((one) => one.priority === "P0").map((one) => [one.id, one.reason]));
  for (const one of waiting) if (one.priority === "P0" && !heard.has(one.id)) ringing.set(one.id, one.reason);
  for (const id of ringing.keys()) if (!urgent.has(id)) ringing.delete(id);
  update();
}

export function acknowledge(conversation) {
  for (const id of conversation === undefined ? [...ringing.keys()] : [conversation]) {
    heard.add(id);
    ringing.delete(id);
  }
  sessionStorage.setItem(kept, JSON.stringify([...heard]));
  update();
}

export const first = () => ringing.keys().next().value;

function update() {
  byId("alarm").hidden = !ringing.size;
  byId("alarm-mute").hidden = audio?.state === "running";
  const reasons = [...new Set([...ringing.values()].map((trigger) => REASON[trigger] ?? "紧急"))].join("、");
  byId("alarm-text").textContent = `${ringing.size} 位居民在等：${reasons}`;
  if (ringing.size && timer === null) timer = setInterval(tick, EVERY);
  if (!ringing.size && timer !== null) {
    clearInterval(timer);
    timer = null;
    document.title = title;
  }
  if (ringing.size) tick();
}

function tick() {
  on = !on;
  document.title = on ? `【紧急】${ringing.size} 位在等` : title;
  if (audio?.state === "running") tone();
}

function tone() {
  const oscillator = new OscillatorNode(audio, { type: "square", frequency: 880 });
  const volume = new GainNode(audio, { gain: 0.12 });
  oscillator.connect(volume).connect(audio.destination);
  oscillator.start();
  oscillator.frequency.setValueAtTime(660, audio.currentTime + 0.2);
  oscillator.stop(audio.currentTime + 0.4);
}
