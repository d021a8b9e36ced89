"""From order list 2.0, order detail 1.0 and the purchase records to a row of `orders`.

Money in the list is 分 and becomes 元. The list row is the version: its `update_time` decides which
of two states of an order is the newer one; the detail has no update time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from connectors.errors import RejectedError, Words
from connectors.xiaoe.models import Order, OrderDetail, OrderLine, Purchase
from include.destination.record import Record, Value
from include.mapping.labels import ORDER_STATES, PAY_TYPES, REFUND_STATES, label
from include.mapping.money import yuan_of_fen
from include.mapping.payment import amount_due, amount_paid, is_paid
from include.mapping.text import clean_text

SETTLED = 2


@dataclass(frozen=True)
class Links:
    """The row ids that an order points at."""

    customer: str | None
    goods: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


def order_record(
    shop: str,
    order: Order,
    detail: OrderDetail,
    purchases: Sequence[Purchase],
    links: Links,
    *,
    promoter: bool = True,
) -> Record:
    """Return what the source says of one order, without the `promoter` who was erased.

    Raises RejectedError where a sum cannot be read: no row is better than one with a wrong sum.
    """
    info = order.order_info
    if info.unreadable:
        raise _unreadable(info.unreadable)
    paid = is_paid(info)
    valid_from, valid_until = validity(order.good_list, purchases) if paid else (None, None)
    values: dict[str, Value] = {
        "order_id": info.order_id,
        "shop": shop,
        "order_state": label(ORDER_STATES, info.order_state),
        "refund_state": label(REFUND_STATES, info.aftersale_show_state),
        "amount_due": amount_due(info),
        "amount_paid": amount_paid(info),
        "amount_goods": yuan_of_fen(info.goods_original_total_price),
        "amount_discount": yuan_of_fen(info.discount_amount),
        "amount_refunded": yuan_of_fen(info.refund_fee),
        "pay_method": label(PAY_TYPES, info.pay_type) if paid else None,
        "goods_name": clean_text(info.goods_name or _names(order.good_list)),
        "quantity": None if info.goods_buy_num is None else Decimal(info.goods_buy_num),
        "created_at": info.created_time,
        "paid_at": _paid_at(order, detail),
        "refunded_at": info.refund_time,
        "settled_at": _settled_at(order, detail),
        "valid_from": valid_from,
        "valid_until": valid_until,
        "promoter": _promoter(order, detail) if promoter else None,
        "customer": (links.customer,) if links.customer else (),
        "goods": tuple(sorted(links.goods)),
        "columns": tuple(sorted(links.columns)),
    }
    return Record(info.order_id, values, updated_at=info.update_time)


def validity(
    lines: Sequence[OrderLine], purchases: Sequence[Purchase]
) -> tuple[datetime | None, datetime | None]:
    """Return from when until when the buyer may use what was bought; None as end means no end.

    What the order line tells counts; a purchase record is for lines that tell nothing. Of several
    lines the earliest start and the latest end count; one line without end has no end.
    """
    spans = [
        (line.expire_start, line.expire_end) if tells_validity(line) else _span(line, purchases)
        for line in lines
    ]
    known = [span for span in spans if span != (None, None)]
    if not known:
        return None, None
    starts = [start for start, _ in known if start]
    ends = [end for _, end in known]
    return min(starts, default=None), None if None in ends else max(end for end in ends if end)


def tells_validity(line: OrderLine) -> bool:
    """Tell whether an order line says from when or until when it is valid."""
    return line.expire_start is not None or line.expire_end is not None


def needs_purchases(order: Order) -> bool:
    """Tell whether the validity of a paid order is told by the purchase records alone."""
    return is_paid(order.order_info) and not all(map(tells_validity, order.good_list))


def _span(
    line: OrderLine, purchases: Sequence[Purchase]
) -> tuple[datetime | None, datetime | None]:
    bought = [purchase for purchase in purchases if purchase.resource_id == line.resource_id]
    if not bought:
        return None, None
    newest = max(bought, key=_age)
    return newest.start_at or newest.created_at, newest.expire_at


def _age(purchase: Purchase) -> float:
    return purchase.created_at.timestamp() if purchase.created_at else 0.0


def _paid_at(order: Order, detail: OrderDetail) -> datetime | None:
    if not is_paid(order.order_info):
        return None
    return order.order_info.pay_state_time or detail.order_info.pay_time


def _settled_at(order: Order, detail: OrderDetail) -> datetime | None:
    if order.order_info.settle_state != SETTLED:
        return None
    return order.order_info.settle_state_time or detail.order_info.settle_time


def promoter_id(detail: OrderDetail, order: Order | None = None) -> str | None:
    """Return the user id of whoever promoted an order; None where nobody is told."""
    told = order.order_info.share_user_id if order else None
    return detail.distribute_info.share_user_id or told


def _promoter(order: Order, detail: OrderDetail) -> str | None:
    distribution = detail.distribute_info
    return clean_text(
        distribution.share_user_nickname
        or distribution.share_user_id
        or order.order_info.share_user_id
    )


def _names(lines: Sequence[OrderLine]) -> str:
    return "、".join(line.goods_name for line in lines if line.goods_name)


def _unreadable(names: Sequence[str]) -> RejectedError:
    fields = ", ".join(names)
    return RejectedError(
        "order.list",
        Words(
            f"小鹅通给出的金额无法读取({fields}),订单没有写入",
            f"the shop's sums cannot be read ({fields}); the order was not written",
        ),
        Words(
            "在小鹅通后台核对该订单的金额;改正后下次运行会自动重试",
            "check the order's sums in the shop's console; it is tried again by itself",
        ),
    )
