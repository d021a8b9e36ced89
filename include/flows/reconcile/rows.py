"""Judges one order: does HAP's row say what the pipeline would write?

The order list does not tell everything (detail and validity cost calls of their own), but the row's
own fingerprint does: it was made from all owned values when they were written. So what the list
tells is compared cell by cell; and list, remaining cells and fingerprint must fit together. A row
that passes is proven without one further call, whoever may have changed what in it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum

from connectors.errors import ContractError, RejectedError
from connectors.mingdao import cells
from connectors.mingdao.filters import between
from connectors.mingdao.models import Row
from connectors.xiaoe.models import Order
from include.destination.read.lookup import look_up
from include.destination.read.whole_rows import with_relations
from include.destination.sheets.fields import Worksheet
from include.destination.sheets.fingerprint import is_outdated, source_hash
from include.destination.sheets.record import Value
from include.destination.sheets.sheet import UNREADABLE, Sheet
from include.destination.sheets.worksheets import COLUMNS, CUSTOMERS, GOODS, ORDERS
from include.destination.write.authorship import by_pipeline
from include.destination.write.plan import HASH, Plan, differences
from include.flows.run.context import SyncContext
from include.flows.run.scans import ids_linked_to
from include.mapping.goods import worksheet_of
from include.mapping.listed_orders import listed_order, untold_fields
from include.mapping.orders import Links
from include.source.windows import Window

log = logging.getLogger(__name__)

_TO_MANY = ("goods", "columns")


class Finding(StrEnum):
    """How a row stands beside its order."""

    SAME = "same"
    DIFFERENT = "different"
    UNPROVEN = "unproven"  # only a comparison with the detail can tell
    OUTDATED = "outdated"  # written by another version of the mapping; says nothing of the source
    TOUCHED = "touched"  # as far as can be seen the same, but a person has edited the row


class Judge:
    """Compares list rows with HAP's rows; remembers the rows that orders point at."""

    def __init__(self, context: SyncContext) -> None:
        self.context = context
        self.sheet = context.sheet(ORDERS)
        self.row_ids: dict[str, dict[str, str]] = {"customers": {}, "goods": {}, "columns": {}}
        self.linked: dict[str, set[str]] = {}

    def learn(self, orders: Iterable[Order]) -> None:
        """Look up the customers, goods and columns that these orders point at."""
        wanted: dict[str, set[str]] = {alias: set() for alias in self.row_ids}
        for order in map(self.context.merged_accounts.of_order, orders):
            if order.order_info.user_id:
                wanted["customers"].add(order.order_info.user_id)
            for line in order.good_list:
                if line.resource_id:
                    wanted[worksheet_of(line.resource_type).alias].add(line.resource_id)
        for definition in (CUSTOMERS, GOODS, COLUMNS):
            self._learn(definition, wanted[definition.alias])

    def learn_links(self, window: Window, rows: Collection[Row]) -> None:
        """Ask which rows of these days point at any goods or columns at all.

        Lists leave these relations out, so HAP is asked the other way round: a call or two for
        each, however many the orders are. Where it does not tell, nothing is concluded.
        """
        self.linked = {}
        dated = between("created_at", window.since, window.until, zone=self.sheet.zone)
        for alias in _TO_MANY:
            targets = self.row_ids[alias].values()
            if all(self.sheet.read(row, alias) is not UNREADABLE for row in rows):
                continue
            try:
                linked = set(ids_linked_to(self.context, ORDERS, alias, targets, dated))
            except (ContractError, RejectedError) as error:
                log.warning("查不到订单关联了哪些商品 / links of orders not told: %s", error)
            else:
                self.linked[alias] = linked

    def judge(self, order: Order, row: Row) -> Finding:
        """Return how the row stands beside the order's list row."""
        if order.unreadable_fields:
            return Finding.UNPROVEN
        if is_outdated(cells.text(row.cells.get(HASH)), self.sheet.version):
            return Finding.OUTDATED
        links, complete = self._links(order)
        record = listed_order(self.context.id, order, links)
        reported = Plan(self.sheet, record).owned
        readable = {
            alias: value
            for alias, value in reported.items()
            if self.sheet.read(row, alias) is not UNREADABLE
        }
        if differences(self.sheet, row, readable) or self._lost_link(row, reported):
            return Finding.DIFFERENT
        whole = _with_held(self.sheet, row, reported, untold_fields(order))
        if not complete or whole is None:
            return Finding.UNPROVEN
        if source_hash(whole, self.sheet.version) != cells.text(row.cells.get(HASH)):
            return Finding.UNPROVEN
        return Finding.SAME if by_pipeline(row, "_updatedBy") else Finding.TOUCHED

    def _lost_link(self, row: Row, reported: Mapping[str, Value]) -> bool:
        """Tell whether a relation to many rows is empty that should not be; looked at row by row.

        HAP drops relations without a word (contracts: hap §8.3).
        """
        suspects = [
            alias
            for alias, linked in self.linked.items()
            if reported.get(alias)
            and row.id not in linked
            and self.sheet.read(row, alias) is UNREADABLE
        ]
        if not suspects:
            return False
        whole = with_relations(self.context.hap, self.sheet, {row.id: row})[row.id]
        return any(self.sheet.read(whole, alias) == () for alias in suspects)

    def _learn(self, definition: Worksheet, keys: set[str]) -> None:
        known = self.row_ids[definition.alias]
        sheet = self.context.sheet(definition)
        found = look_up(self.context.hap, sheet, keys - known.keys(), set_apart=True)
        known |= {key: row.id for key, row in found.rows.items()}

    def _links(self, order: Order) -> tuple[Links, bool]:
        """Return the rows that the order points at, and whether HAP holds all of its goods."""
        linked: dict[str, list[str]] = {"goods": [], "columns": []}
        complete = True
        for line in order.good_list:
            if line.resource_id:
                alias = worksheet_of(line.resource_type).alias
                row_id = self.row_ids[alias].get(line.resource_id)
                linked[alias] += [row_id] if row_id else []
                complete = complete and row_id is not None
        buyer = self.context.merged_accounts.of_order(order).order_info.user_id or ""
        customer = self.row_ids["customers"].get(buyer)
        return Links(customer, tuple(linked["goods"]), tuple(linked["columns"])), complete


def _with_held(
    sheet: Sheet, row: Row, reported: Mapping[str, Value], untold: frozenset[str]
) -> dict[str, Value] | None:
    """Return the told values and, for the rest, what the row holds; None where it does not tell."""
    whole = dict(reported)
    for alias in untold - sheet.left_out:
        held = sheet.read(row, alias)
        if held is UNREADABLE:
            return None
        whole[alias] = sheet.canonical(sheet.definition.field(alias), held)  # type: ignore[arg-type]
    return whole
