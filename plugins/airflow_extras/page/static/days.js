// The days of the last month: those that differed, and all of them as a table.

import { differs } from "./charts.js";
import { badge, el, table } from "./dom.js";
import { label, moment, number, words } from "./words.js";

const KINDS = { "一致": "good", "已修复": "warn", "不一致": "bad" };
const REPAIRED = "已修复";

const MANY = 8; // days that one night filled: a first load, not a month of losses

export function differingDays(days) {
  const told = days.filter((day) => day.status && day.status !== "一致").reverse();
  if (!told.length) {
    return null;
  }
  const nights = new Map();
  for (const day of told.filter(wasOnlyMissing)) {
    nights.set(day.checked_at, [...(nights.get(day.checked_at) ?? []), day]);
  }
  const filled = [...nights.values()].filter((some) => some.length >= MANY);
  const others = told.filter((day) => !filled.flat().includes(day));
  return el(
    "div",
    {},
    el("h2", {}, words("days")),
    el(
      "div",
      { className: "card" },
      others.length ? daysTable(others) : el("p", { className: "quiet flat" }, words("noDays")),
      ...filled.map((some) => filledDays(some)),
    ),
  );
}

function wasOnlyMissing(day) {
  return day.status === REPAIRED && !day.different && !day.extra;
}

function filledDays(days) {
  return el(
    "details",
    {},
    el("summary", {}, words("filledDays", moment(days[0].checked_at), days.length)),
    daysTable(days),
  );
}

function daysTable(days) {
  const heads = ["day", "result", "missing", "different", "extra"].map((name) => words(name));
  const rows = days.map((day) => [
    el("span", { className: "nowrap" }, day.day),
    badge(label(day.status), KINDS[day.status] ?? ""),
    ids(day.missing),
    ids(day.different),
    ids(day.extra),
  ]);
  return table(heads, rows, { stacked: true });
}

function ids(text) {
  const every = text ? text.split(", ") : [];
  if (every.length <= 3) {
    return text || "—";
  }
  return el("details", { className: "inline" }, el("summary", {}, words("someOrders", number(every.length))), el("span", { className: "ids" }, text));
}

export function allDays(days) {
  const measures = ["orders", "paid", "refunded"];
  const heads = [
    words("day"),
    words("result"),
    ...measures.flatMap((name) => [`${words(`${name}Short`)} · ${words("source")}`, words("hap")]),
  ];
  const rows = [...days].reverse().map((day) => [
    el("span", { className: "nowrap" }, day.day),
    badge(day.status ? label(day.status) : words("notChecked"), KINDS[day.status] ?? ""),
    ...measures.flatMap((name) => ["source", "hap"].map((side) => figure(day, side, name))),
  ]);
  const numeric = [2, 3, 4, 5, 6, 7];
  return el("details", {}, el("summary", {}, words("asTable")), el("div", { className: "card" }, table(heads, rows, { numeric })));
}

function figure(day, side, measure) {
  const text = day[side] ? number(day[side][measure], measure === "orders" ? 0 : 2) : "—";
  return el("span", { className: side === "hap" && differs(day, measure) ? "bad-text" : "" }, text);
}
