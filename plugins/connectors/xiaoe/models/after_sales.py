"""After-sale cases: refunds and returns (contracts: xiaoe §6.7); money in 分."""

from __future__ import annotations

from connectors.xiaoe.models.record import Record
from connectors.xiaoe.values import Fen, Id, Int, Moment, Text


class AfterSale(Record):
    """One case; ``state`` 13 refunded, 14 returned and refunded, see xiaoe §6.7 for the others."""

    aftersale_id: Id
    order_id: Id
    state: Int = None
    state_str: Text = None
    state_reason: Text = None
    sale_type: Int = None
    sale_type_name: Text = None
    apply_refund_money: Fen = None
    refund_money: Fen = None
    actual_fee: Fen = None
    original_price: Fen = None
    reason: Text = None
    created_at: Moment = None
    updated_at: Moment = None
    invalid_time: Moment = None
    state_invalid_time: Moment = None
    goods_name: Text = None
