// The form that reads a span of time again; a message's link arrives with both ends filled in.

import * as airflow from "./airflow.js";
import { el, link } from "./dom.js";
import { words } from "./words.js";

const ZONE = "+08:00"; // what the form says is Beijing time

export function backfillForm() {
  const asked = new URLSearchParams(window.location.search);
  const since = moment(asked.get("since"));
  const until = moment(asked.get("until"));
  let dag = asked.get("dag") ?? airflow.ORDERS_DAG;
  const told = el("output", {});
  const ask = (start) => (event) => {
    event.preventDefault();
    void submit(start, dag, since.value, until.value, told);
  };
  // A preview is always a run of its own: in a run that Airflow repeats it would stay for ever.
  const look = (...span) => airflow.runOnce(...span, true);
  const once = (...span) => airflow.runOnce(...span, false);

  // Which shop is read again: asked for only where there are several.
  function choice(dags) {
    const options = dags.map((name) => el("option", { value: name, selected: name === dag }, name));
    return el("label", {}, "DAG", el("select", { onchange: (event) => (dag = event.target.value) }, ...options));
  }

  // Only an orders DAG that the picture names: a link may ask for anything.
  function render(dags) {
    if (!dags.includes(dag)) dag = dags[0];
    const field = (input, name) => el("label", {}, words(name), input);
    return el(
      "form",
      { className: "card", autocomplete: "off" },
      dags.length > 1 ? choice(dags) : null,
      field(since, "since"),
      field(until, "until"),
      el("button", { type: "button", onclick: ask(look), title: words("previewHint") }, words("previewOnce")),
      el("button", { type: "submit", className: "first", onclick: ask(once), title: words("runOnceHint") }, words("runOnce")),
      el("button", { type: "button", onclick: ask(airflow.backfill), title: words("byDayHint") }, words("byDay")),
      el("span", { className: "quiet small hint" }, words("backfillHint")),
      told,
    );
  }

  // Whoever looks at another shop means that one.
  const follow = (name) => (dag = name ?? dag);

  return { render, follow, dag: () => dag, asked: Boolean(since.value && until.value) };
}

function moment(given) {
  const input = el("input", { type: "datetime-local", step: "60" });
  input.value = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.exec(given ?? "")?.[0] ?? "";
  return input;
}

async function submit(start, dag, since, until, told) {
  if (!since || !until || since >= until) {
    told.replaceChildren(words("bothEnds"));
    return;
  }
  try {
    const path = await start(dag, `${since}:00${ZONE}`, `${until}:00${ZONE}`);
    told.replaceChildren(words("started"), " ", link(path, words("openRun")));
    window.dispatchEvent(new Event("runstarted"));
  } catch (error) {
    told.replaceChildren(words("refused", error.message));
  }
}
