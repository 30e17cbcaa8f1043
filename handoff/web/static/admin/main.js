// The figures: counts beside every rate, and behind every count the list of what it counts.

import { api } from "../shared/api.js";
import { offerAreas } from "../shared/areas.js";
import { byId, el } from "../shared/dom.js";
import { lastOf } from "../shared/last_of.js";
import { signIn } from "../shared/sign_in.js";
import { isoDay } from "../shared/time.js";
import { REASON } from "../shared/words.js";
import { draw } from "./charts.js";
import { openList } from "./listing.js";
import { draw as drawOwed } from "./owed.js";

const DAY = 24 * 60 * 60 * 1000;
// What has to be seen first: the row of a statistic, and when it is a sign that somebody should look.
const FIRST = [
  ["outcomes", "solved", () => false],
  ["time_to_person", "P0_in_time", (row) => row.numerator < row.denominator],
  ["outcomes", "long_open", (row) => row.numerator > 0],
  ["wrong_handoffs", "wrong", (row) => row.numerator > 0],
];
const BROAD = ["demand_by_day"];
const range = byId("range");
const newest = lastOf();

signIn((user) => {
  drawOwed().catch(complain);
  start(user).catch(complain);
});

async function start(user) {
  await offerAreas(range.elements.area, user);
  const given = new URLSearchParams(location.search);
  if (given.get("from") && given.get("to")) {
    for (const name of ["from", "to", "area"]) range.elements[name].value = given.get(name) ?? "";
    if (range.elements.area.selectedIndex < 0) range.elements.area.selectedIndex = 0; // no such community any more: all
    load();
  } else lastDays(30);
}

function lastDays(count) {
  range.elements.to.value = isoDay(new Date());
  range.elements.from.value = isoDay(new Date(Date.now() - (count - 1) * DAY));
  load();
}

for (const button of document.querySelectorAll("[data-days]")) button.addEventListener("click", () => lastDays(Number(button.dataset.days)));
range.addEventListener("submit", (event) => {
  event.preventDefault();
  load();
});

function period() {
  return new URLSearchParams([...new FormData(range)].filter(([, value]) => value));
}

function markQuick() {
  const { from, to } = range.elements;
  const days = Math.round((new Date(to.value) - new Date(from.value)) / DAY) + 1;
  for (const button of document.querySelectorAll("[data-days]"))
    button.setAttribute("aria-pressed", to.value === isoDay(new Date()) && days === Number(button.dataset.days));
}

async function load() {
  const query = period();
  history.replaceState(null, "", `?${query}`);
  markQuick();
  byId("cards").setAttribute("aria-busy", "true");
  byId("problem").hidden = true;
  try {
    const found = await newest(figures(query));
    if (!found) return;
    show(found, query);
  } catch (error) {
    complain(error);
  }
  byId("cards").removeAttribute("aria-busy");
}

async function figures(query) {
  const { statistics } = await api("stats");
  const found = await Promise.all(statistics.map(({ name }) => api(`stats/${name}?${query}`)));
  for (const row of found.flatMap((one) => one.rows)) row.label = REASON[row.key] ?? row.label; // staff words, not the resident's
  return found;
}

function complain(error) {
  byId("problem").textContent = error.message;
  byId("problem").hidden = false;
}

function show(found, query) {
  const byName = Object.fromEntries(found.map((one) => [one.name, one]));
  byId("headline").replaceChildren(...FIRST.flatMap(([name, key, watch]) => tile(byName[name], key, watch)));
  const cards = found.map((one) => card(one, query));
  byId("cards").replaceChildren(...cards.map(({ node }) => node));
  for (const { chart, one } of cards) if (chart) draw(chart, one.rows, one.chart).catch(() => chart.replaceChildren(el("p.empty", {}, "图表没有加载，数字在旁边。")));
}

const percent = (row) => (row.denominator > 0 ? `${((100 * row.numerator) / row.denominator).toFixed(row.denominator < 100 ? 0 : 1)}%` : "—");

function figure(row, which, title) {
  const filter = which === "numerator" ? row.filter : row.base;
  const label = `${title}，${row.label}，${which === "numerator" ? "分子" : "分母"} ${row[which]}，看名单`;
  const open = () => openList(`${row.label}（${which === "numerator" ? "分子" : "分母"}）`, row.list, filter);
  return el("button.figure-link", { type: "button", "aria-label": label, onclick: open }, String(row[which]));
}

function tile(statistic, key, watch) {
  const row = statistic?.rows.find((one) => one.key === key);
  if (!row) return [];
  const node = el("article.tile", {},
    el("h2", {}, row.label),
    el("p.figure", {}, figure(row, "numerator", statistic.title), el("small", {}, " / "), figure(row, "denominator", statistic.title)),
    el("p.muted.small", {}, `${percent(row)}${row.note ? `　${row.note}` : ""}`));
  node.classList.toggle("watch", watch(row));
  return [node];
}

function card(one, query) {
  const counted = one.rows.some((row) => row.numerator > 0);
  const chart = counted ? el("div.chart", { "aria-hidden": "true" }) : null;
  const csv = el("a.csv", { href: `/api/stats/${one.name}?${query}&format=csv`, download: `${one.name}.csv`, "aria-label": `下载 CSV：${one.title}` }, "CSV");
  const node = el("article.card.stat", { "data-name": one.name },
    el("header", {}, el("div", {}, el("h2", {}, one.title), el("p.muted.small", {}, one.meaning)), csv),
    el("div.body", {}, chart ?? el("p.empty", {}, one.rows.some((row) => row.denominator > 0) ? "分子都是 0，没有图可画。" : "这段时间没有。"), table(one)));
  if (BROAD.includes(one.name)) node.classList.add("broad");
  return { node, chart, one };
}

function table(one) {
  const notes = one.rows.some((row) => row.note);
  const rows = one.rows.map((row) =>
    el("tr", {}, el("th", { scope: "row" }, row.label, notes && row.note ? el("span.row-note", {}, row.note) : ""),
      el("td.number", {}, figure(row, "numerator", one.title)), el("td.number", {}, figure(row, "denominator", one.title)),
      el("td.number", {}, percent(row))));
  const head = el("tr", {}, el("th", { scope: "col" }, "项目"), ...["分子", "分母", "比例"].map((name) => el("th.number", { scope: "col" }, name)));
  return el("div.rows", { tabindex: "0", role: "region", "aria-label": `${one.title}的数字` }, el("table", {}, el("thead", {}, head), el("tbody", {}, rows)));
}
