"""Orders as the 1.x interfaces send them: list 1.1 and detail 1.0 (contracts: xiaoe §6.3, §6.5).

Two traps: ``price`` is in 元 here and in 分 in list 2.0, and the numbers of ``order_state`` are of
another family (1 paid, 3 refunded, 6 expired, 7 cancelled, 8 to 11 refunds; xiaoe §10.2).
"""

from __future__ import annotations

from pydantic import Field

from connectors.xiaoe.models.record import Record
from connectors.xiaoe.values import Fen, Id, Int, Ints, Moment, Person, Text, Yuan


class LegacyOrder(Record):
    """A row of order list 1.1; that ``coupon_price``, ``refund_money`` are 分 is unverified."""

    order_id: Id
    user_id: Text = None
    resource_type: Int = None
    resource_id: Text = None
    title: Text = None
    count: Int = None
    price: Yuan = None
    coupon_id: Text = None
    coupon_name: Text = None
    coupon_price: Fen = None
    order_state: Int = None
    ship_state: Int = None
    sales_state: Int = None
    after_sales_state: Int = None
    pay_way: Int = None
    out_order_id: Text = None
    transaction_id: Text = None
    created_time: Moment = None
    pay_time: Moment = None
    refund_time: Moment = None
    settle_time: Moment = None
    refund_money: Fen = None
    order_type: Ints = Field(default_factory=list)
    discount_price: Fen = None


class DetailOrderInfo(Record):
    """``order_info`` of order detail 1.0; ``order_type`` is a label here, such as 普通订单."""

    order_id: Id
    app_id: Text = None
    content_app_id: Text = None
    user_id: Text = None
    pay_way: Int = None
    pay_way_desc: Text = None
    payment_type: Int = None
    resource_type: Int = None
    resource_type_name: Text = None
    purchase_name: Text = None
    img_url: Text = None
    count: Int = None
    price: Yuan = None
    order_state: Int = None
    ship_state: Int = None
    sales_state: Int = None
    sales_state_name: Text = None
    out_order_id: Text = None
    transaction_id: Text = None
    settle_status: Int = None
    created_at: Moment = None
    pay_time: Moment = None
    settle_time: Moment = None
    refund_money: Yuan = None
    order_type: Text = None
    username: Text = None
    phone: Text = None
    channel_info: Text = None
    closure_reason: Text = None


class DistributeInfo(Record):
    """Who promoted the order; the unit of the prices is not documented."""

    share_user_id: Person = None
    share_user_nickname: Person = None
    distribute_price: Yuan = None
    superior_distribute_user_id: Text = None
    superior_distribute_user_nickname: Text = None
    superior_distribute_price: Yuan = None


class OrderDetail(Record):
    """Order detail 1.0; it has no update time."""

    order_info: DetailOrderInfo
    distribute_info: DistributeInfo = DistributeInfo()
