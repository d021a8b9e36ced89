// Puts the page together: one picture of all shops from the server, and a few facts from Airflow.

import * as airflow from "./airflow.js";
import { backfillForm } from "./backfill.js";
import { chartCards, differs, draw } from "./charts.js";
import { badge, el, table } from "./dom.js";
import { label, language, moment, number, span, switchLanguage, words } from "./words.js";

const EVERY = 60_000;
const LATE = 45 * 60; // a live run every 15 minutes, and its time to work
const VERY_LATE = 2 * 3600;
const KINDS = {
  "成功": "good", "一致": "good", "部分失败": "warn", "已修复": "warn", "重试": "warn", "失败": "bad", "不一致": "bad",
};

const state = { picture: null, problem: null, shop: "", watermark: null, logs: new Map(), form: null };

async function refresh() {
  try {
    state.picture = await airflow.snapshot();
    state.problem = null;
  } catch (error) {
    state.problem = error;
  }
  render();
  if (!state.problem) {
    await askAirflow();
    render();
  }
}

// What Airflow itself knows is an extra: without the right to read it the page still stands.
async function askAirflow() {
  const [mark, logs] = await Promise.allSettled([
    airflow.watermark(state.picture.orders_dags),
    airflow.taskLogs(state.picture.errors.newest),
  ]);
  state.watermark = mark.value ?? null;
  state.logs = logs.value ?? new Map();
}

function problemOf(error) {
  if (error.problem) {
    const zh = language() === "zh";
    const { problem } = error;
    return { text: zh ? problem.zh : problem.en, action: zh ? problem.action_zh : problem.action_en };
  }
  return { text: error.status === 401 ? words("login") : words("unreachable"), login: error.status === 401 };
}

function render() {
  const picture = state.picture;
  document.documentElement.lang = language() === "zh" ? "zh-CN" : "en";
  document.title = words("title");
  document.querySelectorAll("[data-words]").forEach((part) => (part.textContent = words(part.dataset.words)));
  renderProblem();
  const content = document.getElementById("content");
  content.setAttribute("aria-busy", "false");
  if (!picture) {
    content.replaceChildren();
    return;
  }
  document.getElementById("told-at").textContent = words("toldAt", moment(picture.generated_at, { seconds: true }));
  const shop = chooseShop(picture.shops);
  const own = shop ? shopParts(shop, picture) : [el("p", { className: "card" }, words("nothing"))];
  content.replaceChildren(...own.filter(Boolean), ...commonParts(picture));
  if (shop) {
    draw(shop.days);
  }
}

function renderProblem() {
  const box = document.getElementById("problem");
  box.hidden = !state.problem;
  if (state.problem) {
    const { text, action, login } = problemOf(state.problem);
    const said = login ? link("", words("login")) : el("strong", {}, text);
    box.replaceChildren(el("p", {}, said, action ? ` — ${action}` : "", state.picture ? ` · ${words("stale")}` : ""));
  }
}

function chooseShop(shops) {
  const choice = document.getElementById("shop");
  document.getElementById("shop-choice").hidden = shops.length < 2;
  if (!shops.some((shop) => shop.key === state.shop)) {
    // a message's link is about one shop
    state.shop = (shops.find((shop) => shop.orders_dag === form().dag()) ?? shops[0])?.key ?? "";
  }
  const called = ({ shop, name }) => (name ? `${name} · ${shop}` : shop);
  choice.replaceChildren(
    ...shops.map((one) => el("option", { value: one.key, selected: one.key === state.shop }, called(one))),
  );
  return shops.find((shop) => shop.key === state.shop);
}

function shopParts(shop, picture) {
  return [
    el("section", { className: "tiles" }, lagTile(picture), newestTile(shop), differenceTile(shop), errorsTile(picture.errors)),
    shop.outdated ? el("p", { className: "quiet" }, words("outdated", number(shop.outdated))) : null,
    el("h2", {}, words("last30")),
    el("p", { className: "legend" }, ...["source", "hap"].map((side) => legend(side, words(side))), legend("bad", words("differing"))),
    el("section", { className: "charts" }, ...chartCards(shop.days)),
    differingDays(shop.days),
    allDays(shop.days),
    el("h2", {}, words("customers")),
    segments(shop),
  ];
}

function legend(kind, text) {
  return el("span", {}, el("i", { className: kind }), text);
}

function tile(kind, title, value, ...hints) {
  return el(
    "div",
    { className: `card tile ${kind}` },
    el("div", { className: "quiet" }, title),
    el("div", { className: "value" }, value),
    ...hints.map((hint) => el("div", { className: "quiet small" }, hint)),
  );
}

function lagTile(picture) {
  const until = state.watermark ?? picture.read_until;
  if (!until) {
    return tile("", words("lag"), words("notYet"));
  }
  const lag = (Date.parse(picture.generated_at) - Date.parse(until)) / 1000;
  const hints = [words("lagHint", moment(until))];
  const kind = lag > VERY_LATE ? "bad" : lag > LATE ? "warn" : "good";
  return tile(kind, words("lag"), span(lag), ...hints);
}

function newestTile(shop) {
  return tile("", words("newestInHap"), moment(shop.newest_in_hap), words("newestInSource", shop.newest_day_in_source ?? "—"));
}

