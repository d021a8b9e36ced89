"""Counts and newest rows of `customers` and `orders`; no cell of a person is asked for.

HAP drops a filter that it does not understand and then counts the whole worksheet (contracts: hap
§7.2). So the one row that comes with each count must fit the filter, else the count is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from connectors.errors import ConfigurationError
from connectors.mingdao.client import MingdaoClient
from connectors.mingdao.filters import Filter, all_of, any_equal, between, not_starting_with
from connectors.mingdao.models import Row
from connectors.mingdao.row_reads import Sort
from include.destination.read.lookup import look_up
from include.destination.read.typed_cells import count_in, moment_in, number_in, text_in
from include.destination.rows import list_rows
from include.destination.sheets.fingerprint import is_current
from include.destination.sheets.options import OptionKeys, label_of
from include.destination.sheets.sheet import Sheet, open_sheet
from include.destination.sheets.worksheets import AUDIENCES, CUSTOMERS, ORDERS
from include.destination.write.plan import HASH
from include.mapping.audiences import EVERYTHING, audience_key

_MOST_COUNTED = 1000  # one page


@dataclass(frozen=True)
class Newest:
    """The order that was placed last, of those that HAP holds."""

    shop: str
    created_at: datetime | None


def newest_order(client: MingdaoClient, option_keys: OptionKeys, shop: str = "") -> Newest | None:
    """Return the newest order in HAP, of one shop or of all; None when there is none."""
    sheet = open_sheet(client, ORDERS, option_keys)
    page = list_rows(
        client,
        sheet,
        condition=any_equal("shop", [shop]) if shop else None,
        fields=["shop", "created_at"],
        sorts=[Sort("created_at", ascending=False)],
        page_size=1,
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


def count_customers(client: MingdaoClient, option_keys: OptionKeys, shop: str) -> Customers:
    """Count the customers of a shop by 客群, under the names that people see; a call for each."""
    sheet = open_sheet(client, CUSTOMERS, option_keys)
    of_shop = any_equal("shop", [shop])
    options, made = sheet.options("segment"), sheet.option_keys_made.get("segment", {})
    labels = {one.value: label_of(options, made, one.key) or one.value for one in options}
    segments = {
        option.value: _count(
            client,
            sheet,
            all_of(of_shop, any_equal("segment", [option.key])),
            {"shop": shop, "segment": labels[option.value]},
        )
        for option in options
    }
    return Customers(_count(client, sheet, of_shop, {"shop": shop}), segments, labels)


@dataclass(frozen=True)
class AudienceSums:
    """What a 客群 bought in one span; sums in 元."""

    customers: int
    paid: Decimal
    refunded: Decimal


Spans = Mapping[str, AudienceSums]  # of the last thirty days (recent), the thirty before them


def read_audiences(
    client: MingdaoClient, option_keys: OptionKeys, shop: str, labels: Mapping[str, str]
) -> dict[str, Spans]:
    """Return the sums of each 客群 under the name that people see, as the last night left them.

    Nothing where an app is without the worksheet, or its fields, until the next set-up.
    """
    try:
        sheet = open_sheet(client, AUDIENCES, option_keys)
    except ConfigurationError:
        return {}
    if {"recent_paid", "before_paid"} & sheet.left_out:
        return {}
    names = {audience_key(shop, label, EVERYTHING): name for name, label in labels.items()}
    found = look_up(client, sheet, names).rows
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


def count_outdated(client: MingdaoClient, option_keys: OptionKeys, shop: str) -> int | None:
    """Count a shop's orders that an older mapping wrote and that wait for their turn."""
    sheet = open_sheet(client, ORDERS, option_keys)
    others = not_starting_with(HASH, f"{sheet.version}:")
    page = list_rows(
        client,
        sheet,
        condition=all_of(any_equal("shop", [shop]), others),
        fields=["shop", HASH],
        page_size=1,
        count=True,
    )
    fits = all(
        text_in(sheet, row, "shop") == shop
        and not is_current(text_in(sheet, row, HASH), sheet.version)
        for row in page.rows
    )
    return page.total if fits else None


def count_written(
    client: MingdaoClient, option_keys: OptionKeys, shop: str, span: tuple[datetime, datetime]
) -> int | None:
    """Count the orders of a shop whose row was written in a span of time; None for very many.

    The filter is wider than the span (see `between`), so the cells decide.
    """
    sheet = open_sheet(client, ORDERS, option_keys)
    page = list_rows(
        client,
        sheet,
        condition=all_of(any_equal("shop", [shop]), between("synced_at", *span, zone=client.zone)),
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


def order_rows(
    client: MingdaoClient, option_keys: OptionKeys, order_ids: Iterable[str]
) -> dict[str, tuple[str, str]]:
    """Return worksheet id and row id of those orders that HAP holds."""
    sheet = open_sheet(client, ORDERS, option_keys)
    found = look_up(client, sheet, order_ids).rows
    return {order_id: (sheet.live.id, row.id) for order_id, row in found.items()}


def _count(
    client: MingdaoClient, sheet: Sheet, condition: Filter, fits: Mapping[str, str]
) -> int | None:
    page = list_rows(client, sheet, condition=condition, fields=list(fits), page_size=1, count=True)
    return page.total if all(_fits(sheet, row, fits) for row in page.rows) else None


def _fits(sheet: Sheet, row: Row, fits: Mapping[str, str]) -> bool:
    return all(text_in(sheet, row, alias) == value for alias, value in fits.items())
