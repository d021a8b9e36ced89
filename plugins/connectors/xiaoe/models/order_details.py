"""Orders as the 1.x interfaces send them: list 1.1 and detail 1.0 (contracts: xiaoe §6.3, §6.5).

They name an order, its times and its promoter. Their sums and states are not read: ``price`` is in
元 here and in 分 in list 2.0, and the numbers of ``order_state`` mean something else (xiaoe §10.2).
"""

from __future__ import annotations

from connectors.xiaoe.models.record import Record
from connectors.xiaoe.values import Id, Int, Moment, OptionalId, Past, Person


class LegacyOrder(Record):
    """A row of order list 1.1."""

    id_path = ("order_id",)

    order_id: Id
    user_id: OptionalId = None
    resource_type: Int = None
    resource_id: OptionalId = None
    created_time: Past


class DetailOrderInfo(Record):
    """``order_info`` of order detail 1.0."""

    order_id: Id
    created_at: Moment = None
    pay_time: Moment = None
    settle_time: Moment = None


class DistributeInfo(Record):
    """Who promoted the order."""

    share_user_id: Person = None
    share_user_nickname: Person = None


class OrderDetail(Record):
    """Order detail 1.0; it has no update time."""

    order_info: DetailOrderInfo
    distribute_info: DistributeInfo = DistributeInfo()

    @classmethod
    def empty(cls, order_id: str) -> OrderDetail:
        """Return the detail of an order of which nothing was asked, or nothing is told."""
        return cls(order_info=DetailOrderInfo(order_id=order_id))
