"""What was paid of an order, what was to be paid, and whether the row can be believed.

The only place that knows it: an order that nobody paid carries the sum *to pay* in `actual_fee`,
a method of payment and a start of validity (xiaoe.md §6.4.1, F1 and F2).
"""

from __future__ import annotations

from decimal import Decimal

from connectors.errors import Bilingual, RejectedError
from connectors.xiaoe.models.orders import OrderInfo
from include.mapping.money import yuan_of_fen

UNPAID, PAID, CLOSED = 0, 1, 2
"""The `pay_state` of order list 2.0 (xiaoe.md §6.4)."""
_NOTHING = Decimal(0)


def is_paid(info: OrderInfo) -> bool:
    """Tell whether the order was paid; a state that is missing or unknown is not paid."""
    return info.pay_state == PAID


def amount_due(info: OrderInfo) -> Decimal | None:
    """Return the sum to pay in 元, paid or not; None where the shop reports none."""
    return yuan_of_fen(info.actual_fee)


def amount_paid(info: OrderInfo) -> Decimal | None:
    """Return the sum paid in 元: 0 for an unpaid order, None for a paid one without a sum."""
    return amount_due(info) if is_paid(info) else _NOTHING


def payment_doubt(info: OrderInfo) -> RejectedError | None:
    """Return why it is not certain what was paid of an order; None where it is.

    In doubt nothing counts as paid: a sum that is missing is noticed, one too many is believed.
    """
    if is_paid(info):
        return None if info.actual_fee is not None else _without_sum()
    if info.pay_state not in (UNPAID, CLOSED):
        return _doubt(
            f"小鹅通没有给出可识别的支付状态(pay_state={info.pay_state})",
            f"the shop's pay_state is missing or unknown ({info.pay_state})",
        )
    if info.pay_state_time is not None:
        return _doubt(
            f"支付状态为未支付(pay_state={info.pay_state})，但有支付时间",
            f"not paid (pay_state={info.pay_state}), yet there is a time of payment",
        )
    if info.refund_fee or info.refund_time is not None:
        return _doubt(
            f"支付状态为未支付(pay_state={info.pay_state})，但有退款",
            f"not paid (pay_state={info.pay_state}), yet there is a refund",
        )
    return None


def _doubt(zh: str, en: str) -> RejectedError:
    return RejectedError(
        "order.list",
        Bilingual(f"{zh}；订单已写入，实付按 0 计", f"{en}; the order was written, with 0 as paid"),
        Bilingual(
            "用订单号在小鹅通店铺管理台「订单」里搜索，核对支付状态；改正后会自动关闭",
            "search the order in the shop's console and check its payment; this closes by itself",
        ),
    )


def _without_sum() -> RejectedError:
    return RejectedError(
        "order.list",
        Bilingual(
            "订单已支付，但小鹅通没有给出金额（actual_fee）；订单已写入，实付留空",
            "paid, but the shop gives no sum; the order was written, with nothing as paid",
        ),
        Bilingual(
            "用订单号在小鹅通店铺管理台「订单」里搜索，核对实付金额；改正后会自动关闭",
            "search the order in the shop's console and check its sum; this closes by itself",
        ),
    )
