"""Rows of the ledger that no night compares any more, and that say something else than HAP's rows.

A day leaves the comparison after a month. Its row in `sync_ledger` grows old when orders change
later: because a new rule has corrected them, or by a late refund. Such days are counted anew in
turns. An order that the shop hides by now does not make the night red; the ledger names it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, time

from connectors.errors import Bilingual, CallError
from include.destination.sheets.worksheets import SYNC_LEDGER
from include.flows.reconcile.compare import compare
from include.flows.reconcile.day import Day, Sums
from include.flows.reconcile.days import DAY
from include.flows.reconcile.ledger import SUMS, day_of_key, ledger_rows, write_ledger
from include.flows.run.context import SyncContext
from include.flows.run.turns import drawn
from include.flows.run.volume_checks import expect_stream
from include.source.windows import SECOND, SHOP_ZONE, Window

log = logging.getLogger(__name__)

MOST_A_NIGHT = 31  # as many again as every night compares


def stale_days(
    context: SyncContext, held: Mapping[date, Sums], compared: Collection[date]
) -> list[date]:
    """Return the days of the ledger whose row does not say what HAP's rows add up to now.

    `held` are the sums of all days; those `compared` already are left out, and days that no
    reconciliation has looked at: they have no row.
    """
    older = [day for day in held if day not in compared]
    if not older:
        return []
    sheet = context.sheet(SYNC_LEDGER)
    stale = []
    for key, row in ledger_rows(context, older).items():
        day = day_of_key(key)
        sums = (held[day].orders, held[day].paid, held[day].refunded)
        reported = (sheet.read(row, alias) for alias in SUMS["hap"])
        if any(cell != total for cell, total in zip(reported, sums, strict=True)):
            stale.append(day)
    return sorted(stale)


def turn_of(days: Iterable[date]) -> list[date]:
    """Return the days to be counted tonight."""
    return drawn(days, MOST_A_NIGHT)


def recount(context: SyncContext, days: Iterable[date], due: datetime) -> list[date]:
    """Compare these days anew and write their rows of the ledger; returns those that were counted.

    A day that cannot be read, or of which the shop shows next to nothing, keeps its row.
    """
    counted: dict[date, Day] = {}
    for day in days:
        try:
            counted[day] = _counted(context, day, due)
        except CallError as error:
            log.warning("对账旧行未重算 / row of the ledger not counted anew: %s %s", day, error)
    write_ledger(context, counted, counted)
    return list(counted)


def _counted(context: SyncContext, day: date, due: datetime) -> Day:
    start = datetime.combine(day, time.min, SHOP_ZONE)
    found = compare(context, [Window(start, start + DAY - SECOND)], due=due).days[day]
    what = Bilingual(f"{day} 创建的订单", f"orders created on {day}")
    expect_stream(context, "order.list", what, found.source.orders, found.hap.orders)
    return found
