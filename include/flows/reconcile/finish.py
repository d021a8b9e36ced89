"""The last step of the reconciliation: compares again what was repaired, and judges.

It always runs. What still differs is tried once more on the spot, because an order may have changed
between reading and writing; what differs after that is a disagreement, named in the ledger and in
the error.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from connectors.errors import Bilingual, CallError, RejectedError
from include.destination.sheets.worksheets import ORDERS
from include.flows.orders.finish import IncompleteRunError
from include.flows.orders.retries import record_and_close
from include.flows.orders.sync import Synced
from include.flows.reconcile.compare import Comparison, compare
from include.flows.reconcile.day import Day
from include.flows.reconcile.days import windows_of
from include.flows.reconcile.duplicates import doubled_names, repair_duplicates
from include.flows.reconcile.ledger import write_ledger
from include.flows.reconcile.older_days import recount, turn_of
from include.flows.reconcile.outdated import record_gone
from include.flows.reconcile.plan import Compared, repair_batch
from include.flows.reconcile.refunds import API as AFTER_SALES
from include.flows.reconcile.refunds import still_differing
from include.flows.reconcile.report import judge, report_orders, report_parts
from include.flows.reconcile.review import (
    Held,
    PickedUp,
    counts_of,
    doubts_of_night,
    undone,
)
from include.flows.run.batches import Batch
from include.flows.run.context import SyncContext
from include.flows.run.error_rows import ignored_records
from include.flows.run.failed_batch import BatchFailedError
from include.flows.run.manual_issues import keep_manual_issues
from include.flows.run.missing import Missing
from include.flows.run.window import RunWindow
from include.source.windows import day_of

log = logging.getLogger(__name__)

TRIED_AGAIN = 200


def finish_reconciliation(
    context: SyncContext,
    run: RunWindow | None,
    compared: Compared | None,
    results: Iterable[Synced] | None,
    picked_up: Mapping[str, PickedUp | None],
    held: Iterable[Held] | None = None,
    *,
    goes_on: bool = True,
    calls: Mapping[str, int] | None = None,
    run_url: str = "",
) -> dict[str, int]:
    """Compare again, write the ledger, report the run; return the numbers.

    `run`, `compared`, `results` and the parts of `picked_up`, by api, are what the earlier
    tasks returned, None where one failed; `held` are the parts that waited for a person. `calls` is
    how many requests they sent, by api. Unless the night `goes_on`, what was doubted has not been
    done: where that is the orders, they are not compared again either.
    Raises IncompleteRunError when source and HAP still disagree, naming the orders, when a part
    of the run failed, or when something was doubted and nobody said to go on.
    """
    counted = counts_of(picked_up, held)
    report_parts(context, counted, calls or {}, run_url)
    if run is None or compared is None:
        raise IncompleteRunError(
            "没有得到比较结果；先看 open_days 和 compare 的日志 "
            "/ nothing was compared; see the logs of open_days and compare"
        )
    withheld = () if goes_on else doubts_of_night(compared, picked_up)
    stopped = [str(undone(withheld))] if withheld else []
    if not goes_on and compared.doubts:
        raise IncompleteRunError("; ".join(stopped))
    settling = _Settling(context, run, compared, refunds_read=compared.refunds_read)
    for result in (*(results or ()), *(synced for one in held or () for synced in one.synced)):
        settling.add(result)
    if not context.preview:
        settling.settle()
        # While a refund is not right its day must be read again: the row keeps its time.
        if settling.refunds_read and not settling.still & set(compared.refunds):
            days = (settling.run.since, settling.run.until)
            report_orders(context, settling.counts(), days, calls or {}, run_url)
        settling.apart(
            "重复行 / duplicates", lambda: repair_duplicates(context, doubled_names(context))
        )
    if not goes_on:  # no part of it has failed: it was not done, and is named as such
        counted = {api: one for api, one in counted.items() if not _is_doubted(picked_up[api])}
    left = settling.still, settling.extra, settling.uneven
    judge(*left, counted, settling.failed, stopped)
    return settling.counts()


def _is_doubted(part: PickedUp | None) -> bool:
    return part is not None and part.doubt is not None


@dataclass
class _Settling:
    """What was found, what the repair tasks told, and what is left."""

    context: SyncContext
    run: RunWindow
    compared: Compared
    done: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    still: set[str] = field(default_factory=set)
    extra: set[str] = field(default_factory=set)
    uneven: set[date] = field(default_factory=set)  # sums differ and no order says why
    doubtful: set[str] = field(default_factory=set)  # the source does not tell their sums
    failed: list[str] = field(default_factory=list)  # repairs that raised, which stop no other
    missing: Missing = field(default_factory=Missing)
    ledger_rows: int = 0
    stale_days: set[date] = field(default_factory=set)  # older rows of the ledger that wait
    refunds_read: bool = True

    def add(self, result: Synced) -> None:
        """Take in what one repair task told; one that failed tells nothing."""
        self.done |= set(result.done)
        self.changed |= set(result.changed)
        self.missing.add(result.missing)

    def settle(self) -> None:
        """Compare again where anything was found or written, and write down the result."""
        created = self._creation_days()
        before = self._days_as_found(created)
        doubled = [f"{ORDERS.alias}:{name}" for name in self.compared.doubled]
        self.apart("重复订单 / doubled orders", lambda: repair_duplicates(self.context, doubled))
        found = self.compared
        suspects = {*found.unproven, *found.outdated, *found.under_way} - self.done
        touched = suspects | self.changed | set(found.under_way)
        affected = {day for day, reported in before.items() if not reported.agrees}
        affected |= {created[name] for name in touched if name in created}
        again = self._compare_again(affected)
        after = {**before, **again.days}
        self.still = {name for day in after.values() for name in (*day.missing, *day.different)}
        self.still |= suspects & (again.unproven.keys() | again.outdated.keys())
        self.extra = {name for day in after.values() for name in day.extra}
        ignored = self._ignored()
        self.still -= ignored
        self.extra -= ignored
        self.uneven = {day for day, reported in after.items() if reported.is_uneven}
        self.doubtful = {name for day in after.values() for name in day.doubtful}
        self.still |= self._refunds_left() - ignored
        record_gone(self.context, found.outdated_gone, found.outdated)
        self.missing = self.missing.joined()
        record_and_close(self.context, self.done - self.still, self.missing)
        self.ledger_rows = write_ledger(self.context, before, after)
        self._recount_older_days()

    def apart(self, what: str, repair: Callable[[], object]) -> None:
        """Do a repair that must not stop the rest of the night; one that fails makes it red."""
        try:
            repair()
        except CallError as error:
            log.error("%s 修复失败 / this repair failed: %s", what, error)
            self.failed.append(f"{what}: {error}")

    def counts(self) -> dict[str, int]:
        """Return the numbers of the run."""
        return {
            "differing": len(self.compared.named),
            "repaired": len(self.changed),
            "still_differing": len(self.still),
            "extra": len(self.extra),
            "uneven": len(self.uneven),
            "doubtful": len(self.doubtful),
            "missing": sum(self.missing.without.values()),
            "ledger_rows": self.ledger_rows,
            "stale_days": len(self.stale_days),
        }

    def _recount_older_days(self) -> None:
        """Bring older rows of the ledger up to date, some a night; those that wait stay noted."""
        self.stale_days = set(self.compared.stale_days)
        counted = recount(self.context, turn_of(self.stale_days), self.compared.due)
        self.stale_days -= set(counted)

    def _creation_days(self) -> dict[str, date]:
        return {
            ref.order_id: day_of(ref.created_at)
            for batch in self.compared.batches
            for ref in batch.orders
            if ref.created_at
        }

    def _days_as_found(self, created: Mapping[str, date]) -> dict[date, Day]:
        """Return the days, with what only the comparison in depth showed to be different."""
        found, days = self.compared, dict(self.compared.days)
        expected = {*found.named, *found.under_way, *found.outdated}
        for order_id in sorted(self.changed - expected):
            if created.get(order_id) in days:
                days[created[order_id]].different.append(order_id)
        return days

    def _compare_again(self, days: Iterable[date]) -> Comparison:
        due, windows = self.compared.due, list(windows_of(days, self.run))
        again = compare(self.context, windows, due=due)
        ignored = self._ignored()
        refs = [ref for name, ref in again.differing.items() if name not in ignored]
        if refs:
            try:
                self.add(repair_batch(self.context, Batch.of(refs[:TRIED_AGAIN])))
            except BatchFailedError as error:
                log.error("再次修复未成功 / the second repair failed: %s", error)
            again = compare(self.context, windows, due=due)
        return again

    def _ignored(self) -> set[str]:
        """Return what a person has set to 忽略, also since the comparison: it may be hours old."""
        return {*self.compared.ignored, *ignored_records(self.context, "order")}

    def _refunds_left(self) -> set[str]:
        """Return the orders whose refunds HAP still tells otherwise than the source.

        Where the order was synced and the after-sale list alone says otherwise, the source
        disagrees with itself: that is for a person, and recorded.
        """
        names = self.compared.refunds
        try:
            left = set(still_differing(self.context, names, self.compared.refunds_until))
        except CallError as error:  # a cross-check alone; the next night looks further back
            self.missing.note_interface(AFTER_SALES, error)
            self.refunds_read = False
            return set()
        contradicted = left & self.done
        errors = {name: _contradiction() for name in contradicted}
        keep_manual_issues(self.context, "refund", errors, names)
        return left - contradicted


def _contradiction() -> RejectedError:
    return RejectedError(
        AFTER_SALES,
        Bilingual(
            "售后列表的退款合计与订单列表的退款金额不同；明道云与订单列表一致",
            "the after-sale list and the order list of the shop tell different refunds",
        ),
        Bilingual(
            "用订单号在小鹅通店铺管理台「售后」里搜索，核对退款合计；两处一致后对账会关闭本行，"
            "确认无误的可把本行设为「忽略」",
            "search the order in the shop's console, under after-sales, and check its refunds; the "
            "night closes this once both agree, or set this row to 忽略",
        ),
    )
