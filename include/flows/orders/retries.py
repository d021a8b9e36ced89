"""Which orders are tried again: those that failed, and those that were written without something.

The latter carry a mark in HAP, whether they have a row of their own in `sync_errors` or a whole
interface failed (see `partial_rows`).
"""

from __future__ import annotations

from collections.abc import Collection

from include.destination.read.typed_cells import moment_in
from include.destination.sheets.worksheets import ORDERS
from include.flows.run.context import SyncContext
from include.flows.run.error_rows import close_among, every_open_error_row
from include.flows.run.missing import Missing, record_missing
from include.flows.run.partial_rows import close_interfaces, partial_rows
from include.flows.run.parts import INTERFACE, entities_of, parts_of, steps_of
from include.flows.run.turns import drawn
from include.flows.run.unreadable_rows import ROW
from include.source.orders import OrderRef

# So many at a time of those that a failing interface left incomplete; the others' turn comes.
RETRIED_AT_ONCE = 200
_OWNERS = ("order",)


def orders_waiting(context: SyncContext) -> list[OrderRef]:
    """Return the orders that wait in `sync_errors`, themselves or with a part of them.

    With the time of creation where HAP holds the order: then nothing has to be asked for it. Costs
    one call where nothing waits.
    """
    error_rows = every_open_error_row(context)
    named = {name for entity in entities_of(_OWNERS) for name in error_rows.get(entity, ())}
    whole = bool(steps_of("order") & error_rows.get(INTERFACE, {}).keys())
    marked = partial_rows(context, ORDERS, _OWNERS) if named or whole else {}
    chosen = drawn(marked.keys() - named, RETRIED_AT_ONCE) if whole else []
    sheet = context.sheet(ORDERS)
    refs = []
    for order_id in sorted({*error_rows.get("order", ()), *named, *chosen}):
        created = moment_in(sheet, marked.get(order_id), "created_at")
        refs.append(OrderRef(order_id, "", created, None))
    return refs


def record_and_close(
    context: SyncContext, done: Collection[str], missing: Missing
) -> tuple[int, int]:
    """Record what orders and customers lack; close the orders that are through, and their parts.

    An order that still carries the mark lacks something, even if no task tells of it any more: the
    one that wrote it may have been killed since. Returns how many rows were closed, and how many of
    customers, goods, columns, whole interfaces and rows that cannot be read are still open.
    """
    record_missing(context, missing)
    error_rows = every_open_error_row(context)
    named = any(error_rows.get(entity) for entity in entities_of(_OWNERS))
    marked = partial_rows(context, ORDERS, _OWNERS) if named else {}
    parts = {
        part.entity: [n for n in done if n not in marked and not missing.has(part, n)]
        for part in parts_of("order")
    }
    closed = close_among(context, error_rows, {"order": done, **parts})
    failing = missing.interfaces
    well = close_interfaces(context, error_rows, [ORDERS], _OWNERS, failing=failing)
    waiting = error_rows.get(INTERFACE, {}).keys() - well
    others = [*entities_of(["customer", "goods", "columns"]), ROW]
    return closed + len(well), len(waiting) + sum(len(error_rows.get(one, ())) for one in others)
