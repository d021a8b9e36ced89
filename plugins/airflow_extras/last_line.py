"""Ends every task's log with one sentence: what happened, or why it failed and what to do.

What a stranger would get wrong: Airflow runs its callbacks after the traceback, but inside the
folded group "Post Execute", so a line logged there is hidden until that group is closed. A task
that was killed runs no callback and writes no sentence. The sentence is left in XCom as well,
under `CONCLUSION`, for the page and for the tasks after it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from airflow_extras.xcom import decoded, encoded, kind_returned, what_it_returned
from connectors.errors import Bilingual
from include.destination.write.preview import Planned, preview_table
from include.flows.run.api_settings import RunReport
from include.status.conclusion import Conclusion, of_failure, of_success

log = logging.getLogger("xiaoe")

CONCLUSION = "conclusion"
PLANNED = "planned"
_RESULT = "xiaoe_result"
_KIND = "xiaoe_kind"
_REPORTS = "xiaoe_reports"
_END_OF_GROUP = "::endgroup::"


def keep_reports(context: Any, reports: list[RunReport]) -> None:  # noqa: ANN401
    """Keep what a task told in `sync_config`, for its last line."""
    context.setdefault(_REPORTS, []).extend(reports)


def begin(context: Any) -> None:  # noqa: ANN401
    """Say in the first line that nothing is going to be written, where that is so."""
    if _is_preview(context):
        log.info(_END_OF_GROUP)
        log.info("预览：只读取和比较，什么也不写 / preview: nothing is written")


def remember(context: Any, result: object = None) -> None:  # noqa: ANN401
    """Keep what a task returned; Airflow calls it before it stores the result."""
    function = getattr(context["task"], "python_callable", None)
    context[_RESULT] = what_it_returned(function, result) if function else result
    context[_KIND] = kind_returned(function) if function else None


def succeeded(context: Any) -> None:  # noqa: ANN401
    """Write the last line of a task that succeeded."""
    conclusion = of_success(
        context.get(_RESULT),
        context.get(_REPORTS, ()),
        kind=context.get(_KIND),
        seconds=_seconds(context),
        preview=_is_preview(context),
    )
    planned = _planned_by_the_run(context)
    if planned:
        log.info(_END_OF_GROUP)
        log.info("%s", preview_table(planned))
        conclusion = replace(conclusion, planned=planned)
    _conclude(context, conclusion, logging.INFO)


def failed(context: Any) -> None:  # noqa: ANN401
    """Write the last line of a task that failed for good."""
    error = context.get("exception")
    reports = context.get(_REPORTS, ())
    conclusion = of_failure(error, reports=reports, causes=_causes(context))
    _conclude(context, conclusion, logging.ERROR)


def tried_again(context: Any) -> None:  # noqa: ANN401
    """Write the last line of a task that Airflow tries again."""
    _conclude(context, of_failure(context.get("exception"), again=True), logging.WARNING)


def skipped(context: Any) -> None:  # noqa: ANN401
    """Write the last line of a task that was skipped."""
    _conclude(
        context, Conclusion("已跳过，什么也没有做。", "Skipped, nothing was done."), logging.INFO
    )


ENDINGS: Mapping[str, Any] = {
    "on_execute_callback": begin,
    "post_execute": remember,
    "on_success_callback": succeeded,
    "on_failure_callback": failed,
    "on_retry_callback": tried_again,
    "on_skipped_callback": skipped,
    # what `list_orders` returns is megabytes of a log at 100,000 orders
    "show_return_value_in_logs": False,
}


def _conclude(context: Any, conclusion: Conclusion, level: int) -> None:  # noqa: ANN401
    ti = context["ti"]
    # a mapped task that is through has nothing to tell the page, and there may be a thousand
    if ti.map_index < 0 or level > logging.INFO:
        ti.xcom_push(key=CONCLUSION, value=encoded(Conclusion, conclusion))
    log.info(_END_OF_GROUP)
    log.log(level, conclusion.zh)


def _planned_by_the_run(context: Any) -> dict[str, Planned]:  # noqa: ANN401
    """Return what a whole preview would have written; the last task tells, for all before it."""
    ti, task = context["ti"], context["task"]
    is_last = task.trigger_rule == "all_done" and not task.downstream_task_ids
    if not _is_preview(context) or not is_last:
        return {}
    names = sorted(set(context["dag"].task_ids) - {ti.task_id})
    planned: dict[str, Planned] = {}
    for told in ti.xcom_pull(task_ids=names, key=PLANNED) or ():
        for label, one in (decoded(dict[str, Planned], told) or {}).items():
            planned.setdefault(label, Planned()).add(one)
    return planned


def _causes(context: Any) -> Iterator[tuple[str, Bilingual]]:  # noqa: ANN401
    """Yield what the failed tasks before this one said; a settling task tells their reason."""
    ti, task = context["ti"], context["task"]
    if task.trigger_rule != "all_done":
        return
    for name in sorted(task.upstream_task_ids):
        told = ti.xcom_pull(task_ids=name, key=CONCLUSION)
        every = told if isinstance(told, list) else [told]
        for one in every[:1]:
            if isinstance(one, Mapping) and one.get("status") == "失败":
                yield name, Bilingual(str(one["zh"]), str(one["en"]))


def _is_preview(context: Any) -> bool:  # noqa: ANN401
    return bool(context["params"].get("preview"))


def _seconds(context: Any) -> float:  # noqa: ANN401
    begun = context["ti"].start_date
    return (datetime.now(UTC) - begun).total_seconds() if begun else 0.0
