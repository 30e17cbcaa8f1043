// What may be done with the open conversation, by who holds it and who asks.

import { api } from "../shared/api.js";
import { byId, el, refill } from "../shared/dom.js";
import { OUTCOME_ORDER } from "../shared/words.js";
import { taxonomy } from "./categories.js";
import { menu } from "./menu.js";
import { last } from "./transcript.js";

const OWNER_WORDS = { bot: "机器人在答", queue: "还没有人接", closed: "已办结" };
/** The colleague who has it, or null. `owner` as the packet says it: a username, which is never one of the others. */
export const holder = (owner) => (Object.hasOwn(OWNER_WORDS, owner) ? null : owner);
export const ownerWords = (owner, me) => {
  const who = holder(owner);
  return who === null ? OWNER_WORDS[owner] : who === me ? "在我手上" : `在 ${who} 手上`;
};

/** Ends it, as seen up to what the page shows now: what the resident has said since is shown first. */
const end = (act, path, body, done) => act(path, { ...body, seen: last() }, done);

let drawn = null; // whose buttons are on the page: an open menu is not taken away by a look that changes nothing

/** `act(path, body, done)` posts to the conversation and says `done`. */
export function draw({ packet, user, staff, act }) {
  const wanted = `${packet.id} ${packet.owner}`;
  if (wanted === drawn) return;
  drawn = wanted;
  refill(byId("actions"), staff ? buttons(packet, user, act) : []);
}

function buttons({ id, owner }, user, act) {
  const who = holder(owner);
  if (who === user.username) return [give(id, act), back(act), toBot(act), finish(act)];
  if (who === null) return [button("接手", "primary", () => act("claim", {}, "已接手"))];
  if (user.role === "supervisor") return [takeOver(who, act)];
  return [];
}

const button = (label, kind, onclick) => el(`button.${kind}`, { type: "button", "data-key": label, onclick }, label);

const REASONS = ["同事不在岗", "居民要求换人", "情况紧急", "需要主管直接处理"];

const takeOver = (who, act) =>
  menu("接管", {
    kind: "button.danger",
    key: "take-over",
    hint: "为什么接管（会记录，同事看得到）",
    choices: () => REASONS.map((reason) => ({ label: reason, act: () => act("take-over", { reason }, `已从 ${who} 接管，留有记录`) })),
  });

const give = (id, act) =>
  menu("转给", {
    key: "give",
    hint: "转给哪位同事",
    choices: async () => {
      const { colleagues } = await api(`colleagues?conversation=${id}`);
      return colleagues.map((name) => ({ label: name, act: () => act("transfer", { to: name }, `已转给 ${name}`) }));
    },
  });

const back = (act) =>
  el("button", { type: "button", "data-key": "back", onclick: () => act("release", {}, "已放回队列，位置不变") }, "放回队列");

const toBot = (act) =>
  menu("交还机器人", {
    key: "bot",
    choices: () => [
      { label: "交还机器人", act: () => end(act, "hand-back", {}, "已交还机器人") },
      { label: "交还，并记下：这次不必转人工", act: () => end(act, "hand-back", { wrong: true }, "已交还机器人，已记下") },
    ],
  });

const finish = (act) =>
  menu("办结", {
    kind: "button.primary",
    key: "finish",
    hint: "结果会告诉居民（可按数字键）",
    weighed: true,
    choices: async () => {
      const { outcomes } = await taxonomy();
      return OUTCOME_ORDER.map((code, n) => ({
        label: `${n + 1}　${outcomes[code]}`,
        act: () => end(act, "resolve", { outcome: code }, `已办结：${outcomes[code]}`),
      }));
    },
  });
