"""The orders and customers that the shop pushed: the same path as the orders of a window.

A push only says that something happened, possibly twice, late or in the wrong order; what happened
is read from the shop's lists and details, as in every run. What they do not show yet is left to
`xiaoe_orders`, which reads every change anyway: a push makes it sooner, never otherwise.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from connectors.errors import CallError, NotFound
from connectors.xiaoe.models import Order
from connectors.xiaoe.values import to_moment
from include.destination.write.outcome import in_words
from include.flows.customers.merge_accounts import finish_merges, keep_merges
from include.flows.customers.refresh import refresh_customers
from include.flows.customers.write import close_written
from include.flows.orders.finish import IncompleteRunError, finish_orders
from include.flows.orders.sync import BatchResult, run_batch
from include.flows.run.batches import Batch
from include.flows.run.context import SyncContext
from include.flows.run.error_rows import every_ignored_record, ignored_records
from include.flows.run.merged_accounts import Merge
from include.flows.run.window import RunWindow
from include.source.order_rows import read_order_rows, read_recent_order_rows
from include.source.orders import OrderRef, ref_of

log = logging.getLogger(__name__)


class PushEvent(NamedTuple):
    """One pushed message as Airflow keeps it; ids of events grow in the order of arrival."""

    id: int
    at: datetime
    orders: Sequence[str]
    users: Sequence[str]
    merges: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True)
class Pushed:
    """The ids of a span of pushes, each once.

    `last_event` and `last_at` tell how far the pushes go; `first_at` is None where there is none.
    """

    last_event: int
    last_at: datetime
    orders: Sequence[str] = ()
    users: Sequence[str] = ()
    first_at: datetime | None = None
    merges: Sequence[Merge] = ()

    @classmethod
    def of(cls, events: Sequence[PushEvent]) -> Pushed:
        """Return what these events, at least one, ask for."""
        moments = [event.at.astimezone(UTC) for event in events]
        return cls(
            max(event.id for event in events),
            max(moments),
            list(dict.fromkeys(name for event in events for name in event.orders)),
            list(dict.fromkeys(name for event in events for name in event.users)),
            min(moments),
            [_merge(reported, event.at) for event in events for reported in event.merges],
        )

    @property
    def window(self) -> RunWindow:
        """Return when the pushes came, for `sync_config`; no watermark moves by it."""
        return RunWindow(self.first_at or self.last_at, self.last_at, moves_watermark=False)


@dataclass(frozen=True)
class Work:
    """What a run is held to: the pushes, and the orders that can be synced now, if any."""

    pushed: Pushed
    batch: Batch | None = None


@dataclass(frozen=True)
class Listed:
    """The pushes of a run, and of the pushed orders those that can be synced now.

    `rows` are the list rows of the orders, by id, and never leave the process. `unread` are the
    orders that could not be read: they are synced all the same, which then records why.
    """

    pushed: Pushed
    rows: Mapping[str, Order] = field(default_factory=dict, repr=False)
    unread: Sequence[OrderRef] = ()

    @property
    def work(self) -> Work:
        """Return the orders as one batch, whatever their number."""
        refs = [*map(ref_of, self.rows.values()), *self.unread]
        return Work(self.pushed, Batch.of(refs) if refs else None)

    @property
    def buyers(self) -> set[str]:
        """Return the users that these orders bring along."""
        return {row.order_info.user_id for row in self.rows.values() if row.order_info.user_id}


def list_pushed(context: SyncContext, pushed: Pushed) -> Listed:
    """Return the pushed orders that the shop shows, those that a person ignores aside.

    Whatever version HAP holds: it is not documented which events move an order's update time, and a
    push tells of a refund also where the update time does not (contracts: xiaoe §6.4). Most pushes
    are about orders of this month, whose rows are asked for by id; only of an older order the
    detail is asked for the time at which it was created.
    """
    if not pushed.orders:
        return Listed(pushed)
    context.require("order.list")
    ignored = ignored_records(context, "order")
    asked = [name for name in pushed.orders if name not in ignored]
    # undetermined: xiaoe.md §13.2: what moves an order's update time?
    recent = read_recent_order_rows(context.xiaoe, asked, datetime.now(UTC))
    rows = {row.order_info.order_id: row for row in recent}
    older, unread = _creation_times(context, [name for name in asked if name not in rows])
    rows |= {row.order_info.order_id: row for row in read_order_rows(context.xiaoe, older)}
    wanted = len(rows) + len(unread)
    log.info(
        "推送了 %d 个订单，本次同步 %d 个，%d 个列表尚未显示，由 xiaoe_orders 同步，已忽略 %d 个 "
        "/ pushed, to be synced, not listed yet and left to xiaoe_orders, ignored by a person",
        len(pushed.orders),
        wanted,
        len(asked) - wanted,
        len(pushed.orders) - len(asked),
    )
    return Listed(pushed, rows, unread)


def refresh_pushed(context: SyncContext, listed: Listed) -> None:
    """Sync the customers that were pushed, with all that the shop tells of them now.

    Whom a person has set to 忽略 is left alone. The buyers of the pushed orders are left out: they
    come with their orders. A merge of accounts is kept first, because no interface tells it a
    second time; it is finished once the remaining customer is there, by this run or by the night.
    """
    merges = listed.pushed.merges
    keep_merges(context, merges)
    remaining = {merge.target for merge in merges}
    buyers = listed.buyers - remaining
    user_ids = [name for name in listed.pushed.users if name not in buyers]
    if not user_ids:
        return
    ignored = every_ignored_record(context)
    counts = close_written(context, refresh_customers(context, user_ids, ignored))
    log.info("推送了 %d 个客户 / pushed customers: %s", len(user_ids), in_words(counts))
    if merges:
        finish_merges(context, [merge.source for merge in merges])


def sync_listed(context: SyncContext, listed: Listed) -> BatchResult | None:
    """Sync the pushed orders as `sync_batch` does, without reading their rows once more."""
    batch = listed.work.batch
    return run_batch(context, batch, goods_synced=False, rows=listed.rows) if batch else None


def finish_pushed(
    context: SyncContext,
    work: Work | None,
    result: BatchResult | None,
    *,
    calls: Mapping[str, int] | None = None,
    run_url: str = "",
) -> Pushed | None:
    """Count what was done and report it; return how far the pushes are dealt with.

    `work` is known once the customers are done, `result` when the orders are: None stands for a
    part that failed or had nothing to do. Returns None where there is nothing to remember.
    Raises IncompleteRunError when a part failed or an order is lost: the next run takes the same
    again.
    """
    if work is None:
        raise IncompleteRunError(
            "没有得到推送或客户未能同步；先看 sync_pushed 的日志 "
            "/ no pushes, or no customers: see the log of sync_pushed"
        )
    pushed = work.pushed
    if pushed.orders:
        batches = [work.batch] if work.batch else []
        results = [result] if result else []
        finish_orders(context, pushed.window, batches, results, calls=calls, run_url=run_url)
    return pushed if pushed.first_at and not context.preview else None


def _merge(reported: Mapping[str, str], received: datetime) -> Merge:
    """Return the pair and when it was merged; a time that cannot be read is that of the push."""
    at = to_moment(reported.get("merged_at", "")) or received
    return Merge(reported["source"], reported["target"], at)


def _creation_times(
    context: SyncContext, order_ids: Sequence[str]
) -> tuple[dict[str, datetime], list[OrderRef]]:
    """Return when each order was created, and the orders whose detail cannot be read.

    An order that the shop does not know is in neither.
    """
    unread: list[OrderRef] = []

    def ask(order_id: str) -> tuple[str, datetime | None]:
        try:
            detail = context.interfaces.ask(
                "order.detail", lambda: context.xiaoe.order_detail(order_id)
            )
            return order_id, detail.order_info.created_at
        except NotFound:
            pass
        except CallError as error:
            log.warning("订单 %s 的详情暂时读不到 / cannot read its detail: %s", order_id, error)
            unread.append(OrderRef(order_id, "", None, None))
        return order_id, None

    if not context.enabled("order.detail"):
        return {}, [OrderRef(order_id, "", None, None) for order_id in order_ids]
    reported = context.xiaoe.threads.map(ask, order_ids)
    return {order_id: moment for order_id, moment in reported if moment}, unread
