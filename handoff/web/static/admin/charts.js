// Charts by plotly.js, fetched from this desk and only once there is something to draw.

import { byId, el } from "../shared/dom.js";

const INK = "#1d2729";
const ACCENT = "#0f5f56";
const LINE = "#dadfdc";
const MOST_BARS = 12; // the table beside has all
const LABEL = 11; // characters in a line of a label
const BAR = 36; // pixels for a bar and the space around it
let asked;

function plotly() {
  return (asked ??= new Promise((resolve, reject) => {
    const script = el("script", { src: byId("app").dataset.plotly, onload: () => resolve(window.Plotly), onerror: reject });
    document.head.append(script);
  }));
}

/** Draws `rows` (with label, numerator, denominator) into `node`; the table beside says the same in numbers. */
export async function draw(node, rows, kind) {
  const Plotly = await plotly();
  if (!node.isConnected) return;
  const [trace, axes] = kind === "line" ? days(rows) : bars(rows);
  if (kind !== "line") node.style.height = `${40 + BAR * trace.y.length}px`;
  const layout = {
    font: { family: getComputedStyle(document.body).fontFamily, size: 13, color: INK },
    margin: { l: 8, r: 12, t: 6, b: 28 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    showlegend: false,
    dragmode: false,
    hoverlabel: { bgcolor: INK, font: { color: "#fff" } },
    ...axes,
  };
  await Plotly.newPlot(node, [trace], layout, { displayModeBar: false, responsive: true });
}

function bars(rows) {
  const shown = rows.slice(0, MOST_BARS).reverse();
  const trace = {
    type: "bar",
    orientation: "h",
    x: shown.map((row) => row.numerator),
    y: shown.map((row) => row.key),
    text: shown.map((row) => `${row.numerator}`),
    textposition: "outside",
    cliponaxis: false,
    hovertext: shown.map((row) => `${row.label}：${row.numerator} / ${row.denominator}`),
    hoverinfo: "text",
    marker: { color: ACCENT },
  };
  const highest = Math.max(1, ...trace.x);
  return [trace, {
    xaxis: { range: [0, highest * 1.15], visible: false, fixedrange: true },
    yaxis: { type: "category", automargin: true, fixedrange: true, tickvals: trace.y, ticktext: shown.map((row) => `${folded(row.label)} `), tickfont: { size: 12 } },
    bargap: 0.35,
  }];
}

function days(rows) {
  const trace = {
    type: "scatter",
    mode: rows.length > 31 ? "lines" : "lines+markers",
    x: rows.map((row) => row.key),
    y: rows.map((row) => row.numerator),
    hovertext: rows.map((row) => `${row.label}：${row.numerator} 件`),
    hoverinfo: "text",
    line: { color: ACCENT, width: 2 },
    marker: { size: 6 },
  };
  return [trace, {
    xaxis: { type: "date", tickformat: "%-m月%-d日", nticks: 6, fixedrange: true, gridcolor: LINE },
    yaxis: { rangemode: "tozero", fixedrange: true, gridcolor: LINE, tickformat: "d", automargin: true },
  }];
}

const folded = (label) => (label.match(new RegExp(`.{1,${LABEL}}`, "gu")) ?? [label]).slice(0, 2).join("<br>");
