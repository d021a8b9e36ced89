// The first row: how the last runs ended, how far behind the sync is, whether both sides agree, what is open.

import { el, link } from "./dom.js";
import { label, language, moment, number, span, words } from "./words.js";

const DAY = 24 * 3600_000;
const LONGEST = 90;
const LOOKING = ["xiaoe_doctor", "xiaoe_explain_order"];
const OVER = ["success", "failed"];

export function tiles(shop, picture, airflow) {
  return el(
    "section",
    { className: "tiles" },
    runTile(picture, airflow),
    lagTile(picture, airflow),
    shop ? differenceTile(shop, picture) : null,
    errorsTile(picture.errors),
  );
}

function tile(kind, title, value, ...hints) {
  return el(
    "div",
    { className: `card tile ${kind}` },
    el("div", { className: "quiet" }, title),
    el("div", { className: "value" }, value),
    ...hints.filter(Boolean).map((hint) => el("div", { className: "quiet small" }, hint)),
  );
}

// Red while the newest run of any DAG is red, amber for a day after one was.
function runTile(picture, { runs, stories, waiting }) {
  const title = words("lastRun");
  if (waiting?.length) {
    const [{ dag, question, path }] = waiting;
    return tile("warn wide", title, words("waits"), `${dag} ${words("waitsHint")}`, question[language()], link(path, words("answer")));
  }
  if (!runs) {
    return runTileOfHap(picture, title);
  }
  const over = runs.filter((run) => OVER.includes(run.state) && !run.conf?.preview);
  if (!over.length) {
    return tile("wide", title, words("notYet"));
  }
  const newest = new Map();
  for (const run of over) {
    if (!newest.has(run.dag_id)) newest.set(run.dag_id, run);
  }
  const latest = [...newest.values()];
  const red = latest.filter((run) => run.state === "failed");
  const partly = latest.filter((run) => stories.get(run)?.status === "部分失败");
  // a run that only looked says nothing of the sync
  const working = latest.filter((run) => !LOOKING.includes(run.dag_id.split("__")[0]));
  const shown = red[0] ?? partly[0] ?? working[0] ?? latest[0];
  const story = stories.get(shown);
  const hints = [
    `${shown.dag_id} · ${moment(shown.end_date)}`,
    firstSentence(story?.[language()]),
    el("span", {}, link(story?.path ?? "", words("openLog")), red.length > 1 ? ` · ${words("moreRed", red.length - 1)}` : ""),
  ];
  if (red.length) {
    return tile("bad wide", title, words("stateFailed"), ...hints);
  }
  const recent = over.filter((run) => run.state === "failed" && Date.now() - Date.parse(run.end_date) < DAY).length;
  const value = partly.length ? words("statePartly") : words("stateSuccess");
  return tile(partly.length || recent ? "warn wide" : "good wide", title, value, ...hints, recent ? words("redToday", recent) : "");
}

// Without the right to read runs in Airflow: what the runs themselves wrote in HAP.
function runTileOfHap(picture, title) {
  const worst = ["失败", "部分失败", "成功"].map((status) => picture.runs.find((run) => run.status === status)).find(Boolean);
  if (!worst) {
    return tile("wide", title, words("unknown"));
  }
  const kind = { "失败": "bad", "部分失败": "warn", "成功": "good" }[worst.status];
  return tile(`${kind} wide`, title, label(worst.status), moment(worst.ran_at), language() === "zh" ? worst.message : worst.api);
}

function firstSentence(text) {
  const first = text ? /^[^。]*。?/.exec(text)[0] : "";
  return first.length > LONGEST ? `${first.slice(0, LONGEST)}…` : first;
}

// By the schedule's own measure: one run missed is amber, three are red.
function lagTile(picture, { watermark, schedule }) {
  const until = watermark ?? picture.read_until;
  const title = words("lag");
  if (!until) {
    return tile("", title, words("notYet"));
  }
  const every = schedule?.every ?? 900;
  const lag = (Date.now() - Date.parse(until)) / 1000;
  const late = lag > 4 * every + 300 ? "bad" : lag > 2 * every + 300 ? "warn" : "good";
  const kind = schedule?.paused && late === "good" ? "warn" : late;
  return tile(kind, title, span(lag), words("lagHint", moment(until)), schedule?.paused ? words("paused") : words("every", span(every)));
}

function differenceTile(shop, picture) {
  const checked = shop.days.filter((day) => day.source);
  const total = (side) => checked.reduce((sum, day) => sum + day[side].orders, 0);
  const wrong = checked.filter((day) => day.status === "不一致").length;
  const title = words("difference");
  if (!checked.length) {
    return tile("", title, words("unchecked"));
  }
  const { at, written_since: since } = shop.check;
  const age = at ? (Date.parse(picture.generated_at) - Date.parse(at)) / 1000 : Infinity;
  const hints = [
    at ? words("checkedAt", moment(at)) : words("checkUnknown"),
    at ? (since === null ? words("manySince") : words("writtenSince", number(since))) : "",
    words("differenceHint", number(total("source")), number(total("hap"))),
  ];
  const old = age > 2 * 24 * 3600; // a night was missed
  return tile(wrong ? "bad" : old ? "warn" : "good", title, wrong ? words("daysDiffer", wrong) : words("agrees"), ...hints);
}

function errorsTile(errors) {
  if (errors.total === null) {
    return tile("", words("errorsOpen"), words("unknown"), words("hapDown"));
  }
  return tile(errors.total ? "bad" : "good", words("errorsOpen"), number(errors.total), words("errorsHint"));
}
