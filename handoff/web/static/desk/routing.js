// 归属: whom a conversation is for (area, skills, sealed), and which channels are the same resident.

import { api } from "../shared/api.js";
import { byId, el, refill } from "../shared/dom.js";
import { CHANNEL } from "../shared/words.js";
import { holder } from "./actions.js";
import { close, show } from "./dialog.js";
import { attempt } from "./toast.js";

let drawn = null; // what stands there: a look that changes nothing takes no button from under a finger

/** The chips beside the title; `refresh()` looks again after a change, `openTalk(id)` opens another conversation. */
export function draw(packet, context) {
  const linked = packet.linked.length;
  const wanted = JSON.stringify([packet.id, packet.owner, packet.area, packet.sealed, packet.skills, linked]);
  if (wanted === drawn) return;
  drawn = wanted;
  refill(byId("talk-routing"),
    packet.sealed ? el("span.chip.chip-sealed", {}, "密件") : "",
    packet.skills_name ? el("span.chip", {}, `要会${packet.skills_name}`) : "",
    linked ? el("span.chip", {}, `已关联 ${linked} 个渠道`) : "",
    context.staff ? el("button.chip.chip-said", { type: "button", "data-key": "routing", onclick: () => attempt(() => open(packet, context)) }, "归属") : "");
}

async function open(packet, context) {
  const holds = holder(packet.owner) === context.user.username;
  const may = holds || context.user.role === "supervisor";
  const choices = await api("routing");
  show(`对话 ${packet.id} 的归属`,
    may ? form(packet, choices, context) : facts(packet),
    el("h3", {}, "同一位居民的其他渠道"), links(packet, may, context), holds ? offer(packet, packet.linked.length > 0) : "");
}

function facts(packet) {
  const rows = [["社区", packet.area ?? "没有写"], ["技能", packet.skills_name || "不限"], ["密件", packet.sealed ? "是" : "不是"]];
  return el("div", {}, el("dl.pairs", {}, rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
    el("p.muted", {}, "由接手的人或主管来改。"));
}

function form(packet, { areas, skills }, { user, refresh }) {
  const area = el("input", { name: "area", list: "area-list", maxlength: "64", autocomplete: "off", placeholder: "不限" });
  area.value = packet.area ?? "";
  const also = packet.skills.filter((id) => !skills.some((one) => one.id === id)).map((id) => ({ id, name: id }));
  const boxes = [...skills, ...also].map((one) => check("skill", one.id, one.name, packet.skills.includes(one.id)));
  const sealed = check("sealed", "yes", "密件：只有专人和不分社区的主管看得到", packet.sealed);
  const unseals = user.role === "supervisor" && (!user.area || user.skills.includes("sealed"));
  const onlySupervisor = packet.sealed && !unseals;
  sealed.firstChild.disabled = onlySupervisor;
  const node = el("form.form-grid", {},
    el("label", {}, "社区或网格", area), el("datalist", { id: "area-list" }, areas.map((name) => el("option", { value: name }))),
    el("fieldset", {}, el("legend", {}, "办的人要会"), el("div.checks", {}, boxes)), sealed,
    onlySupervisor ? el("p.muted.small", {}, "解除密件由主管来办。") : "",
    el("button.primary", { type: "submit" }, "保存"));
  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = { area: area.value.trim(), skills: new FormData(node).getAll("skill"), ...(sealed.firstChild.checked === packet.sealed ? {} : { sealed: !packet.sealed }) };
    if (!(await attempt(() => api(`conversations/${packet.id}/route`, body), "归属已改"))) return;
    close();
    await refresh();
  });
  return node;
}

function check(name, value, text, on) {
  const box = el("input", { type: "checkbox", name, value });
  box.checked = on;
  return el("label.check", {}, box, text);
}

function links(packet, may, { refresh, openTalk }) {
  if (!packet.linked.length) return el("p.muted", {}, "没有关联别的渠道。");
  const others = packet.linked.map((one) =>
    el("li", {}, el("button.plain", { type: "button", onclick: () => { close(); openTalk(one.conversation); } }, `对话 ${one.conversation} · ${CHANNEL[one.channel] ?? one.channel}`)));
  const undo = el("button.danger", { type: "button", onclick: () => sure(undo, async () => {
    await api(`conversations/${packet.id}/unlink`, {});
    close();
    await refresh();
  }) }, "取消关联");
  return el("div", {}, el("ul", {}, others), may ? el("div.buttons", {}, undo, el("span.muted.small", {}, "会告诉居民；各渠道的工单还是各自的。")) : "");
}

/** The first click asks, the second does it: the resident is told at once, so a slip cannot be taken back quietly. */
function sure(button, work) {
  if (button.dataset.asked) return attempt(work, "已取消关联，已告诉居民");
  button.dataset.asked = "yes";
  button.textContent = "确定取消关联？";
  return null;
}

function offer(packet, more) {
  const send = () => attempt(async () => {
    await api(`conversations/${packet.id}/link-code`, {});
    close();
  }, "关联码已发给居民，由居民自己确认");
  return el("div.buttons.offer", {}, el("button", { type: "button", onclick: send }, more ? "请居民再关联一个渠道" : "请居民关联另一个渠道"));
}
