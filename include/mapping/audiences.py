"""Sums of one audience (客群 × 商品类型), and the row of `audiences` that they make.

An order with goods of two types counts in both, with its whole sum: nothing tells how it divides.
So the types of a segment do not add up to its total, which has a row of its own, 全部, where each
order counts once and customers who bought nothing count as well.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from include.destination.sheets.record import Record

EVERYTHING = "全部"
UNKNOWN_TYPE = "未知"


@dataclass
class Audience:
    """What is summed up over paid orders; `customers` and `phones` are row ids of people."""

    customers: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    orders: int = 0
    paid: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)
    last_order_at: datetime | None = None

    def add_person(self, row_id: str, *, has_phone: bool) -> None:
        """Count a person, once."""
        self.customers.add(row_id)
        if has_phone:
            self.phones.add(row_id)

    def add_order(self, paid: Decimal, refunded: Decimal, created_at: datetime | None) -> None:
        """Count an order; sums in 元."""
        self.orders += 1
        self.paid += paid
        self.refunded += refunded
        if created_at and (self.last_order_at is None or created_at > self.last_order_at):
            self.last_order_at = created_at

    @property
    def phone_share(self) -> Decimal:
        """Return how many of a hundred people have a phone."""
        return Decimal(100 * len(self.phones)) / max(1, len(self.customers))


def audience_key(shop: str, segment: str, goods_type: str) -> str:
    """Return the key of an audience's row: `<app_id>:<segment>|<goods type>`."""
    return f"{shop}:{segment}|{goods_type}"


def audience_record(
    shop: str, segment: str, goods_type: str, audience: Audience, *, phones: bool = True
) -> Record:
    """Return the row of an audience; an empty one says so, where there was somebody before.

    Without `phones` nobody's phone is known, and their share is left empty: 0 would be a claim.
    """
    key = audience_key(shop, segment, goods_type)
    return Record(
        key,
        {
            "audience": key,
            "name": f"{segment} × {goods_type}",
            "shop": shop,
            "segment": segment,
            "goods_type": goods_type,
            "customers": Decimal(len(audience.customers)),
            "orders": Decimal(audience.orders),
            "paid": audience.paid,
            "refunded": audience.refunded,
            "last_order_at": audience.last_order_at,
            "phone_share": audience.phone_share if phones else None,
        },
    )
