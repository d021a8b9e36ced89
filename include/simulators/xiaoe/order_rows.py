"""An order as list 2.0 writes it: seven blocks, all money in 分.

Keys, types, codes and sums as captured from a live shop (xiaoe §6.4.1, F1-F11).
"""

from __future__ import annotations

from datetime import datetime

from include.simulators.clock import format_time
from include.simulators.xiaoe.call import Call
from include.simulators.xiaoe.dialect import DASHES, NEVER_SHIPPED, Dialect, Json
from include.simulators.xiaoe.shop.records import BUNDLE, PHYSICAL, Order, OrderLine

_REFUND_TEXT = {0: DASHES, 1: "售后中", 2: "部分退款", 3: "全额退款"}  # 1 and 3 invented
_SHIP_TEXT = {0: "待发货", 2: "已发货", 3: "已收货"}  # 2 invented
_NOTHING_TO_SHIP = {"ship_state": 0, "ship_state_desc": "无需发货"}  # invented
_MERCHANTS = {1: "1600000001", 2: "2088000000000001"}  # of WeChat and Alipay
_ONE_GOOD, _BUNDLED = 1, 6  # goods_spu_type
_IN_A_BUNDLE = {"relation_goods_type": 5, "relation_goods_type_desc": "组合商品"}
_IN_NONE = {"relation_goods_type": 0, "relation_goods_type_desc": ""}


def order_row(call: Call, order: Order) -> dict[str, Json]:
    """Write one order."""
    lines = [_line(call, order, line) for line in order.lines]
    if call.settings.lines_at == "good_list":
        goods: dict[str, Json] = {"good_list": lines}
    else:
        goods = {"goods_info": {"goods_list": lines}}
    row = {
        "order_info": _order_info(call, order),
        **goods,
        "buyer_info": _buyer_info(call, order),
        "payment_info": {
            "out_order_id": order.out_order_id,
            "third_order_id": order.transaction_id,
            "sub_merchant_id": _MERCHANTS.get(order.pay_type, "") if order.out_order_id else "",
        },
        "price_info": _price_info(order),
        "promoter_info": _promoter_info(call, order),
        "ship_info": _ship_info(call, order),
    }
    return call.dialect.row(order.order_id, row)


def ship_state(order: Order) -> int:
    """Return 0 nothing to ship, 1 to ship, 2 shipped, 3 received."""
    if not _is_shipped(order) or order.pay_state != 1:
        return 0
    return {2: 1, 3: 2, 4: 3}.get(order.state, 0)


def is_odd(call: Call, order: Order) -> bool:
    """Tell whether this order carries values that no enumeration knows."""
    return call.settings.unknown_enum and order.number % 7 == 0


def _order_info(call: Call, order: Order) -> dict[str, Json]:
    without_id = call.settings.list_promoter in ("hidden", "nickname")
    shared_by = "" if without_id else order.share_user_id
    return {
        "app_id": call.shop.app_id,
        "order_id": order.order_id,
        "trade_id": order.trade_id,
        "user_id": order.user_id,
        "order_type": order.order_type,
        "sub_order_type": 0,
        **_states(call, order),
        **_money(order),
        "refund_time": call.dialect.time(order.refunded_at, f"refund:{order.order_id}"),
        **_summary(call, order),
        "relation_order_id": "",
        "relation_order_appid": "",
        "relation_order_type": 0,
        "share_type": 1 if shared_by else 0,
        "share_user_id": shared_by,
        "ship_way_choose_type": 1 if _is_shipped(order) else 0,
        "use_collection": 2,
        "wx_app_type": order.client_type,
        "distribute_type_bitmap": [1] if shared_by else call.dialect.empty_bitmap(),
        "activity_type_bitmap": [2] if order.coupon else [],
        "order_tag_type": 0,
        "order_remarks": order.remark,
        "created_time": format_time(order.created_at),
        "update_time": format_time(order.updated_at),
    }


def _states(call: Call, order: Order) -> dict[str, Json]:
    def moment(at: datetime | None, name: str) -> str | None:
        return call.dialect.time(at, f"{name}:{order.order_id}")

    paid_at = order.paid_at if order.pay_state == 1 else None  # a zero date where nobody paid
    return {
        "order_state": 9 if is_odd(call, order) else order.state,
        "order_state_time": moment(order.state_at, "state"),
        "pay_state": order.pay_state,
        "pay_state_time": moment(paid_at, "pay"),
        "pay_type": order.pay_type,
        "aftersale_show_state": order.aftersale_state,
        "aftersale_show_state_time": moment(order.aftersale_state_at, "aftersale"),
        "settle_state": order.settle_state,
        "settle_state_time": moment(order.settled_at, "settle"),
        "check_state": 0,
        "order_close_type": order.close_type,
    }


def _money(order: Order) -> dict[str, Json]:
    return {
        "actual_fee": order.actual_fee,
        "goods_original_total_price": order.original_price,
        "discount_amount": order.discount,
        "deduct_amount": 0,
        "modified_amount": 0,
        "freight_original_price": 0,
        "freight_actual_price": 0,
        "refund_fee": order.refund_fee,
    }


