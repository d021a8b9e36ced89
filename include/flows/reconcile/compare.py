"""Compares the orders of whole days, source against HAP: ids, counts, sums, content.

Both sides are read completely and from two directions: HAP by key for every order that the source
shows, and by creation day for rows that the source does not show. Nothing is written here, and a
source that has dried up stops everything before anything is repaired.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from connectors.errors import ConnectorError, RejectedError
from connectors.mingdao import cells
from connectors.mingdao.filters import all_of, any_equal, between
from connectors.mingdao.models import Row
from connectors.xiaoe.models import Order
from include.destination.read.lookup import Found, look_up, matching_rows
from include.destination.read.pivot import pivot_sums
from include.destination.read.typed_cells import moment_in
from include.destination.rows import Unreadable
from include.destination.sheets.worksheets import AMOUNTS, ORDERS
from include.flows.reconcile.day import Day
from include.flows.reconcile.rows import Finding, Judge
from include.flows.run.context import SyncContext
from include.flows.run.isolation import isolated
from include.mapping.money import yuan_of_fen
from include.mapping.payment import amount_paid
from include.source.created_orders import orders_created
from include.source.order_rows import read_order_row
from include.source.orders import OrderRef, ref_of
from include.source.windows import Window, day_of

log = logging.getLogger(__name__)

STRANGERS_ASKED = 200


@dataclass
class Comparison:
    """The days, and the orders to be looked at: what differs, and what only the detail can tell."""

    days: dict[date, Day] = field(default_factory=dict)
    differing: dict[str, OrderRef] = field(default_factory=dict)
    under_way: dict[str, OrderRef] = field(default_factory=dict)
    unproven: dict[str, OrderRef] = field(default_factory=dict)
    outdated: dict[str, OrderRef] = field(default_factory=dict)
    touched: dict[str, OrderRef] = field(default_factory=dict)
    same: dict[str, OrderRef] = field(default_factory=dict)
    doubled: set[str] = field(default_factory=set)
    confirmed: set[date] = field(default_factory=set)  # HAP's own sums say the same as its rows


def compare(context: SyncContext, windows: Iterable[Window], *, due: datetime) -> Comparison:
    """Compare every order created in these windows.

    An order that changed at `due` or later is the orders DAG's own business: where HAP does not
    hold that version yet, it is under way and not a difference.
    """
    comparing = _Comparing(context, due)
    for window in windows:
        comparing.read(window)
    comparing.ask_for_strangers()
    return comparing.result


class _Comparing:
    def __init__(self, context: SyncContext, due: datetime) -> None:
        self.context = context
        self.due = due
        self.sheet = context.sheet(ORDERS)
        self.judge = Judge(context)
        self.result = Comparison()
        self.unmatched_rows: list[tuple[date, str]] = []

    def read(self, window: Window) -> None:
        for day in _days(window):
            self.result.days.setdefault(day, Day())
        size = self.context.settings.page_size("order.list")
        orders = {
            order.order_info.order_id: order
            for order in orders_created(self.context.xiaoe, window, size)
        }
        self.context.try_long_filters(len(orders))
        found = look_up(self.context.hap, self.sheet, orders, set_apart=True)
        self._note_doubled(found)
        self.judge.learn(orders.values())
        self.judge.learn_links(window, found.rows.values())
        moving = set()
        for order_id, order in orders.items():
            info = order.order_info
            if self._place(order_id, order, found.rows.get(order_id)):
                moving.add(order_id)
                continue
            paid = amount_paid(info)
            self._day(info.created_time).source.add(paid, yuan_of_fen(info.refund_fee))
            if paid is None:
                self._day(info.created_time).doubtful.append(order_id)
        self._note_unreadable(window)
        rows = [*found.rows.values(), *(row for rows in found.duplicates.values() for row in rows)]
        self._count(window, rows, orders.keys(), moving)
        self._compare_with_own_sums(window)

    def ask_for_strangers(self) -> None:
        """Find out what the source says of rows whose day it does not show them on."""
        for number, (day, order_id) in enumerate(self.unmatched_rows):
            ref = self._shown_elsewhere(order_id) if number < STRANGERS_ASKED else None
            if ref is None:
                self.result.days[day].extra.append(order_id)
            elif order_id not in self.result.differing:
                self.result.differing[order_id] = ref
                self.result.days[day].different.append(order_id)

    def _place(self, order_id: str, order: Order, row: Row | None) -> bool:
        """Note how an order stands; tell whether it is moving: the sides show two moments of it.

        What is moving counts on neither side: one sum would be older than the other.
        """
        ref = ref_of(order)
        finding = self._finding(order, row) if row else Finding.DIFFERENT
        stored = self.sheet.read(row, "source_updated_at") if row else None
        moving = finding is Finding.DIFFERENT and _is_newer(stored, ref.updated_at)
        if moving:
            # Written since the list was read, or a stamp that is not true: reading again tells.
            finding = Finding.UNPROVEN
        if finding is Finding.DIFFERENT:
            if self._is_due_later(ref) and not _is_newer(stored, ref.updated_at, or_equal=True):
                self.result.under_way[order_id] = ref
                return True
            self.result.differing[order_id] = ref
            day = self._day(order.order_info.created_time)
            (day.different if row else day.missing).append(order_id)
            return False
        kinds = {
            Finding.UNPROVEN: self.result.unproven,
            Finding.OUTDATED: self.result.outdated,
            Finding.TOUCHED: self.result.touched,
        }
        kinds.get(finding, self.result.same)[order_id] = ref
        return moving

    def _finding(self, order: Order, row: Row) -> Finding:
        """Judge an order; one that the mapping fails on is repaired, which records the reason."""
        order_id = order.order_info.order_id
        found = isolated(ORDERS.alias, order_id, lambda one: self.judge.judge(one, row), order)
        return Finding.UNPROVEN if isinstance(found, ConnectorError) else found

    def _note_unreadable(self, window: Window) -> None:
        """Note the rows that the source shows on these days and that cannot be read."""
        days = {str(day): day for day in _days(window)}
        for row in self.context.xiaoe.unreadable.all():
            dimension, *named = row.part.split(" ")
            if row.api != "order.list" or dimension != "created" or not _are_close(named):
                continue  # of a longer part: its days were read one by one then
            for day in days.keys() & set(named):
                self._day_of(days[day]).doubtful.append(row.id or f"row {row.mark}")

    def _note_doubled(self, found: Found) -> None:
        self.result.doubled |= found.duplicates.keys()
        for order_id, others in found.duplicates.items():
            if moment := moment_in(self.sheet, found.rows[order_id], "created_at"):
                self._day(moment).extra.append(f"{order_id} ×{1 + len(others)}")

    def _is_due_later(self, ref: OrderRef) -> bool:
        return ref.updated_at is not None and ref.updated_at >= self.due

    def _count(
        self, window: Window, rows: Sequence[Row], shown: Iterable[str], moving: Set[str]
    ) -> None:
        """Count the rows that HAP itself dates into the window, and note those nobody asked for."""
        asked = between("created_at", window.since, window.until, zone=self.sheet.zone)
        # What cannot be read belongs to an order that has no row then, which differs.
        dated = matching_rows(self.context.hap, self.sheet, asked, Unreadable())
        known, looked_up = set(shown), {row.id for row in rows}
        for row in {row.id: row for row in (*rows, *dated)}.values():
            moment, key = moment_in(self.sheet, row, "created_at"), self.sheet.key_of(row)
            if moment is None or not window.covers(moment) or key in moving:
                continue
            if row.id not in looked_up and (twin := self._twin(row, known)):
                self._day(moment).hap.add(*self._amounts(row))
                self._day(moment).extra.append(f"{twin} ≈ {row.id}")
                continue
            if key not in known and self.sheet.is_persons(row):
                continue
            self._day(moment).hap.add(*self._amounts(row))
            if key not in known:
                self.unmatched_rows.append((day_of(moment), key or f"row {row.id}"))

    def _amounts(self, row: Row) -> tuple[object, object]:
        paid, refunded = (self.sheet.read(row, alias) for alias in AMOUNTS)
        return paid, refunded

    def _twin(self, row: Row, known: Set[str]) -> str | None:
        """Return the order whose id the row's key equals but for blanks or case; None for none."""
        key = cells.text(row.cells.get(self.sheet.definition.key))
        if key in known:
            return None
        alike = key.strip().casefold()
        return next((name for name in known if name.casefold() == alike), None) if alike else None

    def _compare_with_own_sums(self, window: Window) -> None:
        """Note the days of which HAP's own sums say the same as its rows; the rows are believed.

        The call's answer is not documented, and HAP sums in the app's zone: so it proves that no
        row is missing from what was read, and where it says otherwise it proves nothing.
        """
        zone, ours = self.sheet.zone, any_equal("shop", [self.context.id])
        asked = all_of(between("created_at", window.since, window.until, zone=zone), ours)
        reported = pivot_sums(self.context.hap, self.sheet, "created_at", AMOUNTS, asked)
        if reported is None:
            return
        for day in _days(window):
            hap = self._day_of(day).hap
            if reported.get(day, (0, 0, 0)) == (Decimal(hap.orders), hap.paid, hap.refunded):
                self.result.confirmed.add(day)

    def _shown_elsewhere(self, order_id: str) -> OrderRef | None:
        if not self.context.enabled("order.detail") or order_id.startswith("row "):
            return None
        try:
            moment = self.context.xiaoe.order_detail(order_id).order_info.created_at
        except RejectedError:
            return None
        order = read_order_row(self.context.xiaoe, order_id, moment) if moment else None
        return ref_of(order) if order else None

    def _day(self, moment: datetime) -> Day:
        return self._day_of(day_of(moment))

    def _day_of(self, day: date) -> Day:
        return self.result.days.setdefault(day, Day())


def _days(window: Window) -> list[date]:
    first, last = day_of(window.since), day_of(window.until)
    return [date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1)]


def _are_close(days: Sequence[str]) -> bool:
    """Tell whether a part of the list covers a day, or a day and the next."""
    first, last = (date.fromisoformat(day) for day in (days[0], days[-1]))
    return (last - first).days <= 1


def _is_newer(stored: object, read: datetime | None, *, or_equal: bool = False) -> bool:
    if read is None or not isinstance(stored, datetime):
        return False
    return stored > read or (or_equal and stored == read)
