"""An order as list 2.0 writes it (xiaoe §6.4): six blocks, all money in 分."""

from __future__ import annotations

from datetime import datetime

from include.simulators.clock import format_time
from include.simulators.xiaoe.call import Call
from include.simulators.xiaoe.dialect import DASHES, ZERO_DATE, Dialect, Json
from include.simulators.xiaoe.shop.records import PHYSICAL, Order, OrderLine

_REFUND_TEXT = {0: "", 1: "退款中", 2: "部分退款", 3: "已退款"}
_SHIP_TEXT = {0: "无需发货", 1: "待发货", 2: "已发货", 3: "已收货"}
_SPU = {5: "MEM", 6: "COL", 8: "COL", 21: "PHY", 25: "CMP", 50: "CRS"}  # values invented


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
        },
        "price_info": _price_info(order),
        "ship_info": _ship_info(order),
    }
    return call.dialect.row(order.order_id, row)


def ship_state(order: Order) -> int:
    """Return 0 nothing to ship, 1 to ship, 2 shipped, 3 received."""
    if not any(line.goods_type == PHYSICAL for line in order.lines) or order.pay_state != 1:
        return 0
    return {2: 1, 3: 2, 4: 3}.get(order.state, 0)


def is_odd(call: Call, order: Order) -> bool:
    """Tell whether this order carries values that no enumeration knows."""
    return call.settings.unknown_enum and order.number % 7 == 0


def _order_info(call: Call, order: Order) -> dict[str, Json]:
    return {
        "app_id": call.shop.app_id,
        "order_id": order.order_id,
        "trade_id": f"t_{order.number:010d}",
        "user_id": order.user_id,
        "order_type": order.order_type,
        "sub_order_type": 0,
        **_states(call, order),
        **_money(order),
        "refund_time": call.dialect.time(order.refunded_at, f"refund:{order.order_id}"),
        **_summary(order),
        "relation_order_id": "",
        "relation_order_appid": "",
        "relation_order_type": 0,
        "share_type": 1 if order.share_user_id else 0,
        "share_user_id": order.share_user_id,
        "ship_way_choose_type": 0,
        "use_collection": 0,
        "wx_app_type": order.client_type,
        "distribute_type_bitmap": [1] if order.share_user_id else None,
        "activity_type_bitmap": [3] if order.discount else [],
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


def _summary(order: Order) -> dict[str, Json]:
    first = order.lines[0]
    return {
        "goods_name": first.name,
        "goods_buy_num": sum(line.count for line in order.lines),
        "goods_spu_type": first.goods_type,
        "goods_spu_sub_type": 0,
        "channel_type": 0,
        "channel_bus_id": "",
    }


def _line(call: Call, order: Order, line: OrderLine) -> dict[str, Json]:
    refunded = {0: 0, 1: 1, 2: 1, 3: 2}[order.aftersale_state]
    shipping = ship_state(order)
    return {
        "resource_id": line.goods_id,
        "resource_type": 999 if is_odd(call, order) else line.goods_type,
        "spu_id": line.goods_id,
        "spu_type": _SPU.get(line.goods_type, "CMN"),
        "sku_id": f"SKU_CMN_{line.goods_id[-8:]}",
        "sku_spec_code": "",
        "goods_name": line.name,
        "goods_desc": "",
        "goods_image": line.image,
        "goods_sn": DASHES,
        "goods_spec_desc": "",
        "buy_num": line.count,
        "unit_price": line.unit_price,
        "total_price": line.total,
        **_validity(call, line),
        "refund_state": refunded,
        "refund_state_desc": _REFUND_TEXT[order.aftersale_state],
        "ship_state": shipping,
        "ship_state_desc": _SHIP_TEXT[shipping],
        "check_state": 0,
        "discounts_info": _discounts(order),
    }


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


def _discounts(order: Order) -> dict[str, Json]:
    coupon = {
        "discount_desc": "优惠券",
        "id": f"cu_{order.number}",
        "name": "满减券",
        "type": 1,
        "price": order.discount,
    }
    return {
        "discount_amount_total": order.discount,
        "discount_count": 1 if order.discount else 0,
        "discount_detail": [coupon] if order.discount else [],
    }


def _buyer_info(call: Call, order: Order) -> Json:
    if not order.nickname and not order.phone:
        return call.dialect.empty_object(f"buyer:{order.order_id}")
    return {
        "nickname": order.nickname,
        "avatar_url": f"https://example.invalid/a/{order.user_id}.png",
        "phone_number": order.phone,
        "comment": "",
    }


def _price_info(order: Order) -> dict[str, Json]:
    return {
        "actual_price": order.actual_fee,
        "origin_price": order.original_price,
        "total_price": order.original_price,
        "freight_price": 0,
        "freight_modified_price": 0,
        "goods_modified_amount": 0,
        "total_modified_amount": 0,
    }


def _ship_info(order: Order) -> dict[str, Json]:
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
        "remark": "",
        "user_id": order.user_id if to else "",
        "ship_time": format_time(order.shipped_at) if order.shipped_at else "",
        "confirm_time": format_time(received) if received else "",
        "invalid_time": ZERO_DATE,
    }
