"""Counts and newest rows of `customers` and `orders`; no cell of a person is asked for.

HAP drops a filter that it does not understand and then counts the whole worksheet (contracts: hap
§7.2). So the few rows that come with each count must fit the filter, else the count is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from connectors.errors import ConfigurationError
from connectors.mingdao.filters import Filter, all_of, any_equal, between, not_starting_with
from connectors.mingdao.models import Row
from connectors.mingdao.row_reads import Sort
from include.destination.read.typed_cells import count_in, moment_in, number_in, text_in
from include.destination.sheets.fingerprint import is_current
from include.destination.sheets.options import label_of
from include.destination.sheets.sheet import Sheet
from include.destination.sheets.worksheets import AUDIENCES, CUSTOMERS, ORDERS
from include.destination.write.plan import HASH
from include.mapping.audiences import EVERYTHING, audience_key
from include.status.app import App

_MOST_COUNTED = 1000  # one page
_A_FEW = 5  # rows that prove a filter: one of them may be unreadable


@dataclass(frozen=True)
class Newest:
    """The order that was placed last, of those that HAP holds."""

    shop: str
    created_at: datetime | None


def newest_order(app: App, shop: str = "") -> Newest | None:
    """Return the newest order in HAP, of one shop or of all; None when there is none."""
    sheet = app.sheet(ORDERS)
    page = app.page(
        sheet,
        condition=any_equal("shop", [shop]) if shop else None,
        fields=["shop", "created_at"],
        sorts=[Sort("created_at", ascending=False)],
        page_size=_A_FEW,
    )
    found = [
        Newest(text_in(sheet, row, "shop"), moment_in(sheet, row, "created_at"))
        for row in page.rows
    ]
    return next((newest for newest in found if not shop or newest.shop == shop), None)


@dataclass(frozen=True)
class Customers:
    """How many customers a shop has in HAP, and in which 客群; None where HAP does not tell."""

    total: int | None
    segments: Mapping[str, int | None]
    labels: Mapping[str, str] = field(default_factory=dict)  # what we call each of them


def count_customers(app: App, shop: str) -> Customers:
    """Count the customers of a shop by 客群, under the names that people see; a call for each."""
    sheet = app.sheet(CUSTOMERS)
    of_shop = any_equal("shop", [shop])
    options, made = sheet.options("segment"), sheet.option_keys_made.get("segment", {})
    labels = {one.value: label_of(options, made, one.key) or one.value for one in options}
    segments = {
        option.value: _count(
            app,
            sheet,
            all_of(of_shop, any_equal("segment", [option.key])),
            {"shop": shop, "segment": labels[option.value]},
        )
        for option in options
    }
    return Customers(_count(app, sheet, of_shop, {"shop": shop}), segments, labels)


@dataclass(frozen=True)
class AudienceSums:
    """What a 客群 bought in one span; sums in 元."""

    customers: int
    paid: Decimal
    refunded: Decimal


Spans = Mapping[str, AudienceSums]  # of the last thirty days (recent), the thirty before them


def read_audiences(app: App, shop: str, labels: Mapping[str, str]) -> dict[str, Spans]:
    """Return the sums of each 客群 under the name that people see, as the last night left them.

    Nothing where an app is without the worksheet, or its fields, until the next set-up.
    """
    try:
        sheet = app.sheet(AUDIENCES)
    except ConfigurationError:
        return {}
    if {"recent_paid", "before_paid"} & sheet.left_out:
        return {}
    names = {audience_key(shop, label, EVERYTHING): name for name, label in labels.items()}
    found = app.rows_of(sheet, names)
    return {
        names[key]: {span: _sums(sheet, row, span) for span in ("recent", "before")}
        for key, row in found.items()
    }


def _sums(sheet: Sheet, row: Row, span: str) -> AudienceSums:
    return AudienceSums(
        count_in(sheet, row, f"{span}_customers"),
        number_in(sheet, row, f"{span}_paid"),
        number_in(sheet, row, f"{span}_refunded"),
    )


def count_outdated(app: App, shop: str) -> int | None:
    """Count a shop's orders that an older mapping wrote and that wait for their turn."""
    sheet = app.sheet(ORDERS)
    others = not_starting_with(HASH, f"{sheet.version}:")
    page = app.page(
        sheet,
        condition=all_of(any_equal("shop", [shop]), others),
        fields=["shop", HASH],
        page_size=_A_FEW,
        count=True,
    )
    fits = all(
        text_in(sheet, row, "shop") == shop
        and not is_current(text_in(sheet, row, HASH), sheet.version)
        for row in page.rows
    )
    return page.total if fits and (page.rows or not page.unreadable) else None


def count_written(app: App, shop: str, span: tuple[datetime, datetime]) -> int | None:
    """Count the orders of a shop whose row was written in a span of time; None for very many.

    The filter is wider than the span (see `between`), so the cells decide.
    """
    sheet = app.sheet(ORDERS)
    page = app.page(
        sheet,
        condition=all_of(
            any_equal("shop", [shop]), between("synced_at", *span, zone=app.client.zone)
        ),
        fields=["shop", "synced_at"],
        page_size=_MOST_COUNTED,
    )
    if len(page.rows) >= _MOST_COUNTED:
        return None
    return sum(
        text_in(sheet, row, "shop") == shop and _lies_in(moment_in(sheet, row, "synced_at"), span)
        for row in page.rows
    )


def _lies_in(moment: datetime | None, span: tuple[datetime, datetime]) -> bool:
    return moment is not None and span[0] < moment <= span[1]


def order_rows(app: App, order_ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return worksheet id and row id of those orders that HAP holds."""
    sheet = app.sheet(ORDERS)
    found = app.rows_of(sheet, order_ids)
    return {order_id: (sheet.live.id, row.id) for order_id, row in found.items()}


def _count(app: App, sheet: Sheet, condition: Filter, fits: Mapping[str, str]) -> int | None:
    page = app.page(sheet, condition=condition, fields=list(fits), page_size=_A_FEW, count=True)
    proven = page.rows or not page.unreadable
    return page.total if proven and all(_fits(sheet, row, fits) for row in page.rows) else None


def _fits(sheet: Sheet, row: Row, fits: Mapping[str, str]) -> bool:
    return all(text_in(sheet, row, alias) == value for alias, value in fits.items())
