// The open errors: each cause once, with what to do, and the records that it keeps out.

import * as airflow from "./airflow.js";
import { copyable, el, link } from "./dom.js";
import { language, moment, number, words } from "./words.js";

const SHOWN = 5; // records of a cause, and causes; the rest is folded
const ORDER = "order";

export function errorsCard(errors, ordersDag) {
  if (errors.total === null) {
    return el("p", { className: "card" }, words("hapDown"));
  }
  if (!errors.total) {
    return el("p", { className: "card" }, words("noErrors"));
  }
  const causes = errors.causes.map((cause) => causeBlock(cause, errors.newest.filter((error) => sameCause(cause, error)), ordersDag));
  const more = errors.newest.length < errors.total ? words("moreErrors", number(errors.newest.length), number(errors.total)) : "";
  return el(
    "div",
    { className: "card causes" },
    ...causes.slice(0, SHOWN),
    folded(causes.slice(SHOWN), "moreCauses"),
    more ? el("p", { className: "quiet small" }, more) : null,
  );
}

function sameCause(cause, error) {
  return cause.reason === error.reason && cause.action === error.action && cause.code === error.code;
}

function causeBlock(cause, errors, ordersDag) {
  const zh = language() === "zh";
  const reason = zh ? cause.reason : (cause.reason_en ?? cause.reason);
  const action = zh ? cause.action : (cause.action_en ?? cause.action);
  const records = errors.map((error) => record(error, ordersDag));
  return el(
    "section",
    { className: "cause" },
    el("p", {}, el("span", { className: "count" }, `${number(cause.count)} × `), el("strong", {}, reason), cause.code ? ` (${cause.code})` : ""),
    el("p", {}, `→ ${action}`),
    el("ul", {}, ...records.slice(0, SHOWN)),
    folded(records.slice(SHOWN), "moreRecords", "ul"),
  );
}

function folded(parts, name, tag = "div") {
  return parts.length ? el("details", {}, el("summary", {}, words(name, number(parts.length))), el(tag, {}, ...parts)) : null;
}

function record(error, ordersDag) {
  const told = [
    error.about[language()],
    error.step[language()],
    words("times", number(error.attempts)),
    moment(error.last_seen),
  ];
  return el(
    "li",
    {},
    copyable(error.record_id, words("copy"), words("copied")),
    error.row_url ? link(error.row_url, words("rowInHap")) : null,
    link(error.error_url, words("errorInHap")),
    error.entity === ORDER ? explainButton(error.record_id, ordersDag) : null,
    error.run_path ? link(error.run_path, words("openLog")) : null,
    el("span", { className: "quiet small" }, told.filter(Boolean).join(" · ")),
  );
}

function explainButton(orderId, ordersDag) {
  const button = el("button", { type: "button", className: "plain", title: words("explainHint") }, words("explain"));
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      button.replaceWith(link(await airflow.explain(ordersDag, orderId), words("explainLog")));
    } catch (failure) {
      button.replaceWith(el("span", { className: "bad-text" }, words("refused", failure.message)));
    }
  });
  return button;
}
