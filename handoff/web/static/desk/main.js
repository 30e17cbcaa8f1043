// The desk: log-in, the views, and what keeps them current.

import { byId } from "../shared/dom.js";
import { listen } from "../shared/live.js";
import { signIn } from "../shared/sign_in.js";
import * as alarm from "./alarm.js";
import { conversation } from "./conversation.js";
import { queue } from "./queue.js";
import { shortcuts } from "./shortcuts.js";
import { mention, toast, undo } from "./toast.js";

const FALLBACK = 10000; // milliseconds between looks while there is no live connection
const SETTLE = 150; // several events of one transaction become one look
const SPREAD = 150; // and the consoles of one office do not all look at the same moment
const VIEWS = {
  cases: () => import("./cases.js"),
  file: () => import("./filing.js"),
  boundary: () => import("./boundary.js"),
};

signIn((user) => {
  const staff = ["caseworker", "supervisor"].includes(user.role);
  alarm.begin(user);
  const talk = conversation({ user, staff, openCase, openTalk: open, changed: () => list.refresh().catch(complain), opened: showPane });
  const list = queue({ staff, open, claim: talk.claim, current: talk.current });
  let live = false;
  const soon = {};

  /** One look for all that happens until then; a steady stream of events delays none of them. */
  function later(name, work) {
    soon[name] ??= setTimeout(() => {
      soon[name] = null;
      work().catch((error) => complain(error, mention));
    }, SETTLE + Math.random() * SPREAD);
  }

  function lookAgain() {
    later("list", list.refresh);
    later("packet", talk.refresh);
  }

  listen({
    connected(up) {
      live = up;
      byId("link").dataset.state = up ? "ok" : "slow";
      byId("link").textContent = up ? "实时" : "每 10 秒刷新";
      if (up) lookAgain();
    },
    heard(event) {
      if (event.type === "missed") return lookAgain();
      if (event.type === "page") alarm.ring(event.conversation, event.trigger);
      const message = event.type === "message"; // words alone move nobody in the queue
      if (!message) later("list", list.refresh);
      if (event.conversation !== talk.current()) return message && list.mark(event.conversation);
      if (message) talk.follow(event.seq);
      later("packet", talk.refresh);
    },
  });
  setInterval(() => live || lookAgain(), FALLBACK);

  function open(id) {
    if (id === null || id === undefined) return;
    location.hash = `#/talk/${id}`;
    talk.open(id).then(list.draw);
  }

  async function openCase(number, { placing = false } = {}) {
    (await VIEWS.cases()).showCase(number, { user, staff, openTalk: open, placing });
  }

  function showPane(id, pane = "transcript") {
    if (location.hash !== `#/talk/${id}`) history.replaceState(null, "", `#/talk/${id}`);
    setPane(pane);
    list.draw();
  }

  function setPane(pane) {
    byId("talk").dataset.pane = pane;
    for (const tab of document.querySelectorAll("[data-show]")) tab.setAttribute("aria-pressed", tab.dataset.show === pane);
  }

  /** What has no link for this role has no address for it either. */
  const mayOpen = (view) => document.querySelector(`[data-view="${view}"]`)?.hidden === false;

  async function route() {
    const [view = "talk", argument] = location.hash.replace(/^#\/?/, "").split("/");
    const known = view in VIEWS && mayOpen(view) ? view : "talk";
    for (const name of ["talk", ...Object.keys(VIEWS)]) byId(name).hidden = name !== known;
    for (const link of document.querySelectorAll("[data-view]")) {
      if (link.dataset.view === known) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    if (known !== "talk") {
      const module = await VIEWS[known]();
      await module.draw(byId(known), { user, staff, openTalk: open, argument });
    } else if (argument && Number(argument) !== talk.current()) await talk.open(Number(argument));
  }

  for (const tab of document.querySelectorAll("[data-show]")) tab.addEventListener("click", () => setPane(tab.dataset.show));
  byId("alarm-quiet").addEventListener("click", () => alarm.acknowledge());
  byId("alarm-open").addEventListener("click", () => {
    const id = alarm.first();
    alarm.acknowledge(id);
    open(id);
  });
  const help = shortcuts([
    ["n", "接手排在最前面的一位", () => staff && list.takeNext()],
    ["r", "写回复", talk.focusComposer],
    ["b", "备注 / 回复切换", talk.toggleNote],
    ["e", "办结", () => document.querySelector('[data-key="finish"]')?.click()],
    ["z", "撤销刚才记下的（页面上方写着“撤销”时）", undo],
    ["q", "停止响铃", () => alarm.acknowledge()],
  ]);
  byId("help").addEventListener("click", help);
  addEventListener("hashchange", () => route().catch(complain));
  setPane("queue");
  list.refresh().catch(complain);
  route().catch(complain);
});

function complain(error, say = toast) {
  if (error.status !== 401) say(error.message);
}
