// Puts the page together: one picture of all shops from the server, and what Airflow itself tells.

import * as airflow from "./airflow.js";
import { backfillForm } from "./backfill.js";
import { chartCards, draw } from "./charts.js";
import { allDays, differingDays } from "./days.js";
import { badge, el, link, table } from "./dom.js";
import { errorsCard } from "./errors.js";
import { historyCard, shownRuns } from "./history.js";
import { tiles } from "./tiles.js";
import { label, language, moment, number, span, switchLanguage, words } from "./words.js";

const EVERY = 60_000;
const WHILE_RUNNING = 10_000; // somebody is waiting for the result
const KINDS = { "成功": "good", "部分失败": "warn", "失败": "bad" };

const state = {
  picture: null, problem: null, shop: "", dag: "", form: null,
  airflow: { runs: null, stories: new Map(), watermark: null, schedule: null, waiting: [] },
};

let asked = 0;

async function refresh() {
  asked = Date.now();
  const { picture, problem } = await airflow.snapshot();
  state.picture = picture ?? state.picture;
  state.problem = problem;
  render();
  if (state.picture) {
    await askAirflow();
    render();
  }
}

// A run that waits for an answer may do so for hours.
function isRunning() {
  const { runs, waiting } = state.airflow;
  return !waiting?.length && (runs ?? []).some((run) => run.state === "running" || run.state === "queued");
}

// Not while somebody types: drawing the page anew would take the cursor away.
function isDue() {
  const typing = document.activeElement?.matches("form input");
  return !document.hidden && !typing && Date.now() - asked >= (isRunning() ? WHILE_RUNNING : EVERY);
}

// What Airflow itself knows is an extra: without the right to read it the page still stands.
async function askAirflow() {
  const dags = state.picture.orders_dags;
  const of = (promise) => promise.catch(() => null);
  const [watermark, schedule, runs, waiting] = await Promise.all([
    of(airflow.watermark(dags)),
    of(airflow.schedule(dags[0])),
    of(airflow.history(dags)),
    of(airflow.waiting()),
  ]);
  state.airflow = { ...state.airflow, watermark, schedule, runs, waiting };
  if (runs) {
    await readStories();
  }
}

// Of the runs that are shown, and of the newest one of each DAG, which the first tile may tell.
async function readStories() {
  const { runs, stories } = state.airflow;
  const newest = [...new Set(runs.map((run) => run.dag_id))].map((dag) => runs.find((run) => run.dag_id === dag && run.end_date && !run.conf?.preview));
  const previews = runs.filter((run) => run.conf?.preview && run.state === "success").slice(0, 3);
  const wanted = new Set([...shownRuns(runs, state.dag), ...newest.filter(Boolean), ...previews]);
  await Promise.all([...wanted].map(async (run) => stories.set(run, await airflow.story(run))));
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
  const at = picture.generated_at;
  document.getElementById("told-at").textContent = at ? words("toldAt", moment(at, { seconds: true })) : "";
  const opened = openDetails(content);
  const shop = chooseShop(picture.shops);
  content.replaceChildren(...parts(shop, picture).filter(Boolean));
  content.querySelectorAll("details").forEach((one, index) => (one.open = opened.has(index)));
  if (shop) {
    draw(shop.days);
  }
}

// What a person has unfolded stays so when the page is drawn anew.
function openDetails(content) {
  return new Set([...content.querySelectorAll("details")].flatMap((one, index) => (one.open ? [index] : [])));
}

function renderProblem() {
  const box = document.getElementById("problem");
  const parts = state.problem ? problemParts() : shopProblemParts();
  box.hidden = !parts;
  box.replaceChildren(...(parts ?? []));
}

// HAP does not answer, or nobody is logged in: what follows is what was read last.
function problemParts() {
  const { text, action, login } = problemOf(state.problem);
  const at = state.picture?.generated_at;
  const age = at ? words("stale", ago(at)) : state.picture ? words("neverRead") : "";
  const said = login ? link("", words("login")) : el("strong", {}, text);
  return [el("p", {}, said, action ? ` — ${action}` : ""), el("p", { className: "quiet" }, age)];
}

// The last run of a DAG found no answer of the shop's: the page's numbers are HAP's, and grow old.
function shopProblemParts() {
  const { runs, stories } = state.airflow;
  const over = (runs ?? []).filter((run) => ["success", "failed"].includes(run.state) && !run.conf?.preview);
  const newest = over.filter((run, index) => over.findIndex((one) => one.dag_id === run.dag_id) === index);
  const failed = newest.find((run) => run.state === "failed" && stories.get(run)?.down);
  if (!failed) {
    return null;
  }
  const { down, path, ...said } = stories.get(failed);
  const until = state.airflow.watermark ?? state.picture?.read_until;
  const reason = el("strong", {}, words("noAnswer", label(down), moment(failed.end_date)));
  return [
    el("p", {}, reason, ` — ${said[language()] ?? ""} `, link(path, words("openLog"))),
    el("p", { className: "quiet" }, until ? words("readUntil", moment(until), ago(until)) : words("neverReadShop")),
  ];
}

