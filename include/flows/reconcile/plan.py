"""The nightly reconciliation: source against HAP, by the days on which orders were created.

`compare_days` finds what differs and writes nothing; the orders DAG's own `run_batch` repairs it,
comparing exactly; `finish_reconciliation` compares again, writes the ledger and is red when both
sides still disagree. Nothing is ever deleted in HAP because the source did not show it.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from connectors.errors import CallError
from include.flows.customers.base_data import forms_enabled
from include.flows.orders.payment_doubts import ENTITY as PAYMENT
from include.flows.orders.retries import orders_waiting
from include.flows.orders.sync import Synced, run_batch
from include.flows.reconcile.compare import Comparison, compare
from include.flows.reconcile.day import Day
from include.flows.reconcile.days import not_due_before, weeks_of
from include.flows.reconcile.doubts import doubts_of
from include.flows.reconcile.gone_orders import close_gone_orders
from include.flows.reconcile.older_days import stale_days
from include.flows.reconcile.outdated import outdated_orders
from include.flows.reconcile.parts_again import read_parts_again
from include.flows.reconcile.refunds import API as AFTER_SALES
from include.flows.reconcile.refunds import refund_days, refunds_that_differ
from include.flows.reconcile.whole_orders import read_whole_orders, record_alike
from include.flows.run.batches import Batch, make_batches
from include.flows.run.context import SyncContext
from include.flows.run.counts import Counts
from include.flows.run.error_rows import close_error_rows, ignored_records, open_error_rows
from include.flows.run.failed_batch import BatchFailedError
from include.flows.run.missing import Missing, record_missing
from include.flows.run.parts import INTERFACE
from include.flows.run.unreadable_rows import ROW, record_unreadable, unreadable_orders
from include.flows.run.volume_checks import Doubt
from include.flows.run.window import RunWindow
from include.source.order_rows import read_order_rows
from include.source.orders import OrderRef, ref_of
from include.source.windows import day_of

log = logging.getLogger(__name__)

# Every order is compared in depth once in so many nights, whatever the list says of it.
ROTATION = 31
MOST_IN_DEPTH = 2000


@dataclass(frozen=True)
class Compared:
    """What a comparison found, for the repairs and for the last step; the lists hold order ids.

    `named` differ, `under_way` are the orders DAG's own business until the update time `due`, only
    their detail can tell of the `unproven`. What an older mapping wrote is `outdated`, or
    `outdated_gone` where the shop no longer shows it; `doubled` have several rows. A person has set
    the `ignored` to 忽略. Of `refunds` HAP tells another sum than the after-sale list until the day
    `refunds_until`. The `stale_days` are rows of the ledger that say something old. Of `doubts` a
    person is asked before anything is repaired.
    """

    batches: Sequence[Batch]
    days: Mapping[date, Day]
    due: datetime
    refunds_until: date
    named: Sequence[str] = ()
    under_way: Sequence[str] = ()
    unproven: Sequence[str] = ()
    outdated: Sequence[str] = ()
    outdated_gone: Sequence[str] = ()
    doubled: Sequence[str] = ()
    ignored: Sequence[str] = ()
    refunds: Sequence[str] = ()
    refunds_read: bool = True
    stale_days: Sequence[date] = ()
    doubts: Sequence[Doubt] = ()


def compare_days(
    context: SyncContext, run: RunWindow, *, watermark: str = "", now: datetime | None = None
) -> Compared:
    """Compare the days of a run; return them, and the orders to repair in batches.

    Where anything is doubtful, nothing at all is written before a person has looked at it.
    """
    now = now or datetime.now(UTC)
    due = not_due_before(watermark, now)
    found = compare(context, weeks_of(run), due=due)
    ignored = ignored_records(context, "order")
    doubts = doubts_of(context, found.days, ignored)
    noting = replace(context, preview=True) if doubts else context  # the next night notes it
    unreadable = open_error_rows(context, ROW)
    refund_range = refund_days(context, now, unreadable)
    refunds, refunds_read = _refunds(noting, refund_range)
    whole = read_whole_orders(context, found.days.keys())
    record_alike(noting, whole.alike)
    outdated, gone = outdated_orders(context, whole.outdated, found.outdated)
    lost = {
        row.order_info.order_id: ref_of(row) for row in read_order_rows(context.xiaoe, whole.lost)
    }
    closed = close_gone_orders(noting, now)
    again = read_parts_again(context, unreadable, now)
    whole_lists = [AFTER_SALES] if refunds_read and context.enabled(AFTER_SALES) else []
    unread = unreadable_orders(context)
    record_unreadable(noting, whole=whole_lists, parts=again.parts, orders=False, closes=True)
    older = {**lost, **outdated, **again.orders}
    wanted = _to_repair(context, found, refunds, older, unread, day=day_of(run.until))
    refs = {order_id: ref for order_id, ref in wanted.items() if order_id not in ignored}
    for day, reported in found.days.items():
        if not reported.agrees:
            log.warning("%s 创建的订单 / orders created that day: %s", day, reported)
    log.info(
        "不同 %d，途中 %d，需深入比较 %d，售后不符 %d，已忽略 %d，不再显示 %d "
        "/ differing, under way, in depth, refunds, ignored by a person, gone",
        len(found.differing),
        len(found.under_way),
        len(refs.keys() - found.differing.keys()),
        len(refunds),
        len(ignored),
        closed,
    )
    log.info(
        "明道云自己的合计与逐行相加一致：%d/%d 天，其余以逐行为准 "
        "/ days on which HAP's own sums agree with its rows; the rows are believed",
        len(found.confirmed),
        len(found.days),
    )
    return Compared(
        make_batches(list(refs.values()), few=context.preview),
        dict(sorted(found.days.items())),
        due,
        refund_range[1],
        named=sorted(found.differing),
        under_way=sorted(found.under_way),
        unproven=sorted(found.unproven),
        outdated=sorted(found.outdated | outdated),
        outdated_gone=gone,
        doubled=sorted(found.doubled),
        ignored=sorted(ignored),
        refunds=sorted(refunds),
        refunds_read=refunds_read,
        stale_days=stale_days(context, whole.days, found.days.keys()),
        doubts=doubts,
    )


def repair_batch(context: SyncContext, batch: Batch) -> Synced:
    """Sync the orders of a batch, whatever HAP's rows say of being current.

    What a person has set to 忽略 since the comparison is left alone, for it may be hours old.
    `done` names every order of the batch, `changed` those whose row was created or changed. What
    people typed into forms is left to `catch_up_answers` of the same night.
    """
    wanted = batch.without(ignored_records(context, "order"))
    if not wanted.orders:
        return Synced(batch.label)
    repairing = replace(context, compare_all_cells=True, trigger_workflow=False)
    return run_batch(repairing, wanted, asks_answers=not forms_enabled(context), goods_synced=False)


def repair_held(context: SyncContext, batches: Sequence[Batch]) -> list[Synced]:
    """Sync what was held back until a person said to go on, one batch after another.

    A batch that does not get through stops no other: its orders are recorded, and compared again
    in the end.
    """
    repaired = []
    for batch in batches:
        try:
            repaired.append(repair_batch(context, batch))
        except BatchFailedError as error:
            log.error("未能全部同步 / not all of these orders were synced: %s", error)
            failed = Counts(failed=len(error.failures))
            repaired.append(Synced(batch.label, failed))
    return repaired


def _refunds(context: SyncContext, days: tuple[date, date]) -> tuple[dict[str, OrderRef], bool]:
    """Return the orders whose refunds differ, and whether the after-sale list could be read.

    It is a cross-check alone: without it the night goes on, and the next one looks further back.
    """
    missing = Missing()
    try:
        refunds = refunds_that_differ(context, days)
    except CallError as error:
        missing.note_interface(AFTER_SALES, error)
        record_missing(context, missing)
        return {}, False
    close_error_rows(context, INTERFACE, [AFTER_SALES])
    return refunds, True


def _to_repair(
    context: SyncContext,
    found: Comparison,
    refunds: Mapping[str, OrderRef],
    older: Mapping[str, OrderRef],
    unread: Collection[str],
    *,
    day: date,
) -> dict[str, OrderRef]:
    """Return what goes through the orders path: what differs, waits, or only the detail can tell.

    What a person touched and tonight's share of all the others are compared in depth too, up to a
    limit that moves on every night.
    """
    waiting = {ref.order_id: ref for ref in orders_waiting(context)}
    waiting |= {
        order_id: found.same.get(order_id) or OrderRef(order_id, "", None, None)
        for order_id in (open_error_rows(context, PAYMENT).keys() | unread) - waiting.keys()
    }
    turn = day.toordinal()
    # undetermined: xiaoe.md §13.2: what moves an order's update time?
    due = {name: ref for name, ref in found.same.items() if (_spread(name) - turn) % ROTATION == 0}
    in_depth = sorted(
        [*found.touched.values(), *due.values()],
        key=lambda ref: (_spread(ref.order_id) - turn * MOST_IN_DEPTH) % 2**32,
    )
    chosen = {ref.order_id: ref for ref in in_depth[:MOST_IN_DEPTH]}
    known = found.differing | found.under_way | found.unproven | found.outdated | chosen
    return {**waiting, **refunds, **older, **known}


def _spread(order_id: str) -> int:
    return zlib.crc32(order_id.encode())