def _summary(call: Call, order: Order) -> dict[str, Json]:
    types = dict.fromkeys(call.shop.goods[line.goods_id].spu_type for line in order.lines)
    bundled = any(line.goods_type == BUNDLE for line in order.lines)
    return {
        "goods_name": order.goods_name,
        # of a bundle, its components are counted too (F6)
        "goods_buy_num": sum(line.count for line in order.lines),
        "goods_spu_type": _BUNDLED if bundled else _ONE_GOOD,
        "goods_spu_sub_type": "|".join(types),
        "channel_type": 1 if order.channel_id else 0,
        "channel_bus_id": order.channel_id,
    }


def _line(call: Call, order: Order, line: OrderLine) -> dict[str, Json]:
    goods = call.shop.goods[line.goods_id]
    return {
        "resource_id": line.goods_id,
        "resource_type": 999 if is_odd(call, order) else line.goods_type,
        "spu_id": goods.spu_id,
        "spu_type": goods.spu_type,
        "sku_id": goods.sku_id,
        "sku_spec_code": DASHES,
        "goods_name": line.name,
        "goods_desc": "",
        "goods_image": line.image,
        "goods_sn": DASHES,
        "goods_spec_desc": "规格:1本" if line.goods_type == BUNDLE else "",
        "buy_num": line.count,
        "unit_price": line.unit_price,
        "total_price": line.total,
        **_validity(call, line),
        "refund_state": order.aftersale_state,
        "refund_state_desc": _REFUND_TEXT[order.aftersale_state],
        **_shipping(order, line),
        "check_state": 0,
        "relation_goods_id": line.bundle_id,
        **(_IN_A_BUNDLE if line.bundle_id else _IN_NONE),
        "discounts_info": _discounts(order, line),
    }


def _shipping(order: Order, line: OrderLine) -> dict[str, Json]:
    """Write a line's delivery: 0 to ship, also where closed, 3 received; -1 of a bundle (F9)."""
    if line.goods_type not in {PHYSICAL, BUNDLE}:
        return _NOTHING_TO_SHIP
    state = {3: 2, 4: 3}.get(order.state, 0) if order.pay_state == 1 else 0
    return {
        "ship_state": -1 if line.goods_type == BUNDLE else state,
        "ship_state_desc": _SHIP_TEXT[state],
    }


def _is_shipped(order: Order) -> bool:
    return any(line.goods_type == PHYSICAL for line in order.lines)


def _validity(call: Call, line: OrderLine) -> dict[str, Json]:
    shown = call.settings.list_expiry == "shown" and line.valid_from is not None
    if not shown:
        return {"period_type": 0, **dict.fromkeys(_EXPIRY, DASHES)}
    write = Dialect.expiry
    return {
        "period_type": 1 if line.valid_until else 0,
        "expire_desc": f"{write(line.valid_until)} 到期" if line.valid_until else "长期有效",
        "expire_start": write(line.valid_from),
        "expire_end": write(line.valid_until),
    }


_EXPIRY = ("expire_desc", "expire_start", "expire_end")


def _discounts(order: Order, line: OrderLine) -> dict[str, Json]:
    """Write what coupons take off; it all stands in the first line. A bundle's own is no coupon."""
    taken = order.coupon if line is order.lines[0] else 0
    coupon = {
        "discount_desc": "满减",
        "discount_id": f"cu_{order.trade_id[2:15]}_{order.trade_id[15:23]}",
        "discount_name": "满减券",
        "discount_price": taken,
        "discount_type": "商品优惠券",
    }
    return {
        "discount_amount_total": taken,
        "discount_count": 1 if taken else 0,
        "discount_detail": [coupon] if taken else [],
    }


def _buyer_info(call: Call, order: Order) -> Json:
    if call.settings.empty_objects == "list" and not order.nickname and not order.phone:
        return []
    user = call.shop.users.get(order.user_id)
    return {
        "nickname": order.nickname,
        "avatar_url": f"https://example.invalid/a/{order.user_id}.png",
        "phone_number": order.phone,
        "comment": order.comment,
        "union_id": (user.wx_union_id if user else None) or "",
    }


def _promoter_info(call: Call, order: Order) -> dict[str, Json]:
    told = call.settings.list_promoter
    return {
        "nick_name": order.share_nickname if told in ("filled", "nickname") else "",
        "user_id": order.share_user_id if told == "filled" else "",
    }


def _price_info(order: Order) -> dict[str, Json]:
    return {
        "actual_price": order.actual_fee,
        "origin_price": order.original_price,
        "total_price": order.original_price,
        "freight_price": 0,
        "freight_modified_price": 0,
        "total_modified_amount": 0,
    }


def _ship_info(call: Call, order: Order) -> dict[str, Json]:
    def moment(at: datetime | None, name: str) -> str | None:
        return call.dialect.time(at, f"{name}:{order.order_id}", NEVER_SHIPPED)

    to = order.receiver
    received = order.state_at if order.shipped_at and order.state == 4 else None
    return {
        "receiver": to.name if to else "",
        "phone": to.phone if to else "",
        "province": to.province if to else "",
        "city": to.city if to else "",
        "county": to.county if to else "",
        "detail": to.detail if to else "",
        "company": "顺丰速运" if order.shipped_at else "",
        "express_id": f"SF{order.number:012d}" if order.shipped_at else "",
        "remark": order.comment if to else "",
        "user_id": order.user_id if to else "",
        "ship_time": moment(order.shipped_at, "ship"),
        "confirm_time": moment(received, "confirm"),
        "invalid_time": moment(order.receipt_due, "invalid"),
    }