const ago = (at) => span((Date.now() - Date.parse(at)) / 1000);

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

function parts(shop, picture) {
  const ordersDag = shop?.orders_dag ?? picture.orders_dags[0];
  return [
    picture.unreadable?.length ? el("p", { className: "card" }, words("unreadableRows", picture.unreadable.join("、"))) : null,
    tiles(shop, picture, state.airflow),
    shop || state.problem ? null : el("p", { className: "card" }, words("nothing")),
    el("h2", {}, words("errors")),
    errorsCard(picture.errors, ordersDag),
    el("h2", {}, words("runs")),
    historyCard(state.airflow, state.dag, chooseDag),
    ...(shop ? shopParts(shop) : []),
    el("h2", { id: "backfill" }, words("backfill")),
    form().render(picture.orders_dags),
    lastPreview(state.airflow),
    picture.runs.length ? interfaces(picture.runs) : null,
  ];
}

async function chooseDag(dag) {
  state.dag = dag;
  await readStories();
  render();
}

function shopParts(shop) {
  return [
    shop.outdated ? el("p", { className: "quiet" }, words("outdated", number(shop.outdated))) : null,
    el("h2", {}, words("last30")),
    el("p", { className: "legend" }, ...["source", "hap"].map((side) => legend(side, words(side))), legend("bad", words("differing"))),
    el("section", { className: "charts" }, ...chartCards(shop.days)),
    allDays(shop.days),
    differingDays(shop.days),
    el("h2", { id: "audiences" }, words("customers")),
    segments(shop),
  ];
}

function legend(kind, text) {
  return el("span", {}, el("i", { className: kind }), text);
}

// Each 客群: how many customers, and what the last thirty days brought beside the thirty before.
function segments(shop) {
  const heads = ["segment", "customersCount", "buyers", "paidShort", "refundedShort", "before", "change"].map((name) => words(name));
  const rows = shop.segments.map(({ name, customers, recent, before }) => [
    name ? label(name) : words("noSegment"),
    customers === null ? words("unknown") : number(customers),
    number(recent?.customers),
    number(recent?.paid, 2),
    number(recent?.refunded, 2),
    number(before?.paid, 2),
    change(recent?.paid, before?.paid),
  ]);
  const total = words("customersTotal", number(shop.customers));
  return el(
    "div",
    { className: "card" },
    table(heads, rows, { numeric: [1, 2, 3, 4, 5, 6], stacked: true }),
    el("p", { className: "quiet small" }, `${total} · ${words("spans")}`),
  );
}

function change(now, then) {
  if (!then || now === undefined) return "—";
  const share = Math.round((100 * (now - then)) / then);
  return `${share > 0 ? "+" : ""}${share} %`;
}

// What the last preview would have written, worksheet by worksheet.
function lastPreview({ runs, stories }) {
  const run = runs?.find((one) => one.conf?.preview && one.state === "success" && Object.keys(stories.get(one)?.planned ?? {}).length);
  if (!run) {
    return null;
  }
  const { planned, path } = stories.get(run);
  const heads = ["worksheet", "created", "patched", "unchanged", "fields"].map((name) => words(name));
  const rows = Object.entries(planned).map(([name, one]) => [
    name,
    number(one.create),
    number(one.patch),
    number(one.unchanged),
    Object.entries(one.fields).map(([field, count]) => `${field} ${count}`).join("、") || "—",
  ]);
  return el(
    "div",
    { className: "card preview" },
    el("p", {}, el("strong", {}, words("lastPreview", moment(run.start_date))), ` · ${run.dag_id} `, link(path, words("openLog"))),
    table(heads, rows, { numeric: [1, 2, 3], stacked: true }),
  );
}

function form() {
  state.form ??= backfillForm();
  return state.form;
}

// The last call of each interface, as `sync_config` has it.
function interfaces(runs) {
  const heads = ["api", "at", "result", "read", "written", "calls"].map((name) => words(name));
  const rows = runs.map((run) => [
    language() === "zh" ? `${run.name}` : run.api,
    run.run_path ? link(run.run_path, moment(run.ran_at)) : moment(run.ran_at),
    badge(label(run.status), KINDS[run.status] ?? ""),
    number(run.rows_read),
    number(run.rows_written),
    number(run.calls),
  ]);
  const shown = el("div", { className: "card" }, table(heads, rows, { numeric: [3, 4, 5], stacked: true }));
  return el("details", {}, el("summary", {}, words("interfaces")), shown);
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
window.addEventListener("runstarted", refresh);
setInterval(() => isDue() && refresh(), 2000);
refresh().then(() => state.form?.asked && document.getElementById("backfill")?.scrollIntoView());
