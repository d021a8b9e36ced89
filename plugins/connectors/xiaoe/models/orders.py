"""Orders as list 2.0 sends them, the main source (contracts: xiaoe §6.4); all money in 分."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field, model_validator

from connectors.xiaoe.models.bundles import as_bundle
from connectors.xiaoe.models.record import Record
from connectors.xiaoe.values import (
    Fen,
    Id,
    Int,
    Ints,
    Moment,
    Person,
    Text,
    to_block,
    to_int,
    to_list,
)

SUMS = ("actual_fee", "goods_original_total_price", "discount_amount", "refund_fee")


def _is_sum(value: object) -> bool:
    try:
        to_int(value)
    except ValueError:
        return False
    return True


class OrderInfo(Record):
    """The order itself.

    ``order_state`` is of the 2.0 family: 0 to pay, 1 to be concluded, 2 to ship, 3 shipped,
    4 completed, 5 closed. A refund is no state here: see ``aftersale_show_state``, ``refund_fee``.
    ``unreadable`` names the sums that are no whole number of 分: one bad row must not keep the
    other orders of its page from being read, and its own sums must not be believed.
    """

    app_id: Text = None
    order_id: Id
    trade_id: Text = None
    user_id: Text = None
    order_type: Int = None
    sub_order_type: Int = None
    order_state: Int = None
    order_state_time: Moment = None
    pay_state: Int = None
    pay_state_time: Moment = None
    pay_type: Int = None
    aftersale_show_state: Int = None
    aftersale_show_state_time: Moment = None
    settle_state: Int = None
    settle_state_time: Moment = None
    check_state: Int = None
    order_close_type: Int = None
    actual_fee: Fen = None
    goods_original_total_price: Fen = None
    discount_amount: Fen = None
    deduct_amount: Fen = None
    modified_amount: Fen = None
    freight_original_price: Fen = None
    freight_actual_price: Fen = None
    refund_fee: Fen = None
    refund_time: Moment = None
    goods_name: Text = None
    goods_buy_num: Int = None
    goods_spu_type: Text = None
    goods_spu_sub_type: Text = None
    channel_type: Text = None
    channel_bus_id: Text = None
    relation_order_id: Text = None
    relation_order_appid: Text = None
    relation_order_type: Int = None
    share_type: Int = None
    share_user_id: Person = None
    use_collection: Int = None
    wx_app_type: Int = None
    distribute_type_bitmap: Ints = Field(default_factory=list)
    activity_type_bitmap: Ints = Field(default_factory=list)
    order_remarks: Text = None
    created_time: Moment = None
    update_time: Moment = None
    unreadable: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _note_unreadable(cls, data: Any) -> Any:  # noqa: ANN401 - any JSON value
        if not isinstance(data, Mapping):
            return data
        bad = tuple(name for name in SUMS if not _is_sum(data.get(name)))
        return {**data, **dict.fromkeys(bad), "unreadable": bad}


class OrderLine(Record):
    """One good of an order; ``expire_start`` and ``expire_end`` are None where nothing ends.

    Of a bundle there is a line for itself and one for each component, whose
    ``relation_goods_type`` says so (contracts: xiaoe §6.4.1, F6).
    """

    _bundle = model_validator(mode="before")(as_bundle)

    resource_id: Text = None
    resource_type: Int = None
    relation_goods_type: Int = None
    spu_id: Text = None
    spu_type: Text = None
    sku_id: Text = None
    goods_name: Text = None
    goods_image: Text = None
    buy_num: Int = Field(None, validation_alias=AliasChoices("buy_num", "quantity"))
    unit_price: Fen = None
    total_price: Fen = Field(None, validation_alias=AliasChoices("total_price", "sub_total"))
    period_type: Int = None
    expire_desc: Text = None
    expire_start: Moment = None
    expire_end: Moment = None
    refund_state: Int = None
    ship_state: Int = None
    check_state: Int = None


class BuyerInfo(Record):
    """Who bought."""

    nickname: Text = None
    avatar_url: Text = None
    phone_number: Text = None
    comment: Text = None


class PromoterInfo(Record):
    """Who promoted the order; whether the shop fills it is not known (xiaoe §6.4.1, F5)."""

    nick_name: Person = None
    user_id: Person = None


class PaymentInfo(Record):
    """Numbers of the payment; ``third_order_id`` is that of the payment channel."""

    out_order_id: Text = None
    third_order_id: Text = Field(
        None, validation_alias=AliasChoices("third_order_id", "transaction_id")
    )


class PriceInfo(Record):
    """Sums of the order."""

    actual_price: Fen = None
    origin_price: Fen = None
    total_price: Fen = None
    freight_price: Fen = None
    freight_modified_price: Fen = None
    goods_modified_amount: Fen = None
    total_modified_amount: Fen = None


class ShipInfo(Record):
    """Delivery of physical goods; the receiver can be masked by the vendor."""

    receiver: Text = None
    phone: Text = None
    province: Text = None
    city: Text = None
    county: Text = None
    detail: Text = None
    company: Text = None
    express_id: Text = None
    remark: Text = None
    ship_time: Moment = None
    confirm_time: Moment = None
    invalid_time: Moment = None


class Order(Record):
    """One row of order list 2.0."""

    order_info: OrderInfo
    good_list: Annotated[list[OrderLine], BeforeValidator(to_list)] = Field(default_factory=list)
    buyer_info: BuyerInfo = BuyerInfo()
    payment_info: PaymentInfo = PaymentInfo()
    price_info: PriceInfo = PriceInfo()
    ship_info: ShipInfo = ShipInfo()
    promoter_info: PromoterInfo = PromoterInfo()

    @model_validator(mode="before")
    @classmethod
    def _find_lines(cls, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        """Some answers nest the lines as order detail 2.0 does: ``goods_info.goods_list``."""
        if not isinstance(value, dict) or value.get("good_list") is not None:
            return value
        nested = to_block(value.get("goods_info"))
        return {**value, "good_list": nested.get("goods_list") if isinstance(nested, dict) else []}
