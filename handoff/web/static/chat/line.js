// The line to the desk: sending with the same id until it is acknowledged, and a long poll that survives lost networks.

import { memory } from "./memory.js";

const ADDRESS = "/channels/web/messages";
const WAIT = 25; // seconds of one long poll
const SEND_TIMEOUT = 15000;
const BACK_OFF = [1000, 2000, 4000, 8000, 15000];
const EARLIER = 200; // messages shown again when the page is opened

/** The desk answered and refused: `message` is for the resident. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function json(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, body.message ?? "没有发出去。");
  return body;
}

async function openSession() {
  if (!memory.session) {
    const opened = await json(await fetch("/channels/web/session", { method: "POST", signal: AbortSignal.timeout(SEND_TIMEOUT) }));
    memory.session = opened.session;
    memory.last = 0;
  }
  return memory.session;
}

/** Sends one message and returns its sequence number. The same `id` may be sent again; the desk keeps it once. */
export async function send({ id, text }) {
  try {
    return await post(id, text);
  } catch (error) {
    if (error.status !== 403) throw error;
    memory.session = null; // the desk no longer knows this session: begin a new one
    return post(id, text);
  }
}

async function post(id, text) {
  const session = await openSession();
  const body = JSON.stringify({ session, message_id: id, text });
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(ADDRESS, { method: "POST", headers, body, signal: AbortSignal.timeout(SEND_TIMEOUT) });
  return (await json(response)).seq;
}

async function look(after, wait, own) {
  const query = new URLSearchParams({ session: memory.session, after, wait, ...(own ? { all: 1 } : {}) });
  return json(await fetch(`${ADDRESS}?${query}`, { signal: AbortSignal.timeout((wait + 20) * 1000) }));
}

const pause = (milliseconds) =>
  new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done() {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    }
    addEventListener("online", done);
  });

/**
 * Follows the conversation for as long as the page lives. `heard(messages)`, `owner(name)`, `away(isAway)`;
 * `earlier(messages)` once, with what was said before by both sides.
 */
export async function follow({ heard, earlier, owner, away }) {
  let failures = 0;
  let resumed = false;
  let seen = memory.last; // of this page: another one of the same browser reads on for itself
  for (;;) {
    try {
      const wait = failures ? 0 : WAIT; // after a failure, say at once that the line is back
      const found = resumed ? await look(seen, wait, false) : await look(Math.max(0, seen - EARLIER), 0, true);
      failures = 0;
      away(false);
      owner(found.owner);
      (resumed ? heard : earlier)(found.messages);
      resumed = true;
      for (const message of found.messages) if (message.from !== "resident") seen = Math.max(seen, message.seq);
      memory.last = Math.max(memory.last, seen);
    } catch (error) {
      if (error.status === 403) {
        memory.session = null;
        return;
      }
      away(!(error instanceof Refused));
      await pause(BACK_OFF[Math.min(failures++, BACK_OFF.length - 1)]);
    }
  }
}
