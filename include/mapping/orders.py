"""From order list 2.0, order detail 1.0 and the purchase records to a row of `orders`.

Money in the list is 分 and becomes 元. The list row is the version: its `update_time` decides which
of two states of an order is the newer one; the detail has no update time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from connectors.errors import Bilingual, RejectedError
from connectors.xiaoe.models import Order, OrderDetail, OrderLine, Purchase
from connectors.xiaoe.models.bundles import BUNDLE, PART_OF_BUNDLE
from include.destination.sheets.record import Record, Value
from include.mapping.labels import ORDER_STATES, PAY_TYPES, REFUND_STATES, label
from include.mapping.money import yuan_of_fen
from include.mapping.payment import amount_due, amount_paid, is_paid
from include.mapping.text import clean_text
from include.mapping.validity import reports_validity, validity

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

    Raises RejectedError where a field cannot be read: no row is better than one with a wrong sum.
    """
    info = order.order_info
    if order.unreadable_fields:
        raise _unreadable(order.unreadable_fields)
    paid = is_paid(info)
    paid_at = _paid_at(order, detail)
    valid_from, valid_until = validity(order, purchases, paid_at) if paid else (None, None)
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
        "goods_name": clean_text(info.goods_name or _names(bought_lines(order))),
        "quantity": _quantity(order),
        "created_at": info.created_time,
        "paid_at": paid_at,
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


def bought_lines(order: Order) -> list[OrderLine]:
    """Return the lines of what was bought, without the components that hang below a bundle."""
    lines = order.good_list
    if not any(line.resource_type == BUNDLE for line in lines):
        return lines
    return [line for line in lines if line.relation_goods_type != PART_OF_BUNDLE]


def needs_purchases(order: Order) -> bool:
    """Tell whether the validity of a paid order is told by the purchase records alone."""
    return is_paid(order.order_info) and not all(map(reports_validity, order.good_list))


def _quantity(order: Order) -> Decimal | None:
    """Return the pieces bought; the shop counts a bundle and each of its components (F6)."""
    lines, total = bought_lines(order), order.order_info.goods_buy_num
    if any(line.resource_type == BUNDLE for line in lines):
        counts = [line.buy_num for line in lines]
        total = sum(count for count in counts if count) if all(counts) else len(lines)
    return None if total is None else Decimal(total)


def _paid_at(order: Order, detail: OrderDetail) -> datetime | None:
    if not is_paid(order.order_info):
        return None
    return order.order_info.pay_state_time or detail.order_info.pay_time


def _settled_at(order: Order, detail: OrderDetail) -> datetime | None:
    if order.order_info.settle_state != SETTLED:
        return None
    return order.order_info.settle_state_time or detail.order_info.settle_time


def promoter_id(detail: OrderDetail, order: Order | None = None) -> str | None:
    """Return the user id of whoever promoted an order; None where nobody is named.

    The list row goes first, then the detail (xiaoe.md §6.4.1 F5).
    """
    # undetermined: xiaoe.md §6.4.1 F5: does the list row name the promoter?
    listed = (
        (order.promoter_info.user_id, order.order_info.share_user_id) if order else (None, None)
    )
    return listed[0] or detail.distribute_info.share_user_id or listed[1]


def _promoter(order: Order, detail: OrderDetail) -> str | None:
    """Return the promoter's name, else the id; never the name of somebody else than the id's."""
    who, there = promoter_id(detail, order), detail.distribute_info
    known = there.share_user_nickname if there.share_user_id in (None, who) else None
    return clean_text(order.promoter_info.nick_name or known) or who


def _names(lines: Sequence[OrderLine]) -> str:
    return "、".join(line.goods_name for line in lines if line.goods_name)


def _unreadable(names: Sequence[str]) -> RejectedError:
    fields = ", ".join(names)
    return RejectedError(
        "order.list",
        Bilingual(
            f"小鹅通给出的字段无法读取（{fields}），订单没有写入",
            f"fields of the shop's row cannot be read ({fields}); the order was not written",
        ),
        Bilingual(
            "用订单号在小鹅通店铺管理台「订单」里搜索，核对这些字段；改正后下次运行会自动重试",
            "search the order in the shop's console and check these fields; it is tried again "
            "by itself",
        ),
    )
