// The last runs of each DAG: when, over which window, how many rows, and what they said at the end.

import { badge, el, link, table } from "./dom.js";
import { clock, language, moment, number, words } from "./words.js";

const SHOWN = 20;
const UNFOLDED = 5;
const KINDS = { success: "good", failed: "bad", running: "", queued: "" };
const STATES = { success: "stateSuccess", failed: "stateFailed", running: "stateRunning", queued: "stateQueued" };
const TYPES = { scheduled: "typeScheduled", manual: "typeManual", backfill: "typeBackfill", asset_triggered: "typePush" };

export function historyCard({ runs, stories }, chosen, choose) {
  if (!runs) {
    return el("p", { className: "card" }, words("noHistory"));
  }
  const dags = [...new Set(runs.map((run) => run.dag_id))].sort();
  const shown = shownRuns(runs, chosen);
  if (!shown.length) {
    return el("p", { className: "card" }, words("notYet"));
  }
  const rows = shown.map((run) => row(run, stories.get(run)));
  const heads = ["at", "dag", "result", "window", "read", "written", "unchanged", "failed", "cause"].map((name) => words(name));
  const numeric = [4, 5, 6, 7];
  const part = (some) => table(heads, some, { numeric, stacked: true });
  return el(
    "div",
    { className: "card" },
    chooser(dags, chosen, choose),
    part(rows.slice(0, UNFOLDED)),
    rows.length > UNFOLDED
      ? el("details", {}, el("summary", {}, words("moreRuns", rows.length - UNFOLDED)), part(rows.slice(UNFOLDED)))
      : null,
  );
}

export function shownRuns(runs, chosen) {
  return runs.filter((run) => !chosen || run.dag_id === chosen).slice(0, SHOWN);
}

function chooser(dags, chosen, choose) {
  const option = (value, text) => el("option", { value, selected: value === chosen }, text);
  const select = el("select", { "aria-label": "DAG" }, option("", words("everyDag")), ...dags.map((dag) => option(dag, dag)));
  select.addEventListener("change", () => choose(select.value));
  return el("p", { className: "chooser" }, select);
}

function row(run, story) {
  const counts = story?.counts ?? {};
  const partly = run.state === "success" && story?.status === "部分失败";
  const state = badge(partly ? words("statePartly") : words(STATES[run.state] ?? "unknown"), partly ? "warn" : (KINDS[run.state] ?? ""));
  const preview = run.conf?.preview ? badge(words("preview"), "") : null;
  const said = story?.[language()] ?? "";
  return [
    el("span", { className: "nowrap" }, moment(run.start_date ?? run.run_after)),
    el("span", { className: "nowrap" }, run.dag_id, el("span", { className: "quiet small" }, ` · ${words(TYPES[run.run_type] ?? "unknown")}`)),
    el("span", {}, state, preview ? " " : null, preview),
    windowOf(run),
    ...["read", "written", "unchanged", "failed"].map((name) => number(counts[name])),
    el("span", {}, el("span", { className: "said" }, said), link(story?.path ?? "", words("openLog"))),
  ];
}

// What a person asked for, else the interval of the schedule; in Beijing time, as everywhere here.
function windowOf(run) {
  const { since, until } = run.conf ?? {};
  const scheduled = run.run_type === "scheduled" || run.run_type === "backfill";
  const [start, end] = since || until ? [since, until] : scheduled ? [run.data_interval_start, run.data_interval_end] : [];
  if (!start || !end) return "—";
  const sameDay = moment(start).slice(0, 5) === moment(end).slice(0, 5);
  return el("span", { className: "nowrap" }, `${moment(start)} – ${sameDay ? clock(end) : moment(end)}`);
}
