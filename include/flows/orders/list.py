"""Step 2 of the orders flow: which orders are to be synced."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from itertools import chain, islice
from typing import Protocol, TypeVar

from connectors.mingdao.models import Row
from include.destination.read.lookup import rows_as_keys_come
from include.destination.sheets.fingerprint import is_current
from include.destination.sheets.sheet import Sheet
from include.destination.sheets.worksheets import ORDERS
from include.destination.write.plan import HASH, UPDATED_AT
from include.flows.orders.retries import orders_waiting
from include.flows.run.batches import Batch, make_batches
from include.flows.run.context import OF_ORDERS, SyncContext
from include.flows.run.error_rows import ignored_records
from include.flows.run.unreadable_rows import (
    expect_few_unreadable,
    record_unreadable,
    unreadable_orders,
)
from include.flows.run.volume_checks import expect_orders
from include.flows.run.window import OVERLAP, RunWindow
from include.source.feed_probe import probe_update_filter
from include.source.order_rows import read_order_rows
from include.source.orders import CreateFeed, OrderRef, ref_of
from include.source.reread_schedule import days_due
from include.source.update_feed import UpdateFeed
from include.source.windows import SECOND, Window

log = logging.getLogger(__name__)

_VERSION = (HASH, UPDATED_AT)


class Version(Protocol):
    """An order's id and the version that was listed; None where it is not known beforehand."""

    @property
    def order_id(self) -> str: ...  # noqa: D102
    @property
    def updated_at(self) -> datetime | None: ...  # noqa: D102


V = TypeVar("V", bound=Version)


def list_orders(context: SyncContext, run: RunWindow) -> list[Batch]:
    """Return the orders to sync, in batches: changed in the window, or waiting in `sync_errors`.

    What a person has set to 忽略 there is left alone until the status changes. An order whose
    version is in HAP already costs nothing beyond this.
    """
    window = Window(run.since, run.until - SECOND)
    by_id: dict[str, OrderRef] = {}
    with closing(_noted(by_id, _read(context, window, run))) as coming:
        held = held_orders(context, coming)
    refs = list(by_id.values())
    expect_orders(context, window, refs)
    changed = [ref for ref in refs if not held.get(ref.order_id)]
    # Those that cannot be read go the same way: what is wrong is told and counted with their batch.
    unreadable = unreadable_orders(context)
    if changed or unreadable:
        ignored = ignored_records(context, "order")
        changed = [ref for ref in changed if ref.order_id not in ignored]
        unreadable -= ignored
    waiting = {ref.order_id: ref for ref in orders_waiting(context)}
    waiting |= {
        order_id: OrderRef(order_id, "", None, None) for order_id in unreadable - waiting.keys()
    }
    for ref in changed:
        waiting.pop(ref.order_id, None)
    expect_few_unreadable(context, len(refs))
    record_unreadable(context, orders=False)
    changed += [waiting[order_id] for order_id in sorted(waiting)]
    log.info(
        "窗口内 %d 个订单，%d 个已是最新，%d 个待重试；本次同步 %d 个 "
        "/ listed, already current, waiting for a retry, to be synced",
        len(refs),
        len(refs) + len(waiting) - len(changed),
        len(waiting),
        len(changed),
    )
    if changed:
        context.open_sheets(OF_ORDERS)  # for the tasks after this one, see `SyncContext.known_app`
    absent = {ref.order_id for ref in refs} - held.keys()
    return make_batches(changed, absent=absent, few=context.preview)


def not_in_hap(context: SyncContext, refs: Sequence[V]) -> list[V]:
    """Return the orders of which HAP does not hold this version, or a newer one, yet."""
    held = held_orders(context, refs)
    return [ref for ref in refs if not held.get(ref.order_id)]


def held_orders(context: SyncContext, refs: Iterable[Version]) -> dict[str, bool]:
    """Return which of the orders HAP holds, and whether in this version or a newer one.

    HAP is asked while further orders come.
    """
    wanted: dict[str, datetime | None] = {}

    def names() -> Iterator[str]:
        for ref in refs:
            is_new = ref.order_id not in wanted
            wanted[ref.order_id] = ref.updated_at
            if is_new:
                yield ref.order_id

    coming = names()
    first = list(islice(coming, context.hap.keys_per_filter + 1))
    context.try_long_filters(len(first))
    stored: dict[str, datetime | None] = {}
    if first:
        sheet = context.sheet(ORDERS)
        for rows in rows_as_keys_come(context.hap, sheet, chain(first, coming), _VERSION):
            stored |= {order_id: _version(sheet, row) for order_id, row in rows.items()}
    return {order_id: _reaches(moment, wanted[order_id]) for order_id, moment in stored.items()}


def _version(sheet: Sheet, row: Row) -> datetime | None:
    """Return the version that a row was written from; None where a rule has changed since."""
    moment = sheet.read(row, UPDATED_AT)
    known = is_current(str(sheet.read(row, HASH) or ""), sheet.version)
    return moment if known and isinstance(moment, datetime) else None


def _reaches(stored: datetime | None, wanted: datetime | None) -> bool:
    return wanted is not None and stored is not None and stored >= wanted


def _read(context: SyncContext, window: Window, run: RunWindow) -> Iterable[OrderRef]:
    context.require("order.list")
    # undetermined: xiaoe.md §13.1: can changes be read by update time, or by creation time alone?
    if context.order_feed == "update":
        if run.first:
            probe_update_filter(context.xiaoe, window.until)
        return UpdateFeed(context.xiaoe, context.settings.page_size("order.list")).read(window)
    context.require("order.list.created")
    feed = CreateFeed(context.xiaoe, context.settings.page_size("order.list.created"))
    refs = list(feed.read(window))
    if run.moves_watermark:
        for days in days_due(run.since + OVERLAP, run.until):
            refs += feed.read(days)
    return _with_versions(context, refs)


def _with_versions(context: SyncContext, refs: Iterable[OrderRef]) -> list[OrderRef]:
    """Add the update time, which order list 1.1 does not give, from order list 2.0."""
    by_id = {ref.order_id: ref for ref in refs}
    created = {ref.order_id: ref.created_at for ref in by_id.values() if ref.created_at}
    for order in read_order_rows(context.xiaoe, created):
        known = by_id[order.order_info.order_id]
        by_id[known.order_id] = replace(ref_of(order), created_at=known.created_at)
    return list(by_id.values())


def _noted(by_id: dict[str, OrderRef], refs: Iterable[OrderRef]) -> Generator[OrderRef, None, None]:
    """Yield the orders as they come, and keep the latest of each id."""
    for ref in refs:
        by_id[ref.order_id] = ref
        yield ref
