"""The last step of every flow: compares what was asked with what was done, and tells people.

It always runs, writes the run into `sync_config`, closes what is solved in `sync_errors`, and fails
the run when something is missing. A last step that always succeeded would make a failed run green.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from include.destination.sheets.worksheets import FAILED, PARTLY_FAILED, SUCCEEDED
from include.destination.write.plan import Action
from include.flows.orders.list import not_in_hap
from include.flows.orders.retries import record_and_close
from include.flows.run.api_settings import ApiReport, RunReport, reports_of
from include.flows.run.batches import Batch
from include.flows.run.context import SyncContext
from include.flows.run.error_rows import recorded
from include.flows.run.missing import Missing, missing_in
from include.flows.run.tolerance import exceeds_limit
from include.flows.run.unknown_labels import tell_unknown
from include.flows.run.window import RunWindow

log = logging.getLogger(__name__)


class IncompleteRunError(Exception):
    """Something that the run was asked to do is neither done nor recorded."""


def too_many_failed(counts: Mapping[str, int]) -> bool:
    """Tell whether more of a part's records failed than bad records explain.

    What was tried counts: of customers also the forms, which are not among those `read`.
    """
    written = sum(counts.get(action, 0) for action in Action) + counts["failed"]
    return exceeds_limit(counts["failed"], max(counts["read"], written))


@dataclass(frozen=True)
class Tally:
    """What became of the orders that a run was asked to sync, by order id.

    `missing` tells without what orders and customers were written: that is neither a failure nor a
    loss, and does not count among them. `waiting` is how many rows of `sync_errors` tell of
    customers or whole interfaces that are still to be made good.
    """

    asked: int
    done: Sequence[str]
    recorded: Sequence[str]
    lost: Sequence[str]
    missing: Missing = field(default_factory=Missing)
    waiting: int = 0

    @property
    def too_many_failed(self) -> bool:
        """Tell whether so many failed that the run must not be taken for done."""
        return exceeds_limit(len(self.recorded), self.asked)

    @property
    def status(self) -> str:
        """Return the word for `sync_config`."""
        if self.lost or self.too_many_failed:
            return FAILED
        partly = self.recorded or self.missing.without or self.waiting
        return PARTLY_FAILED if partly else SUCCEEDED

    @property
    def message(self) -> str:
        """Return the sentence for `sync_config`."""
        without = self.missing.in_chinese()
        return (
            f"应同步 {self.asked},完成 {len(self.done)}{f'(其中 {without})' if without else ''},"
            f"记入异常 {len(self.recorded)},缺失 {len(self.lost)}"
            f"{f',另有 {self.waiting} 项待补齐' if self.waiting else ''}"
        )

    @property
    def message_in_english(self) -> str:
        """Return the same for the log."""
        without = self.missing.in_english()
        return f"{len(self.done)} written{f', {without}' if without else ''}"


def finish_orders(
    context: SyncContext,
    window: dict[str, Any] | None,
    batches: Sequence[dict[str, Any]] | None,
    summaries: Iterable[Mapping[str, Any]] | None,
    *,
    calls: Mapping[str, int] | None = None,
    run_url: str = "",
) -> str | None:
    """Count what was done and report it; return the watermark to store, in a live run alone.

    `window`, `batches` and `summaries` are what the earlier tasks returned, None where one failed;
    `calls` is how many requests they sent, by api.
    Raises IncompleteRunError when an earlier task failed, when an order is neither in HAP nor in
    `sync_errors`, or when too many failed: the watermark stays, and the next run takes the same
    orders again.
    """
    if window is None or batches is None:
        raise IncompleteRunError(
            "没有得到订单列表,水位不动;先看 open_window 和 list_orders 的日志 "
            "/ no list of orders; see the logs of open_window and list_orders"
        )
    run = RunWindow.from_xcom(window)
    reported = list(summaries or ())
    tally = _tally(context, [Batch.from_xcom(batch) for batch in batches], reported)
    closed, waiting = record_and_close(context, tally.done, tally.missing)
    tally = replace(tally, waiting=waiting)
    unknown = tell_unknown(name for summary in reported for name in summary.get("unknown", ()))
    log.info("%s;关闭异常 %d / %s", tally.message, closed, tally.message_in_english)
    report = _report(context, run, tally, reported, calls or {}, run_url)
    context.report(replace(report, message=report.message + unknown))
    _judge(tally)
    return window["until"] if run.moves_watermark and not context.preview else None


def _report(
    context: SyncContext,
    run: RunWindow,
    tally: Tally,
    reported: Sequence[Mapping[str, Any]],
    calls: Mapping[str, int],
    run_url: str,
) -> RunReport:
    api = "order.list" if context.order_feed == "update" else "order.list.created"
    written = sum(summary["create"] + summary["patch"] for summary in reported)
    counted = ApiReport(
        rows_read=tally.asked,
        rows_written=written,
        rows_unchanged=sum(summary["unchanged"] for summary in reported),
        rows_failed=len(tally.recorded) + len(tally.lost),
    )
    return RunReport(
        reports_of(calls, {api: counted}),
        tally.status,
        tally.message,
        datetime.now(UTC),
        run_url,
        # A backfill beside the live schedule must not look like a live run that is months behind.
        (run.since, run.until) if run.moves_watermark else None,
    )


def finish_base_data(
    context: SyncContext,
    goods: Mapping[str, int] | None,
    customers: Mapping[str, int] | None,
    *,
    calls: Mapping[str, int] | None = None,
    run_url: str = "",
) -> None:
    """Report what the two parts of a base-data run did; None stands for a part that failed.

    Raises IncompleteRunError when a part failed, or when too many of its records did.
    """
    parts = {"goods.list": goods, "user.list.cursor": customers}
    failed = [api for api, counts in parts.items() if counts is None]
    ended = {api: counts for api, counts in parts.items() if counts is not None}
    bad = sum(counts["failed"] for counts in ended.values())
    missing = sum(counts.get("missing", 0) for counts in ended.values())
    too_many = any(map(too_many_failed, ended.values()))
    status = FAILED if failed or too_many else PARTLY_FAILED if bad or missing else SUCCEEDED
    message = f"基础数据未完成:{'、'.join(failed)}" if failed else f"基础数据已同步,{bad} 条失败"
    message += f",{missing} 项暂缺,会自动补齐" if missing else ""
    reports = {
        api: ApiReport(
            counts["read"],
            counts["create"] + counts["patch"],
            rows_unchanged=counts.get("unchanged", 0),
            rows_failed=counts["failed"],
        )
        for api, counts in ended.items()
    }
    reports = reports_of(calls or {}, reports)
    if reports:
        context.report(RunReport(reports, status, message, datetime.now(UTC), run_url))
    if failed:
        raise IncompleteRunError(f"{message};见相应任务的日志 / see the logs of these parts")
    if too_many:
        raise IncompleteRunError(
            f"{message},超过上限;先看工作表「同步异常」的原因 / too many records failed"
        )


def _tally(
    context: SyncContext, batches: Sequence[Batch], summaries: Sequence[Mapping[str, Any]]
) -> Tally:
    """Count by what the tasks tell, and ask HAP about the rest.

    A task that was killed, or that ended in an error, tells nothing of what it had already done.
    """
    refs = {ref.order_id: ref for batch in batches for ref in batch.orders}
    reported = {summary["batch"] for summary in summaries}
    untold = [ref for batch in batches if batch.label not in reported for ref in batch.orders]
    missing = {ref.order_id for ref in not_in_hap(context, untold)}
    error_rows = recorded(context, "order", missing)
    return Tally(
        len(refs),
        [order_id for order_id in refs if order_id not in missing],
        sorted(error_rows),
        sorted(missing - error_rows),
        missing_in(summaries),
    )


def _judge(tally: Tally) -> None:
    if tally.lost:
        raise IncompleteRunError(
            f"{len(tally.lost)} 个订单既未写入也未记入 sync_errors,水位不动:"
            f"{', '.join(tally.lost[:20])} / these orders are neither written nor recorded"
        )
    if tally.too_many_failed:
        raise IncompleteRunError(
            f"{len(tally.recorded)} 个订单失败,超过上限,水位不动;先看 sync_errors 的原因 "
            "/ too many orders failed; see sync_errors for the reasons"
        )