function differenceTile(shop) {
  const checked = shop.days.filter((day) => day.source);
  const total = (side) => checked.reduce((sum, day) => sum + day[side].orders, 0);
  const wrong = checked.filter((day) => day.status === "不一致").length;
  const hint = words("differenceHint", number(total("source")), number(total("hap")));
  if (!checked.length) {
    return tile("", words("difference"), words("unchecked"));
  }
  return tile(wrong ? "bad" : "good", words("difference"), wrong ? words("daysDiffer", wrong) : words("agrees"), hint);
}

function errorsTile(errors) {
  return tile(errors.total ? "bad" : "good", words("errorsOpen"), number(errors.total), words("errorsHint"));
}

function differingDays(days) {
  const told = days.filter((day) => day.status && day.status !== "一致").reverse();
  if (!told.length) {
    return null;
  }
  const heads = ["day", "result", "missing", "different", "extra"].map((name) => words(name));
  const rows = told.map((day) => [
    el("span", { className: "nowrap" }, day.day),
    badge(label(day.status), KINDS[day.status] ?? ""),
    day.missing || "—",
    day.different || "—",
    day.extra || "—",
  ]);
  return el("div", {}, el("h2", {}, words("days")), el("div", { className: "card" }, table(heads, rows)));
}

function allDays(days) {
  const measures = ["orders", "paid", "refunded"];
  const heads = [
    words("day"),
    words("result"),
    ...measures.flatMap((name) => [`${words(name)} · ${words("source")}`, words("hap")]),
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

function segments(shop) {
  const most = Math.max(1, ...shop.segments.map((segment) => segment.customers ?? 0));
  const rows = shop.segments.flatMap(({ name, customers }) => {
    const bar = el("div", { className: name ? "bar" : "bar none" });
    bar.style.width = `${(100 * (customers ?? 0)) / most}%`;
    return [
      el("span", {}, name ? label(name) : words("noSegment")),
      bar,
      el("span", { className: "number" }, customers === null ? words("unknown") : number(customers)),
    ];
  });
  const total = words("customersTotal", number(shop.customers));
  return el("div", { className: "card" }, el("div", { className: "bars" }, ...rows), el("p", { className: "quiet small" }, total));
}

function form() {
  state.form ??= backfillForm();
  return state.form;
}

function commonParts(picture) {
  return [
    el("h2", {}, words("errors")),
    errorsCard(picture.errors),
    el("h2", {}, words("runs")),
    runsCard(picture.runs),
    el("h2", { id: "backfill" }, words("backfill")),
    form().render(picture.orders_dags),
  ];
}

function errorsCard(errors) {
  if (!errors.total) {
    return el("p", { className: "card" }, words("noErrors"));
  }
  const causes = errors.causes.map((cause) =>
    el("li", {}, el("span", { className: "count" }, `${number(cause.count)} ×`), two(withCode(cause), cause.action)),
  );
  const heads = ["record", "reason", "attempts", "lastSeen"].map((name) => words(name));
  const rows = errors.newest.map((error) => [
    two(error.record_id, [error.shop, error.entity, error.step].filter(Boolean).join(" · ")),
    two(withCode(error), error.action),
    number(error.attempts),
    lastSeen(error),
  ]);
  const more = errors.newest.length < errors.total ? words("moreErrors", number(errors.newest.length), number(errors.total)) : "";
  return el(
    "div",
    { className: "card" },
    el("ul", { className: "causes" }, ...causes),
    table(heads, rows, { numeric: [2] }),
    more ? el("p", { className: "quiet small" }, more) : null,
  );
}

function withCode({ reason, code }) {
  return code ? `${reason} (${code})` : reason;
}

function lastSeen(error) {
  const path = state.logs.get(error.record_id);
  const time = el("span", { className: "nowrap" }, moment(error.last_seen));
  return el("div", {}, time, path ? el("br") : null, path ? link(path, words("taskLog")) : null);
}

function runsCard(runs) {
  if (!runs.length) {
    return el("p", { className: "card" }, words("notYet"));
  }
  const heads = ["api", "at", "result", "read", "written", "calls", "message"].map((name) => words(name));
  const rows = runs.map((run) => [
    language() === "zh" ? two(run.name, run.api) : two(run.api, run.name),
    run.run_path ? link(run.run_path, moment(run.ran_at), words("openRun")) : el("span", { className: "nowrap" }, moment(run.ran_at)),
    badge(label(run.status), KINDS[run.status] ?? ""),
    number(run.rows_read),
    number(run.rows_written),
    number(run.calls),
    run.message,
  ]);
  return el("div", { className: "card" }, table(heads, rows, { numeric: [3, 4, 5] }));
}

function two(first, second) {
  return el("div", {}, first, el("span", { className: "quiet small under" }, second));
}

function link(path, text, title = "") {
  return el("a", { href: new URL(path, airflow.BASE).href, "data-airflow": "", className: "nowrap", title }, text);
}


document.getElementById("refresh").addEventListener("click", refresh);
document.getElementById("language").addEventListener("click", () => {
  switchLanguage();
  render();
});
document.getElementById("shop").addEventListener("change", (event) => {
  state.shop = event.target.value;
  form().follow(state.picture.shops.find((shop) => shop.key === state.shop)?.orders_dag);
  render();
});
document.addEventListener("click", airflow.follow);
window.addEventListener("themechange", () => state.picture && render());
setInterval(() => document.hidden || refresh(), EVERY);
refresh().then(() => state.form?.asked && document.getElementById("backfill")?.scrollIntoView());
