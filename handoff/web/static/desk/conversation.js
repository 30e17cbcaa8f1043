// The open conversation: its packet, its transcript followed by sequence number, its actions and its composer.

import { api } from "../shared/api.js";
import { byId } from "../shared/dom.js";
import { CHANNEL } from "../shared/words.js";
import * as actions from "./actions.js";
import * as alarm from "./alarm.js";
import { composer } from "./composer.js";
import * as packetPane from "./packet.js";
import * as routing from "./routing.js";
import { attempt, mention, toast } from "./toast.js";
import * as transcript from "./transcript.js";

const PAGE = 200; // messages in one answer of the desk

/** `changed()` is called when the lists on the left should be looked at again. */
export function conversation({ user, staff, changed, openCase, openTalk, opened }) {
  let id = null;
  let packet = null;
  let following = Promise.resolve();
  const acting = new Set(); // conversations for which the desk has been asked something and has not answered yet
  const writing = composer({ user, sent: refresh, refused: (error) => error.code === "not_owner" && refresh() });

  async function open(wanted) {
    const fresh = wanted !== id;
    id = wanted;
    const shown = await refresh(fresh);
    if (shown && !fresh) opened(id);
    return shown;
  }

  async function refresh(jump = false) {
    const asked = id;
    if (asked === null) return false;
    const found = await api(`conversations/${asked}`).catch((error) => {
      (jump === true ? toast : mention)(error.message);
      return null;
    });
    if (!found || asked !== id) return false;
    packet = found;
    if (jump === true) {
      transcript.clear();
      opened(id); // before anything is drawn: what is not in sight cannot be scrolled to its end
    }
    await draw();
    transcript.draw(packet.messages, packet.reason?.message_seq, { jump: jump === true });
    return true;
  }

  async function draw() {
    const holds = actions.holder(packet.owner) === user.username;
    const channel = CHANNEL[packet.channel] ?? packet.channel;
    byId("talk-title").textContent = [`对话 ${packet.id}`, channel, packet.area].filter(Boolean).join(" · ");
    byId("talk-owner").textContent = actions.ownerWords(packet.owner, user.username);
    routing.draw(packet, { user, staff, refresh, openTalk });
    actions.draw({ packet, user, staff, act });
    showActing();
    writing.show(packet.id, { staff, holds, window: packet.window });
    await packetPane.draw(packet, { holds: holds && staff, staff, correct, point, openCase, keep });
  }

  const showActing = () => byId("actions").setAttribute("aria-busy", acting.has(id));

  /** One thing at a time for each conversation: a second click while the desk has not answered does nothing. */
  async function act(path, body, done) {
    const at = id;
    if (acting.has(at)) return false;
    acting.add(at);
    showActing();
    try {
      return await ask(at, path, body, done);
    } finally {
      acting.delete(at);
      showActing();
    }
  }

  async function ask(at, path, body, done) {
    let unseen = false;
    const work = () => api(`conversations/${at}/${path}`, body).catch((error) => {
      unseen = error.code === "unseen_message";
      throw error;
    });
    const did = await attempt(work, done);
    if (did && path === "claim") alarm.acknowledge(at);
    if (at === id) await refresh();
    if (at === id && unseen) point(transcript.last());
    changed();
    if (did && path === "claim" && at === id) writing.focus();
    return did;
  }

  async function claim(wanted) {
    id = wanted;
    transcript.clear();
    const did = await act("claim", {}, "已接手");
    if (did) {
      opened(wanted);
      transcript.draw([], null, { jump: true });
      writing.focus();
    }
  }

  const correct = (code) => act("category", { category: code }, "类别已改，记在更正里");

  const keep = (promise) => attempt(async () => {
    await api(`promises/${promise}/kept`, {});
    await refresh();
  }, "记下了：做到了");

  function point(seq) {
    byId("talk").dataset.pane = "transcript";
    opened(id, "transcript");
    transcript.pointAt(seq);
  }

  /** A message of the open conversation is new or has changed; asked for in order, one answer after the other. */
  function follow(seq) {
    const at = id;
    following = following.then(() => catchUp(at, seq)).catch((error) => mention(error.message));
  }

  async function catchUp(at, seq) {
    let after = Math.min(transcript.last(), (seq ?? Infinity) - 1);
    for (;;) {
      if (at !== id) return;
      const { messages } = await api(`conversations/${at}/messages?after=${after}`);
      if (at !== id) return;
      transcript.draw(messages, packet?.reason?.message_seq);
      if (messages.length < PAGE) return;
      after = messages.at(-1).seq;
    }
  }

  return {
    open,
    claim,
    refresh,
    follow,
    current: () => id,
    focusComposer: writing.focus,
    toggleNote: writing.toggleNote,
  };
}
