"""After-sale cases: refunds and returns (contracts: xiaoe §6.7); money in 分."""

from __future__ import annotations

from connectors.xiaoe.models.record import Record
from connectors.xiaoe.values import Fen, Id, Int, Moment


class AfterSale(Record):
    """One case; ``state`` 13 refunded, 14 returned and refunded, see xiaoe §6.7 for the others."""

    id_path = ("aftersale_id",)

    aftersale_id: Id
    order_id: Id
    state: Int = None
    refund_money: Fen = None
    updated_at: Moment = None
