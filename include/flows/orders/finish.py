"""The last step of every flow: compares what was asked with what was done, and tells people.

It always runs, writes the run into `sync_config`, closes what is solved in `sync_errors`, and fails
the run when something is missing. A last step that always succeeded would make a failed run green.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from include.destination.sheets.worksheets import FAILED, PARTLY_FAILED, SUCCEEDED
from include.flows.orders.list import not_in_hap
from include.flows.orders.retries import record_and_close
from include.flows.orders.sync import BatchResult
from include.flows.run.api_settings import ApiReport, RunReport, reports_of
from include.flows.run.batches import Batch
from include.flows.run.context import SyncContext
from include.flows.run.counts import Counts, exceeds_limit
from include.flows.run.error_rows import recorded
from include.flows.run.missing import Missing, joined
from include.flows.run.unknown_labels import tell_unknown
from include.flows.run.window import RunWindow
from include.source.windows import SHOP_ZONE

log = logging.getLogger(__name__)


class IncompleteRunError(Exception):
    """Something that the run was asked to do is neither done nor recorded."""


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
            f"应同步 {self.asked}，完成 {len(self.done)}{f'(其中 {without})' if without else ''}，"
            f"记入异常 {len(self.recorded)}，缺失 {len(self.lost)}"
            f"{f'，另有 {self.waiting} 项待补齐' if self.waiting else ''}"
        )

    @property
    def message_in_english(self) -> str:
        """Return the same for the log."""
        without = self.missing.in_english()
        return f"{len(self.done)} written{f', {without}' if without else ''}"


def finish_orders(
    context: SyncContext,
    run: RunWindow | None,
    batches: Sequence[Batch] | None,
    results: Sequence[BatchResult] | None,
    *,
    calls: Mapping[str, int] | None = None,
    run_url: str = "",
) -> str | None:
    """Count what was done and report it; return the watermark to store, in a live run alone.

    `run`, `batches` and `results` are what the earlier tasks returned, None where one failed;
    `calls` is how many requests they sent, by api.
    Raises IncompleteRunError when an earlier task failed, when an order is neither in HAP nor in
    `sync_errors`, or when too many failed: the watermark stays, and the next run takes the same
    orders again.
    """
    if run is None or batches is None:
        raise IncompleteRunError(
            "没有得到订单列表，水位不动；先看 open_window 和 list_orders 的日志 "
            "/ no list of orders; see the logs of open_window and list_orders"
        )
    results = results or ()
    tally = _tally(context, batches, results)
    closed, waiting = record_and_close(context, tally.done, tally.missing)
    tally = replace(tally, waiting=waiting)
    unknown = tell_unknown(name for result in results for name in result.unknown)
    log.info("%s；关闭异常 %d / %s", tally.message, closed, tally.message_in_english)
    report = _report(context, run, tally, results, calls or {}, run_url)
    context.report(replace(report, message=report.message + unknown))
    _judge(tally)
    moves = run.moves_watermark and not context.preview
    return run.until.astimezone(SHOP_ZONE).isoformat() if moves else None


def _report(
    context: SyncContext,
    run: RunWindow,
    tally: Tally,
    results: Sequence[BatchResult],
    calls: Mapping[str, int],
    run_url: str,
) -> RunReport:
    counted = ApiReport(
        rows_read=tally.asked,
        rows_written=sum(result.counts.written for result in results),
        rows_unchanged=sum(result.counts.unchanged for result in results),
        rows_failed=len(tally.recorded) + len(tally.lost),
    )
    return RunReport(
        reports_of(calls, {context.order_api: counted}),
        tally.status,
        tally.message,
        datetime.now(UTC),
        run_url,
        # A backfill beside the live schedule must not look like a live run that is months behind.
        (run.since, run.until) if run.moves_watermark else None,
    )


def finish_base_data(
    context: SyncContext,
    goods: Counts | None,
    customers: Counts | None,
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
    bad = sum(counts.failed for counts in ended.values())
    missing = sum(counts.missing for counts in ended.values())
    too_many = any(counts.too_many_failed for counts in ended.values())
    status = FAILED if failed or too_many else PARTLY_FAILED if bad or missing else SUCCEEDED
    message = f"基础数据未完成：{'、'.join(failed)}" if failed else f"基础数据已同步，{bad} 条失败"
    message += f"，{missing} 项暂缺，会自动补齐" if missing else ""
    known = {api: ApiReport.of(counts) for api, counts in ended.items()}
    reports = reports_of(calls or {}, known)
    if reports:
        context.report(RunReport(reports, status, message, datetime.now(UTC), run_url))
    if failed:
        raise IncompleteRunError(f"{message}；见相应任务的日志 / see the logs of these parts")
    if too_many:
        raise IncompleteRunError(
            f"{message}，超过上限；先看工作表「同步异常」的原因 / too many records failed"
        )


def _tally(context: SyncContext, batches: Sequence[Batch], results: Sequence[BatchResult]) -> Tally:
    """Count by what the tasks tell, and ask HAP about the rest.

    A task that was killed, or that ended in an error, tells nothing of what it had already done.
    """
    refs = {ref.order_id: ref for batch in batches for ref in batch.orders}
    reported = {result.batch for result in results}
    untold = [ref for batch in batches if batch.label not in reported for ref in batch.orders]
    missing = {ref.order_id for ref in not_in_hap(context, untold)}
    error_rows = recorded(context, "order", missing)
    return Tally(
        len(refs),
        [order_id for order_id in refs if order_id not in missing],
        sorted(error_rows),
        sorted(missing - error_rows),
        joined(result.missing for result in results),
    )


def _judge(tally: Tally) -> None:
    if tally.lost:
        raise IncompleteRunError(
            f"{len(tally.lost)} 个订单既未写入也未记入「同步异常」，多半是它们的 sync_orders "
            f"任务中途被终止：{', '.join(tally.lost[:20])}。水位不动，下次运行会重新读取；"
            "也可以清除红色的 sync_orders 和 settle "
            "/ these orders are neither written nor recorded, most likely because their "
            "sync_orders task was ended half-way; the next run reads them again"
        )
    if tally.too_many_failed:
        raise IncompleteRunError(
            f"{len(tally.recorded)} 个订单失败，超过上限，水位不动；先按工作表「同步异常」里的"
            "原因处理，再清除 settle / too many orders failed; see 同步异常 for the reasons"
        )
