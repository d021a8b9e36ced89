"""The last days of `sync_ledger`, shop by shop.

The ledger's key is `<app_id>:<day>`. Days that no reconciliation has looked at yet have no row, and
are shown as not checked: zero would be a claim.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from connectors.mingdao.models import Row
from connectors.mingdao.row_reads import Sort
from include.destination.read.typed_cells import count_in, moment_in, number_in, text_in
from include.destination.sheets.sheet import Sheet
from include.destination.sheets.worksheets import SYNC_LEDGER
from include.flows.reconcile.ledger import key_of, shop_of_key
from include.status.app import App

DAYS = 30


@dataclass(frozen=True)
class Side:
    """What one of the two systems holds for a day; sums in 元."""

    orders: int
    paid: Decimal
    refunded: Decimal


@dataclass(frozen=True)
class LedgerDay:
    """One day of order creation of one shop as the reconciliation last saw it."""

    day: date
    source: Side
    hap: Side
    status: str
    missing: str
    different: str
    extra: str
    checked_at: datetime | None


def read_shops(app: App) -> list[str]:
    """Return the app_ids that the ledger knows."""
    sheet = app.sheet(SYNC_LEDGER)
    rows = app.every_row(sheet, ["day"], [Sort("day", ascending=False)])
    return sorted({shop_of_key(sheet.key_of(row)) for row in rows} - {""})


def read_days(app: App, shops: Iterable[str], today: date) -> dict[str, list[LedgerDay]]:
    """Return the last 30 days of each shop that have a row, oldest first."""
    sheet = app.sheet(SYNC_LEDGER)
    wanted = {key_of(shop, day): (shop, day) for shop in shops for day in last_days(today)}
    days: dict[str, list[LedgerDay]] = {shop: [] for shop, _ in wanted.values()}
    for key, row in app.rows_of(sheet, wanted).items():
        shop, day = wanted[key]
        days[shop].append(_ledger_day(sheet, row, day))
    return {shop: sorted(found, key=lambda reported: reported.day) for shop, found in days.items()}


def last_days(today: date) -> list[date]:
    """Return the last 30 days, today included, oldest first."""
    return [today - timedelta(days=back) for back in reversed(range(DAYS))]


def _ledger_day(sheet: Sheet, row: Row, day: date) -> LedgerDay:
    return LedgerDay(
        day=day,
        source=_side(sheet, row, "source"),
        hap=_side(sheet, row, "hap"),
        status=text_in(sheet, row, "status"),
        missing=text_in(sheet, row, "missing"),
        different=text_in(sheet, row, "different"),
        extra=text_in(sheet, row, "extra"),
        checked_at=moment_in(sheet, row, "checked_at"),
    )


def _side(sheet: Sheet, row: Row, side: str) -> Side:
    return Side(
        count_in(sheet, row, f"{side}_orders"),
        number_in(sheet, row, f"{side}_paid"),
        number_in(sheet, row, f"{side}_refunded"),
    )
