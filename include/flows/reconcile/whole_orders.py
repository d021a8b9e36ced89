"""One pass over all orders that HAP holds, for what no comparison of days finds.

Three things are looked for: rows that an older version of the mapping wrote, rows whose relations
HAP has dropped, and keys that equal another one but for blanks or case. The sums of each day are
taken along: older rows of the ledger may say something else. What a stranger would get wrong:
lists leave relations to many rows out, so HAP is asked the other way round, which rows point at any
goods; and a row may be without relations rightly, so its fingerprint decides.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from connectors.errors import Bilingual, ContractError, RejectedError
from connectors.mingdao import cells
from connectors.mingdao.models import Row
from include.destination.read.lookup import look_up
from include.destination.read.typed_cells import moment_in
from include.destination.read.whole_rows import with_relations
from include.destination.sheets.fingerprint import (
    is_current,
    is_outdated,
    partial_mark,
    source_hash,
)
from include.destination.sheets.sheet import UNREADABLE, Sheet
from include.destination.sheets.worksheets import AMOUNTS, COLUMNS, GOODS, ORDERS
from include.destination.write.plan import HASH, held_values
from include.flows.reconcile.day import Sums
from include.flows.run.context import SyncContext
from include.flows.run.error_rows import open_error_rows
from include.flows.run.manual_issues import keep_manual_issues
from include.flows.run.scans import ids_linked_to, rows_seen_by
from include.flows.run.turns import drawn
from include.source.windows import day_of

log = logging.getLogger(__name__)

ALIKE = "lookalike"
_TO_MANY = {"goods": GOODS, "columns": COLUMNS}
_MOST_LOOKED_AT = 10_000  # a night; of more that are without relations, a part each

Linked = Mapping[str, Collection[str]]
"""The ids of the rows that point at anything, by the relation's alias."""


@dataclass
class WholeOrders:
    """What the pass found: creation times by order id, and rows beside the order they resemble.

    `days` are what HAP's rows add up to by the day on which their orders were made.
    """

    outdated: dict[str, datetime] = field(default_factory=dict)
    lost: dict[str, datetime] = field(default_factory=dict)
    alike: dict[str, str] = field(default_factory=dict)
    days: dict[date, Sums] = field(default_factory=dict)


def read_whole_orders(context: SyncContext, compared: Collection[date]) -> WholeOrders:
    """Read all orders of the shop; relations of the `compared` days are left to the comparison."""
    sheet = context.sheet(ORDERS)
    linked = _linked(context, sheet)
    wanted = (ORDERS.key, "created_at", HASH, *AMOUNTS, "customer", *_TO_MANY)
    found, bare, met = WholeOrders(), dict[str, datetime](), dict[str, Row]()
    for row in rows_seen_by(context, ORDERS, [one for one in wanted if one not in sheet.left_out]):
        order_id = sheet.key_of(row)
        other = met.setdefault(order_id.casefold(), row) if order_id else row
        if _key_text(other) != _key_text(row):
            # Whichever HAP lists first: the one that the pipeline wrote is the order.
            order, odd = (row, other) if row.cells.get(HASH) else (other, row)
            found.alike[_key_text(order).strip()] = odd.id
        moment = moment_in(sheet, row, "created_at")
        if moment and not sheet.is_persons(row):
            amounts = (sheet.read(row, alias) for alias in AMOUNTS)
            found.days.setdefault(day_of(moment), Sums()).add(*amounts)
        if sheet.owner_of(row) != context.id or moment is None:
            continue
        if is_outdated(str(sheet.read(row, HASH) or ""), sheet.version):
            found.outdated[order_id] = moment
        elif day_of(moment) not in compared and _is_bare(sheet, row, linked):
            bare[order_id] = moment
    turn = drawn(bare, _MOST_LOOKED_AT)
    found.lost = {name: bare[name] for name in _without_what_was_written(context, turn, linked)}
    log.info(
        "明道云订单通读：没有关联 %d 行，其中关联丢失 %d 行，订单号只差空格或大小写 %d 行 "
        "/ rows without relations, of which dropped by HAP, keys that differ by blanks or case",
        len(bare),
        len(found.lost),
        len(found.alike),
    )
    return found


def _key_text(row: Row) -> str:
    return cells.text(row.cells.get(ORDERS.key))


def record_alike(context: SyncContext, alike: Mapping[str, str]) -> None:
    """Record the rows whose key equals another one but for blanks or case; close what is solved."""
    errors = {name: _alike(row_id) for name, row_id in alike.items()}
    keep_manual_issues(context, ALIKE, errors, open_error_rows(context, ALIKE))


def _linked(context: SyncContext, sheet: Sheet) -> dict[str, set[str]]:
    """Ask which orders point at anything; nothing is concluded where HAP does not tell."""
    linked: dict[str, set[str]] = {}
    for alias, definition in _TO_MANY.items():
        if alias in sheet.left_out:
            continue
        targets = [row.id for row in rows_seen_by(context, definition, (definition.key,))]
        try:
            linked[alias] = set(ids_linked_to(context, ORDERS, alias, targets))
        except (ContractError, RejectedError) as error:
            log.warning("查不到订单关联了哪些商品 / links of orders not told: %s", error)
    return linked


def _is_bare(sheet: Sheet, row: Row, linked: Linked) -> bool:
    """Tell whether an order is without a customer, or without any goods, as far as lists tell."""
    if sheet.read(row, "customer") == ():
        return True
    return bool(linked) and not any(
        row.id in ids or sheet.read(row, alias) not in (UNREADABLE, ())
        for alias, ids in linked.items()
    )


def _without_what_was_written(
    context: SyncContext, names: Iterable[str], linked: Linked
) -> list[str]:
    """Return those of the orders whose fingerprint says that they were written with more."""
    sheet = context.sheet(ORDERS)
    if HASH in sheet.left_out:
        return []
    rows = {
        name: _with_empty(sheet, row, linked)
        for name, row in look_up(context.hap, sheet, names).rows.items()
    }
    whole = with_relations(context.hap, sheet, rows)
    return [name for name, row in whole.items() if _fits_no_more(sheet, row)]


def _with_empty(sheet: Sheet, row: Row, linked: Linked) -> Row:
    """Return the row with the relations of which HAP has told that they are empty."""
    empty: dict[str, list[str]] = {
        alias: []
        for alias, ids in linked.items()
        if row.id not in ids and sheet.read(row, alias) is UNREADABLE
    }
    return replace(row, cells={**row.cells, **empty})


def _fits_no_more(sheet: Sheet, row: Row) -> bool:
    stored, held = cells.text(row.cells.get(HASH)), held_values(sheet, row)
    if held is None or not is_current(stored, sheet.version):
        return False
    return stored not in (partial_mark(sheet.version), source_hash(held, sheet.version))


def _alike(row_id: str) -> RejectedError:
    return RejectedError(
        "rows.list",
        Bilingual(
            f"「订单」里另有一行，订单号只差空格或大小写（行 {row_id}），金额会算两次",
            f"another row of this order id but for blanks or case: {row_id}; it counts twice",
        ),
        Bilingual(
            "核对后在明道云删除手工添加的那一行；夜间对账会自动关闭本行",
            "check and delete the row that was added by hand; the night closes this by itself",
        ),
    )
