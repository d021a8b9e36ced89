"""`audiences`: how many of each 客群 bought which type of goods, for how much, and can be called.

Worked out from HAP's own rows, so that a person's corrections count: first every segment is
brought up to date, then customers, goods, columns and orders are streamed, and each sum is written
into its row. Only orders that were paid count; a refund is told beside the paid sum, not taken off.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from connectors.mingdao import cells
from connectors.mingdao.models import Row
from include.destination.read.typed_cells import moment_in, number_in
from include.destination.sheets.fields import Worksheet
from include.destination.sheets.fingerprint import is_current
from include.destination.sheets.record import Record
from include.destination.sheets.sheet import Sheet
from include.destination.sheets.worksheets import (
    AMOUNTS,
    AUDIENCES,
    COLUMNS,
    CUSTOMERS,
    GOODS,
    ORDERS,
)
from include.destination.write.outcome import in_words
from include.destination.write.plan import HASH
from include.flows.customers.segments import refresh_segments
from include.flows.run.context import SyncContext
from include.flows.run.scans import ids_linked_to, rows_of_shop, rows_seen_by
from include.mapping.audiences import (
    EVERYTHING,
    UNKNOWN_TYPE,
    Audience,
    audience_key,
    audience_record,
)
from include.mapping.goods import type_alias
from include.mapping.segments import OTHERS
from include.source.windows import SHOP_ZONE

log = logging.getLogger(__name__)

Person = tuple[str, bool, bool]  # segment, whether there is a phone, whether the shop's own
_ORDER_FIELDS = ("order_id", "paid_at", "created_at", *AMOUNTS, HASH, "customer")


def refresh_audiences(context: SyncContext) -> dict[str, int]:
    """Bring segments and audiences up to date; returns what was read and written.

    Raises the first error when a row of `audiences` could not be written, and ContractError when
    HAP does not tell which orders point at which goods.
    """
    if "segment" in context.sheet(CUSTOMERS).left_out:
        log.info("自有工作表不要客群，不做客群分析 / segment is left out: no audiences")
        return {"read": 0, "create": 0, "patch": 0, "segments": 0, "failed": 0}
    segments = refresh_segments(context)
    phones = "phone" not in context.sheet(CUSTOMERS).left_out
    records = [
        audience_record(context.id, *names, sums, phones=phones)
        for names, sums in _audiences(context).items()
    ]
    records += _emptied(context, {record.key for record in records}, phones=phones)
    outcome = context.upsert(AUDIENCES, records)
    for error in outcome.failures.values():
        raise error
    log.info("客群分析 %d 行 / audiences: %s", len(records), in_words(outcome.counts()))
    return {
        "read": len(records),
        "create": outcome.counts()["create"],
        "patch": outcome.counts()["patch"],
        "segments": segments["patch"],
        "failed": segments["failed"],
    }


def _audiences(context: SyncContext) -> dict[tuple[str, str], Audience]:
    people = _people(context)
    types = _types_of_orders(context)
    today = datetime.now(SHOP_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    audiences: dict[tuple[str, str], Audience] = defaultdict(lambda: Audience(today))
    for row_id, (segment, has_phone, own) in people.items():
        if own:
            audiences[segment, EVERYTHING].add_person(row_id, has_phone=has_phone)
    sheet = context.sheet(ORDERS)
    for row in rows_of_shop(context, ORDERS, _ORDER_FIELDS):
        buyer = sheet.read(row, "customer")
        row_id = buyer[0] if isinstance(buyer, tuple) and buyer else ""
        if row_id in people and _is_paid(sheet, row):
            segment, has_phone, _ = people[row_id]
            for goods_type in types.get(row.id, {UNKNOWN_TYPE}):
                audiences[segment, goods_type].add_person(row_id, has_phone=has_phone)
                _add(audiences[segment, goods_type], row_id, sheet, row)
            audiences[segment, EVERYTHING].add_person(row_id, has_phone=has_phone)
            _add(audiences[segment, EVERYTHING], row_id, sheet, row)
    return audiences


def _is_paid(sheet: Sheet, row: Row) -> bool:
    """Tell whether an order was paid; where the shop gave no time of payment, its sum tells.

    In a row of an older mapping that may be the sum to pay.
    """
    current = is_current(cells.text(row.cells.get(HASH)), sheet.version)
    return bool(sheet.read(row, "paid_at") or (current and number_in(sheet, row, "amount_paid")))


def _add(audience: Audience, customer: str, sheet: Sheet, row: Row) -> None:
    audience.add_order(
        customer,
        number_in(sheet, row, "amount_paid"),
        number_in(sheet, row, "amount_refunded"),
        moment_in(sheet, row, "created_at"),
    )


def _people(context: SyncContext) -> dict[str, Person]:
    """Return what is known of each customer, by row id; one who is shared may be another shop's."""
    sheet = context.sheet(CUSTOMERS)
    return {
        row.id: (
            str(sheet.read(row, "segment") or OTHERS),
            bool(sheet.read(row, "phone")),
            sheet.owner_of(row) == context.id,
        )
        for row in rows_seen_by(context, CUSTOMERS, ("user_id", "segment", "phone"))
    }


def _types_of_orders(context: SyncContext) -> Mapping[str, set[str]]:
    """Return the types of the goods that each order refers to, by the order's row id."""
    types: dict[str, set[str]] = defaultdict(set)
    for definition in (GOODS, COLUMNS):
        for goods_type, row_ids in _rows_by_type(context, definition).items():
            for order in ids_linked_to(context, ORDERS, definition.alias, row_ids):
                types[order].add(goods_type)
    return types


def _rows_by_type(context: SyncContext, definition: Worksheet) -> Mapping[str, list[str]]:
    sheet, alias = context.sheet(definition), type_alias(definition)
    rows: dict[str, list[str]] = defaultdict(list)
    for row in rows_of_shop(context, definition, (definition.key, alias)):
        rows[str(sheet.read(row, alias) or UNKNOWN_TYPE)].append(row.id)
    return rows


def _emptied(context: SyncContext, filled: set[str], *, phones: bool) -> list[Record]:
    """Return rows of zeros for the audiences that had somebody before, and have nobody now."""
    sheet = context.sheet(AUDIENCES)
    records = []
    for row in rows_of_shop(context, AUDIENCES, ("audience", "segment", "goods_type")):
        names = (str(sheet.read(row, "segment")), str(sheet.read(row, "goods_type")))
        key = sheet.key_of(row)
        if key not in filled and key == audience_key(context.id, *names):
            records.append(audience_record(context.id, *names, Audience(), phones=phones))
    return records
