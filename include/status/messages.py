"""Composes the messages about a sync: one when it turns bad, one when it recovers.

A run of 500 failures is one change of state and so one message, and a sync that stays bad says
nothing more until it gets worse or recovers. Texts hold ids, counts and the sentences of the error
table; an exception that is not ours is named by its type alone, because it may quote a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connectors.errors import ConnectorError
from include.destination.sheets.worksheets import FAILED, PARTLY_FAILED, SUCCEEDED
from include.flows.orders.finish import IncompleteRunError
from include.status.links import backfill_url, page_url
from include.status.sheets import Cause

TOP = 5
_LONGEST = 300
_RANK = {SUCCEEDED: 0, PARTLY_FAILED: 1, FAILED: 2}
_ENGLISH = {SUCCEEDED: "succeeded", PARTLY_FAILED: "partly failed", FAILED: "failed"}


class Turn(StrEnum):
    """What the last run changed."""

    WORSE = "worse"
    RECOVERED = "recovered"
    NONE = "none"


@dataclass(frozen=True)
class RunStory:
    """What a message tells about one run; `airflow` is the address of the Airflow UI.

    `orders_dag` is the DAG that reads a span of the same shop again.
    """

    dag_id: str
    status: str
    said: str
    run_path: str
    airflow: str
    span: tuple[datetime, datetime] | None = None
    causes: Sequence[Cause] = ()
    open_errors: int = 0
    orders_dag: str = "xiaoe_orders"


@dataclass(frozen=True)
class Message:
    """A title and plain text, Chinese with English beside."""

    title: str
    body: str


def turn(before: str, now: str) -> Turn:
    """Return whether a sync turned bad or recovered; one that has never run counts as good."""
    was, has_become = _RANK.get(before, 0), _RANK.get(now, 0)
    if has_become > was:
        return Turn.WORSE
    return Turn.RECOVERED if was and not has_become else Turn.NONE


def bad_news(story: RunStory) -> Message:
    """Return the message about a sync that turned bad: causes, counts, and where to go."""
    lines = [story.said] if story.said else []
    if story.causes:
        lines += ["", f"未解决异常 {story.open_errors} 条，主要原因 / open errors, top causes:"]
        lines += [_cause(cause) for cause in story.causes[:TOP]]
        more = len(story.causes) - TOP
        lines += [f"另有 {more} 种原因 / and {more} more causes"] if more > 0 else []
    lines += ["", *_links(story)]
    return Message(_title("⚠", story), "\n".join(lines).strip())


def good_news(story: RunStory) -> Message:
    """Return the message about a sync that recovered."""
    recovered = "已恢复正常 / back to normal"
    lines = [recovered, *([story.said] if story.said else []), "", *_links(story, backfill=False)]
    return Message(_title("✓", story), "\n".join(lines).strip())


def question_asked(dag_id: str, subject: str, path: str, airflow: str) -> Message:
    """Return the message that a run waits for an answer; `path` is where Airflow takes it."""
    lines = [subject, "不回答就不会继续 / it goes on only once somebody answers"]
    lines += ["", f"回答 answer: {airflow.rstrip('/')}/{path}"] if airflow else []
    return Message(f"? {dag_id} 等待回答 / waits for an answer", "\n".join(lines))


def said_by(error: BaseException | str | None) -> str:
    """Return what may be told of the exception that ended a run."""
    if isinstance(error, IncompleteRunError):
        return str(error)[:_LONGEST]
    if isinstance(error, ConnectorError):
        return f"{error.explanation} — {error.action}"[:_LONGEST]
    name = type(error).__name__ if isinstance(error, BaseException) else "?"
    return f"{name}，详见任务日志 / {name}, see the task's log"


def _title(sign: str, story: RunStory) -> str:
    return f"{sign} {story.dag_id} {story.status} / {_ENGLISH.get(story.status, story.status)}"


def _cause(cause: Cause) -> str:
    code = f" ({cause.code})" if cause.code else ""
    return f"· {cause.count} × {cause.reason}{code} → {cause.action}"[:_LONGEST]


def _links(story: RunStory, *, backfill: bool = True) -> list[str]:
    if not story.airflow:
        return []
    links = [
        f"运行 run: {story.airflow.rstrip('/')}/{story.run_path}",
        f"概况 page: {page_url(story.airflow)}",
    ]
    if backfill and story.span:
        links.append(f"回填 backfill: {backfill_url(story.airflow, story.orders_dag, *story.span)}")
    return links
