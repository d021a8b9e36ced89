"""What a shop holds. All records are immutable: a change makes a new version.

Money is int 分 throughout, times are aware, whole seconds. Empty times are None here; the sentinels
that the vendor sends for them are made on the way out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

COLUMN_TYPES = frozenset({5, 6, 8, 25, 50})  # member, column, big column, camp, course (xiaoe §5.1)
PHYSICAL, BUNDLE = 21, 69
SPU_TYPES = {  # ENT and COP as captured (xiaoe §6.4.1), the others invented
    5: "MEM",
    6: "COL",
    8: "COL",
    PHYSICAL: "ENT",
    25: "CMP",
    50: "CRS",
    BUNDLE: "COP",
}
RECEIPT_AFTER = timedelta(days=7, hours=22)  # as in the captured rows
Fact = Any  # the value of whichever field of a record its keyword names


@dataclass(frozen=True, slots=True)
class User:
    """A member of the shop. `listed` False: the user lists never show this user."""

    user_id: str
    number: int
    nickname: str
    registered_at: datetime
    bind_phone: str = ""
    collect_phone: str = ""
    avatar: str = ""
    channel: str = "微信"
    wx_union_id: str | None = None
    wx_open_id: str = ""
    wx_app_open_id: str = ""
    pay_sum: int = 0
    punch_count: int = 0
    visited_at: datetime | None = None
    name: str = ""
    company: str = ""
    job: str = ""
    email: str = ""
    gender: int = 0
    city: str = ""
    province: str = ""
    listed: bool = True


@dataclass(frozen=True, slots=True)
class Goods:
    """Something on sale; `contents` are the (goods id, type) pairs inside a column or a bundle.

    `sale_status`: 1 on sale, 0 off, 2 scheduled. `valid_days` 0: no end of validity.
    `ordered_as`: what an order of a bundle calls it, which is not its name (xiaoe §6.4.1 F6).
    """

    goods_id: str
    number: int
    goods_type: int
    name: str
    price: int
    line_price: int
    created_at: datetime
    updated_at: datetime | None = None
    sale_status: int = 1
    summary: str = ""
    detail: str = ""
    images: tuple[str, ...] = ()
    contents: tuple[tuple[str, int], ...] = ()
    valid_days: int = 0
    sold: int = 0
    visits: int = 0
    deleted: bool = False
    hidden: bool = False
    spu_id: str = ""
    sku_id: str = ""
    ordered_as: str = ""

    @property
    def spu_type(self) -> str:
        """The vendor's short name of the type."""
        return SPU_TYPES.get(self.goods_type, "CMN")


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One goods in an order; `bundle_id` of a component: `og_…`, another one in each order.

    A start of validity is there before anybody pays (xiaoe §6.4.1 F2), an end from the payment on.
    """

    goods_id: str
    goods_type: int
    name: str
    unit_price: int
    count: int = 1
    image: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    bundle_id: str = ""

    @property
    def total(self) -> int:
        """The line's price in 分."""
        return self.unit_price * self.count


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where physical goods go."""

    name: str
    phone: str
    province: str
    city: str
    county: str
    detail: str


@dataclass(frozen=True, slots=True)
class Order:
    """An order, in the states of the vendor's 2.0 family (xiaoe §10.2).

    `state` 0 to pay, 1 to be concluded, 2 to ship, 3 shipped, 4 completed, 5 closed;
    `aftersale_state` 0 none, 1 running, 2 partly, 3 fully refunded; `close_type` 1 timed out,
    2 cancelled by the buyer. `actual_fee` is the sum to pay, paid or not (xiaoe §6.4.1 F1).
    `discount` includes `bundle_discount`: the price of a bundle's components, which the vendor
    counts among the goods and takes off again (F6).
    """

    order_id: str
    number: int
    user_id: str
    lines: tuple[OrderLine, ...]
    created_at: datetime
    updated_at: datetime
    order_type: int = 1
    state: int = 0
    state_at: datetime | None = None
    pay_state: int = 0
    pay_type: int = -1
    paid_at: datetime | None = None
    original_price: int = 0
    discount: int = 0
    bundle_discount: int = 0
    actual_fee: int = 0
    refund_fee: int = 0
    refunded_at: datetime | None = None
    aftersale_state: int = 0
    aftersale_state_at: datetime | None = None
    settle_state: int = 0
    settled_at: datetime | None = None
    close_type: int = 0
    remark: str = ""
    comment: str = ""
    share_user_id: str = ""
    share_nickname: str = ""
    nickname: str = ""
    phone: str = ""
    trade_id: str = ""
    out_order_id: str = ""
    transaction_id: str = ""
    client_type: int = 1
    channel_id: str = ""
    title: str = ""
    receiver: Receiver | None = None
    shipped_at: datetime | None = None

    @property
    def goods_name(self) -> str:
        """What the order calls its goods: not the name of a bundle's line."""
        return self.title or self.lines[0].name

    @property
    def coupon(self) -> int:
        """What coupons alone take off."""
        return self.discount - self.bundle_discount

    @property
    def receipt_due(self) -> datetime | None:
        """When the receipt of shipped goods counts as confirmed."""
        return self.shipped_at + RECEIPT_AFTER if self.shipped_at else None


@dataclass(frozen=True, slots=True)
class AfterSale:
    """A refund request; `state` after xiaoe §6.7: 2 with the merchant, 4 refused, 13 refunded."""

    aftersale_id: str
    number: int
    order_id: str
    user_id: str
    state: int
    amount: int
    created_at: datetime
    updated_at: datetime
    refunded_at: datetime | None = None
    reason: str = "其他"
    full: bool = False


@dataclass(frozen=True, slots=True)
class Purchase:
    """A user's right to goods (订购). `valid_until` None: no end."""

    number: int
    user_id: str
    goods_id: str
    goods_type: int
    title: str
    price: int
    created_at: datetime
    order_id: str = ""
    valid_until: datetime | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A form that buyers fill in; `repeatable`: answering again adds a record."""

    form_id: str
    name: str
    questions: tuple[str, ...]
    created_at: datetime
    repeatable: bool = False


@dataclass(frozen=True, slots=True)
class FormAnswer:
    """What one user wrote into one form, question by question."""

    number: int
    form_id: str
    form_name: str
    user_id: str
    collected_at: datetime
    answers: tuple[tuple[str, str], ...]
    goods_id: str = ""
    goods_name: str = ""
