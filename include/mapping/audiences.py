"""Sums of one audience (客群 × 商品类型), and the row of `audiences` that they make.

An order with goods of two types counts in both, with its whole sum: nothing tells how it divides.
So the types of a segment do not add up to its total, which has a row of its own, 全部, where each
order counts once and customers who bought nothing count as well.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from include.destination.sheets.record import Record, Value

EVERYTHING = "全部"
UNKNOWN_TYPE = "未知"


SPAN = timedelta(days=30)


@dataclass
class Sums:
    """What paid orders of one span add up to; `customers` are row ids of people, sums in 元."""

    customers: set[str] = field(default_factory=set)
    paid: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)

    def add(self, customer: str, paid: Decimal, refunded: Decimal) -> None:
        """Count an order."""
        self.customers.add(customer)
        self.paid += paid
        self.refunded += refunded


@dataclass
class Audience:
    """What is summed up over paid orders; `customers` and `phones` are row ids of people.

    `recent` are the thirty days before `today`, by the day of the order, `before` the thirty
    before those.
    """

    today: datetime | None = None

    customers: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    orders: int = 0
    paid: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)
    last_order_at: datetime | None = None
    recent: Sums = field(default_factory=Sums)
    before: Sums = field(default_factory=Sums)

    def add_person(self, row_id: str, *, has_phone: bool) -> None:
        """Count a person, once."""
        self.customers.add(row_id)
        if has_phone:
            self.phones.add(row_id)

    def add_order(
        self, customer: str, paid: Decimal, refunded: Decimal, created_at: datetime | None
    ) -> None:
        """Count an order of a customer; sums in 元."""
        if created_at and self.today:
            age = self.today - created_at
            if timedelta(0) < age <= SPAN:
                self.recent.add(customer, paid, refunded)
            elif SPAN < age <= 2 * SPAN:
                self.before.add(customer, paid, refunded)
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
            **_sums("recent", audience.recent),
            **_sums("before", audience.before),
        },
    )


def _sums(name: str, sums: Sums) -> dict[str, Value]:
    return {
        f"{name}_customers": Decimal(len(sums.customers)),
        f"{name}_paid": sums.paid,
        f"{name}_refunded": sums.refunded,
    }
