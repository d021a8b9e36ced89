"""What the app must hold at the end, judged by the truth in the shop alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from include.simulators.hap.plain import plain_rows
from tests.bench.vendors import Request, Vendors
from tests.pipeline import oracle

BUSINESS_SHEETS = ("customers", "goods", "columns", "orders", "collected_info")
TYPED = frozenset({"name", "company", "job_title", "phone", "answers"})
REFUNDS = dict(enumerate(oracle.REFUNDS))


def differences_of(vendors: Vendors) -> list[str]:
    """Return in words where the app differs from the shop, in all that an orders run brings."""
    source, store = vendors.truth(), vendors.content()
    told = oracle.order_differences(source, store)
    told += [f"{name} twice" for name in _duplicates(store)]
    return told + _missing_people(source, store)


def business_writes(asked: Sequence[Request]) -> Counter[str]:
    """Count the rows written, by worksheet; what a run notes about itself is not among them."""
    rows: Counter[str] = Counter()
    for request in asked:
        for effect in filter(None, request.effect.split("; ")):
            _kind, sheet, number = effect.split(" ")
            if sheet in BUSINESS_SHEETS:
                rows[sheet] += int(number)
    return rows


def order_faults(vendors: Vendors) -> dict[str, int]:
    """Count the orders that are lost, there twice or stale, and the customers there twice.

    Stale: the after-sale state or the sum that was refunded is not the shop's.
    """
    source, store = vendors.truth(), vendors.content()
    rows = plain_rows(store, "orders")
    held = {row["order_id"]: row for row in rows}
    orders = source.orders.current
    customers = [row["user_id"] for row in plain_rows(store, "customers")]
    return {
        "lost": len(orders.keys() - held.keys()),
        "duplicated": len(rows) - len(held),
        "stale": sum(
            _is_stale(order, held[name]) for name, order in orders.items() if name in held
        ),
        "customers_duplicated": len(customers) - len(set(customers)),
    }


def _is_stale(order: Any, row: dict[str, Any]) -> bool:
    refunded = row["amount_refunded"] or 0
    told = row["refund_state"] or REFUNDS[0]
    return told != REFUNDS[order.aftersale_state] or refunded != oracle.yuan(order.refund_fee)


def _duplicates(store: Any) -> list[str]:
    """As the oracle's `duplicates`, for as many rows as a benchmark has."""
    keyed = {"customers": "user_id", "orders": "order_id", "collected_info": "record_id"}
    counts = Counter(
        f"{sheet}:{row[key]}" for sheet, key in keyed.items() for row in plain_rows(store, sheet)
    )
    return [name for name, number in counts.items() if number > 1]


def _missing_people(source: Any, store: Any) -> list[str]:
    """Return the buyers, and their answered forms, that the app lacks or has otherwise.

    How what people type is tidied up is the mapping's business, and tested there.
    """
    buyers = {order.user_id for order in source.orders.current.values()}
    people = {
        name: _without(oracle.expected_customer(source, source.users[name], bought=True))
        for name in buyers
    }
    answers = {
        str(number): _without(oracle.expected_answer(one))
        for number, one in source.answers.items()
        if one.user_id in buyers
    }
    told = oracle._sheet_differences(store, "customers", "user_id", people)
    return told + oracle._sheet_differences(store, "collected_info", "record_id", answers)


def _without(cells: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in cells.items() if name not in TYPED}
