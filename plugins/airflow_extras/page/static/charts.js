// The three charts of the last 30 days: the shop beside HAP, in red where they differ.

import { el } from "./dom.js";
import { number, words } from "./words.js";

const MEASURES = [
  { name: "orders", digits: 0 },
  { name: "paid", digits: 2 },
  { name: "refunded", digits: 2 },
];

let drawn = [];

export function differs(day, measure) {
  return Boolean(day.source) && Math.abs(day.source[measure] - day.hap[measure]) >= 0.005;
}

export function chartCards(days) {
  return MEASURES.map(({ name }) => {
    const total = (side) => days.reduce((sum, day) => sum + (day[side]?.[name] ?? 0), 0);
    const digits = name === "orders" ? 0 : 2;
    const summary = `${words("source")} ${number(total("source"), digits)} · ${words("hap")} ${number(total("hap"), digits)}`;
    return el(
      "figure",
      { className: "card chart" },
      el("figcaption", {}, el("strong", {}, words(name)), el("span", { className: "quiet" }, summary)),
      el("div", { className: "canvas" }, el("canvas", { id: `chart-${name}`, role: "img", "aria-label": `${words(name)}: ${summary}` })),
    );
  });
}

export function draw(days) {
  drawn.forEach((chart) => chart.destroy());
  drawn = MEASURES.map(({ name, digits }) => chart(name, digits, days));
}

function chart(name, digits, days) {
  const colour = palette();
  const side = (which) => days.map((day) => day[which]?.[name] ?? null);
  const bars = (which, colours) => ({
    label: words(which),
    data: side(which),
    backgroundColor: colours,
    borderRadius: 2,
    categoryPercentage: 0.78,
    barPercentage: 0.95,
  });
  return new window.Chart(document.getElementById(`chart-${name}`), {
    type: "bar",
    data: {
      labels: days.map((day) => day.day.slice(5)),
      datasets: [
        bars("source", colour.source),
        bars("hap", days.map((day) => (differs(day, name) ? colour.bad : colour.hap))),
      ],
    },
    options: {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      scales: {
        x: { grid: { display: false }, ticks: { color: colour.quiet, maxRotation: 0, autoSkipPadding: 12 }, border: { color: colour.line } },
        y: {
          beginAtZero: true,
          grid: { color: colour.line },
          border: { display: false },
          ticks: { color: colour.quiet, maxTicksLimit: 5, precision: 0, callback: (value) => number(value) },
        },
      },
      plugins: {
        legend: { display: false },
        tooltip: {
          callbacks: {
            label: (item) => ` ${item.dataset.label} ${number(item.parsed.y, digits)}`,
            footer: (items) => footer(days[items[0].dataIndex], name, digits),
          },
        },
      },
    },
  });
}

function footer(day, name, digits) {
  if (!differs(day, name)) {
    return "";
  }
  const gap = day.hap[name] - day.source[name];
  return `${words("differing")} ${gap > 0 ? "+" : ""}${number(gap, digits)}`;
}

function palette() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(`--${name}`).trim();
  return { source: read("source"), hap: read("hap"), bad: read("bad"), quiet: read("quiet"), line: read("line") };
}
