"""What moves an order's update time, and units that no document settles (contracts: xiaoe §13)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.errors import Bilingual
from connectors.xiaoe.models import Order
from connectors.xiaoe.models.orders import OrderInfo
from include.doctor.context import DoctorContext
from include.doctor.findings import Finding, right, unknown, wrong
from include.mapping.payment import amount_paid
from include.source.windows import SECOND

MOVES = Bilingual("哪些变化会改更新时间", "what moves the update time")
LEGACY_PRICE = Bilingual("订单列表 1.1 的 price 单位", "unit of price in order list 1.1")
LEGACY_REFUND = Bilingual("订单列表 1.1 的 refund_money 单位", "unit of refund_money in list 1.1")

_EVENTS: tuple[tuple[Bilingual, Callable[[OrderInfo], datetime | None]], ...] = (
    (Bilingual("支付", "payment"), lambda info: info.pay_state_time),
    (Bilingual("退款", "refund"), lambda info: info.refund_time),
    (Bilingual("售后", "after-sale"), lambda info: info.aftersale_show_state_time),
    (Bilingual("结算", "settlement"), lambda info: info.settle_state_time),
    (Bilingual("订单状态", "order state"), lambda info: info.order_state_time),
)


def update_time_moves(context: DoctorContext) -> Iterator[Finding]:
    """Look for events that are later than the update time of their order."""
    infos = [order.order_info for order in context.orders if order.order_info.update_time]
    moving, silent = [], []
    for words, when in _EVENTS:
        times = [(when(info), info.update_time) for info in infos]
        known = [(event, updated) for event, updated in times if event and updated]
        if any(event > updated for event, updated in known):
            silent.append(words)
        elif known:
            moving.append(words)
    if silent:
        yield wrong(
            MOVES,
            f"这些变化不会改：{'、'.join(one.zh for one in silent)}",
            f"these leave it as it is: {', '.join(one.en for one in silent)}",
            Bilingual(
                "保持 DAG xiaoe_reconcile 每晚运行：这些变化由对账发现并补上",
                "keep the nightly xiaoe_reconcile on: it finds and repairs these changes",
            ),
        )
    elif moving:
        names = "、".join(one.zh for one in moving)
        yield right(MOVES, f"{names}都会改", "each of these moves it")
    else:
        yield unknown(MOVES, "近四个月没有订单", "no orders of the last four months")


def legacy_units(context: DoctorContext) -> Iterator[Finding]:
    """Compare sums of order list 1.1 with those of list 2.0, which are 分."""
    paid = next((one for one in context.orders if amount_paid(one.order_info)), None)
    refunded = next((one for one in context.orders if one.order_info.refund_fee), None)
    yield _unit(LEGACY_PRICE, context, paid, "price", lambda info: info.actual_fee)
    yield _unit(LEGACY_REFUND, context, refunded, "refund_money", lambda info: info.refund_fee)


def _unit(
    check: Bilingual,
    context: DoctorContext,
    order: Order | None,
    key: str,
    fen: Callable[[OrderInfo], int | None],
) -> Finding:
    reported = _amount(_legacy_row(context, order).get(key)) if order else None
    expected = fen(order.order_info) if order else None
    if not reported or not expected:
        return unknown(check, "没有可供比较的订单", "no order shows it")
    if reported == expected:
        return right(check, "分", "fen")
    if reported * 100 == expected:
        return right(check, "元", "yuan")
    return unknown(check, "与列表 2.0 的金额对不上", "it fits neither unit")


def _legacy_row(context: DoctorContext, order: Order) -> Mapping[str, Any]:
    created = order.order_info.created_time
    if created is None:
        return {}
    asked = {
        "begin_time": str(int((created - SECOND).timestamp())),
        "end_time": str(int((created + SECOND).timestamp())),
        "order_id": order.order_info.order_id,
        "page_index": 1,
        "page_size": 10,
    }
    data = context.xiaoe.raw("order.list.created", asked)
    rows = data.get("list") if isinstance(data, Mapping) else data
    found = [row for row in rows or () if isinstance(row, Mapping)]
    return next((r for r in found if r.get("order_id") == order.order_info.order_id), {})


def _amount(value: object) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
