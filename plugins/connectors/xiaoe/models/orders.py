"""Orders as list 2.0 sends them, the main source (contracts: xiaoe §6.4); all money in 分."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field, model_validator

from connectors.xiaoe.models.bundles import as_bundle
from connectors.xiaoe.models.record import PartlyRead, Record
from connectors.xiaoe.values import (
    Fen,
    Hints,
    Id,
    Int,
    Moment,
    OptionalId,
    Past,
    Person,
    State,
    Text,
    is_nothing,
    to_block,
    to_list,
)

_NAMES_A_GOOD = ("resource_id", "spu_id", "goods_name")


class OrderInfo(PartlyRead):
    """The order itself.

    ``order_state`` is of the 2.0 family: 0 to pay, 1 to be concluded, 2 to ship, 3 shipped,
    4 completed, 5 closed. A refund is no state here: see ``aftersale_show_state``, ``refund_fee``.
    Without an id, a time of creation and one of the last update an order cannot be placed.
    """

    order_id: Id
    user_id: OptionalId = None
    order_state: Int = None
    order_state_time: Moment = None
    pay_state: State = None
    pay_state_time: Moment = None
    pay_type: Int = None
    aftersale_show_state: Int = None
    aftersale_show_state_time: Moment = None
    settle_state: Int = None
    settle_state_time: Moment = None
    actual_fee: Fen = None
    goods_original_total_price: Fen = None
    discount_amount: Fen = None
    refund_fee: Fen = None
    refund_time: Moment = None
    goods_name: Text = None
    goods_buy_num: Int = None
    share_type: Text = None
    share_user_id: Person = None
    distribute_type_bitmap: Hints = Field(default_factory=list)
    created_time: Past
    update_time: Past


class OrderLine(Record):
    """One good of an order; ``expire_start`` and ``expire_end`` are None where nothing ends.

    Of a bundle there is a line for itself and one for each component, whose
    ``relation_goods_type`` says so (contracts: xiaoe §6.4.1, F6).
    """

    _bundle = model_validator(mode="before")(as_bundle)

    resource_id: OptionalId = None
    resource_type: Int = None
    relation_goods_type: Int = None
    buy_num: Int = Field(None, validation_alias=AliasChoices("buy_num", "quantity"))
    goods_name: Text = None
    expire_start: Moment = None
    expire_end: Moment = None


class BuyerInfo(Record):
    """Who bought."""

    nickname: Text = None
    phone_number: Text = None


class PromoterInfo(Record):
    """Who promoted the order; whether the shop fills it is not known (xiaoe §6.4.1, F5)."""

    nick_name: Person = None
    user_id: Person = None


def _to_lines(value: object) -> list[Any]:
    """Return the lines of an order; one that names no good is no line."""
    return [_to_line(line) for line in to_list(value) if line not in ([], {})]


def _to_line(value: object) -> object:
    block = value if isinstance(value, OrderLine) else to_block(value)
    if isinstance(block, dict) and all(is_nothing(block.get(key)) for key in _NAMES_A_GOOD):
        raise ValueError("a line without goods")
    return block


Lines = Annotated[list[OrderLine], BeforeValidator(_to_lines)]


class Order(PartlyRead):
    """One row of order list 2.0."""

    id_path = ("order_info", "order_id")

    order_info: OrderInfo
    good_list: Lines = Field(default_factory=list)
    buyer_info: BuyerInfo = BuyerInfo()
    promoter_info: PromoterInfo = PromoterInfo()

    @property
    def unreadable_fields(self) -> tuple[str, ...]:
        """Return what of the order cannot be read; it must not be written without these.

        A `pay_state` in other words is no such field: it is an unknown one, and counts as unpaid.
        """
        return (
            *(name for name in self.order_info.unreadable if name != "pay_state"),
            *self.unreadable,
        )

    @model_validator(mode="before")
    @classmethod
    def _find_lines(cls, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        """Some answers nest the lines as order detail 2.0 does: ``goods_info.goods_list``."""
        if not isinstance(value, dict) or not is_nothing(value.get("good_list")):
            return value
        nested = to_block(value.get("goods_info"))
        return {**value, "good_list": nested.get("goods_list") if isinstance(nested, dict) else []}
