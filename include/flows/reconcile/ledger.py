"""`sync_ledger`: one row a day of order creation, for people.

A row that would say the same is not written again, so `checked_at` is when the day last looked
different from before. A repaired day keeps the names of what was repaired.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from connectors.mingdao.models import Row
from include.destination.read.lookup import look_up
from include.destination.read.typed_cells import count_in
from include.destination.sheets.record import Record, Value
from include.destination.sheets.worksheets import SYNC_LEDGER
from include.destination.write.plan import Action, Plan
from include.destination.write.upsert import Writer
from include.flows.reconcile.day import Day
from include.flows.run.context import SyncContext

AGREES, REPAIRED, DISAGREES = "一致", "已修复", "不一致"
NAMED = 50
SUMS = {
    "source": ("source_orders", "source_paid", "source_refunded"),
    "hap": ("hap_orders", "hap_paid", "hap_refunded"),
}
"""The fields of the number of orders, what was paid and what was refunded, of either side."""


def write_ledger(
    context: SyncContext, before: Mapping[date, Day], after: Mapping[date, Day]
) -> int:
    """Write what the days were like, and are now; returns how many rows had to be written."""
    if context.preview:
        return 0
    sheet = context.sheet(SYNC_LEDGER)
    now = datetime.now(UTC)
    rows = ledger_rows(context, after)
    changed = []
    for day, found in after.items():
        record = Record(
            key_of(context.id, day), _values(context, day, before.get(day, found), found)
        )
        row = rows.get(record.key)
        if row and _keeps_its_story(context, row, record):
            continue
        if Plan(sheet, record).change(row, now).action is not Action.UNCHANGED:
            changed.append(Record(record.key, {**record.values, "checked_at": now}))
    return Writer(context.hap).upsert(sheet, changed).written


def ledger_rows(context: SyncContext, days: Iterable[date]) -> dict[str, Row]:
    """Return the rows of these days, by key."""
    return look_up(
        context.hap, context.sheet(SYNC_LEDGER), (key_of(context.id, day) for day in days)
    ).rows


def remembered(context: SyncContext, days: Iterable[date]) -> dict[date, tuple[int, int]]:
    """Return how many orders source and HAP held when these days were last written down."""
    sheet = context.sheet(SYNC_LEDGER)
    wanted = {key_of(context.id, day): day for day in days}
    return {
        wanted[key]: (
            count_in(sheet, row, "source_orders"),
            count_in(sheet, row, "hap_orders"),
        )
        for key, row in ledger_rows(context, wanted.values()).items()
    }


def named(order_ids: Iterable[str]) -> str | None:
    """Return the ids for one cell, cut where there are very many."""
    ids = sorted(set(order_ids))
    more = len(ids) - NAMED
    text = ", ".join(ids[:NAMED])
    return (f"{text} …另有 {more} 个 / and {more} more" if more > 0 else text) or None


def _values(context: SyncContext, day: date, before: Day, after: Day) -> dict[str, Value]:
    reported = before if after.agrees else after
    status = DISAGREES if not after.agrees else AGREES if before.agrees else REPAIRED
    return {
        "day": key_of(context.id, day),
        "source_orders": Decimal(after.source.orders),
        "source_paid": after.source.paid,
        "source_refunded": after.source.refunded,
        "hap_orders": Decimal(after.hap.orders),
        "hap_paid": after.hap.paid,
        "hap_refunded": after.hap.refunded,
        "missing": named(reported.missing),
        "different": named([*reported.different, *reported.doubtful]),
        "extra": named(reported.extra),
        "status": status,
    }


def _keeps_its_story(context: SyncContext, row: Row, record: Record) -> bool:
    """Tell whether the row says that the day was repaired, and the day has not changed since."""
    sheet = context.sheet(SYNC_LEDGER)
    if record.values["status"] != AGREES or sheet.read(row, "status") != REPAIRED:
        return False
    sums = Record(
        record.key, {alias: record.values[alias] for side in SUMS.values() for alias in side}
    )
    return Plan(sheet, sums).change(row, datetime.now(UTC)).action is Action.UNCHANGED


def key_of(shop: str, day: date) -> str:
    """Return the key of a shop's row of the ledger."""
    return f"{shop}:{day.isoformat()}"


def shop_of_key(key: str) -> str:
    """Return the shop that a row of the ledger is about; "" where it tells none."""
    return key.rpartition(":")[0]


def day_of_key(key: str) -> date:
    """Return the day that a row of the ledger is about."""
    return date.fromisoformat(key.rpartition(":")[2])
