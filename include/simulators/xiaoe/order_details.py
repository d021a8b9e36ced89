"""One order: `xe.order.detail/1.0.0` in 元 and 1.x states, `xe.ecommerce.order.detail/1.0.0` in 分.

Neither carries an update time (xiaoe §6.5, §6.6). A detail shows a change at once, a list perhaps
later.
"""

from __future__ import annotations

from include.simulators.clock import format_time
from include.simulators.xiaoe.call import ApiError, Call
from include.simulators.xiaoe.dialect import Json
from include.simulators.xiaoe.money import yuan
from include.simulators.xiaoe.order_rows import ship_state
from include.simulators.xiaoe.orders_legacy import PAY_WAYS, legacy_state, sales_state
from include.simulators.xiaoe.shop.records import AfterSale, Order, OrderLine

_TYPE_TEXT = {1: "普通订单", 2: "导入订单", 3: "渠道采购订单", 4: "兑换订单"}
_SALES_TEXT = {-1: "", 1: "部分退款", 2: "全额退款"}


def detail_1_0(call: Call) -> Json:
    """Answer the detail that the promoter comes from."""
    order = _order(call)
    key = order.order_id
    return {
        "order_info": call.dialect.row(key, _order_info(call, order)),
        "distribute_info": _distribute_info(call, order),
        "student_info": call.dialect.empty_object(f"student:{key}"),
        "after_sale_list": [
            {"aftersale_id": sale.aftersale_id, "refund_money": sale.amount}
            for sale in _after_sales(call, order)
        ],
        "dhs_info": call.dialect.empty_object(f"dhs:{key}"),
    }


def detail_2_0(call: Call) -> Json:
    """Answer the detail that refunds are listed in; most blocks say whether they loaded."""
    order = _order(call)
    return {
        "buyer_info": _loaded(
            user_id=order.user_id,
            nickname=order.nickname,
            avatar_url="",
            phone_number=order.phone,
            info_collect_phone_number="",
            comment="",
        ),
        "goods_info": _loaded(goods_list=[_line(call, order, line) for line in order.lines]),
        "order_info": _loaded(**_order_info_2_0(call, order)),
        "payment_info": _loaded(
            out_order_id=order.out_order_id, transaction_id=order.transaction_id
        ),
        "price_info": _loaded(
            gross_total=order.original_price,
            goods_total_count=sum(line.count for line in order.lines),
            goods_modified_amount=0,
            shipment_fee=0,
            shipment_modified_amount=0,
            total_modified_amount=0,
            collectibles=order.actual_fee,
            earned_revenue=order.actual_fee - order.refund_fee,
        ),
        "internal_extra_info": _loaded(refund_info=_refund_info(call, order)),
        "invoice_info": call.dialect.empty_object(f"invoice:{order.order_id}"),
        "third_party_info": call.dialect.empty_object(f"third:{order.order_id}"),
    }


def _order(call: Call) -> Order:
    order = call.shop.orders.current.get(call.required("order_id"))
    if order is None:
        raise ApiError(call.settings.order_not_found_code, "订单不存在")
    return order


def _after_sales(call: Call, order: Order) -> list[AfterSale]:
    ids = call.shop.after_sales_of_order.get(order.order_id, [])
    return [call.shop.after_sales[aftersale_id] for aftersale_id in ids]


def _order_info(call: Call, order: Order) -> dict[str, Json]:
    line, key, write = order.lines[0], order.order_id, call.dialect.time
    return {
        "app_id": call.shop.app_id,
        "content_app_id": None,
        "order_id": key,
        "user_id": order.user_id,
        "pay_way": PAY_WAYS.get(order.pay_type, 0),
        "payment_type": 3 if line.goods_type in {5, 6, 8, 25} else 2,
        "resource_type": line.goods_type,
        "count": line.count,
        "purchase_name": order.goods_name,
        "img_url": line.image,
        "price": yuan(order.actual_fee),
        "order_state": legacy_state(call, order),
        "ship_state": ship_state(order),
        "sales_state": sales_state(order),
        "sales_state_name": _SALES_TEXT[sales_state(order)],
        "out_order_id": order.out_order_id,
        "transaction_id": order.transaction_id,
        "wx_app_type": order.client_type,
        "use_collection": 0,
        "settle_status": order.settle_state,
        "created_at": format_time(order.created_at),
        "pay_time": write(order.paid_at, f"pay:{key}"),
        "settle_time": write(order.settled_at, f"settle:{key}"),
        # null beside a full refund, as in the official sample
        "refund_money": order.refund_fee if order.aftersale_state == 2 else None,
        "order_type": _TYPE_TEXT[order.order_type],
        "discount_type": [],
        "discount_arr": [],
        "shop_name": "示例小店",
        "username": order.nickname,
        "phone": order.phone,
        "wx_avatar": "",
        **_shipping(order),
        "parcel_data": [],
        "express_detail": [],
    }


def _shipping(order: Order) -> dict[str, Json]:
    to = order.receiver
    return {
        "ship_receiver": to.name if to else "",
        "ship_phone": to.phone if to else "",
        "ship_address": f"{to.province}{to.city}{to.county}{to.detail}" if to else "",
        "ship_remark": order.remark,
        "ship_company": "顺丰速运" if order.shipped_at else "",
        "ship_express_id": f"SF{order.number:012d}" if order.shipped_at else "",
    }


def _distribute_info(call: Call, order: Order) -> Json:
    if not order.share_user_id:
        return call.dialect.empty_object(f"distribute:{order.order_id}")
    return {
        "share_user_id": order.share_user_id,
        "share_user_nickname": order.share_nickname,
        "distribute_price": yuan(order.actual_fee // 10),
        "superior_distribute_user_id": "",
        "superior_distribute_user_nickname": "",
        "superior_distribute_price": "0.00",
    }


def _loaded(**fields: Json) -> dict[str, Json]:
    return {"has_result": True, **fields}


def _line(call: Call, order: Order, line: OrderLine) -> dict[str, Json]:
    # money of the order is spread by price, the rest of the rounding stays with the first line
    return {
        "resource_id": line.goods_id,
        "resource_type": line.goods_type,
        "sku_id": call.shop.goods[line.goods_id].sku_id,
        "goods_name": line.name,
        "quantity": line.count,
        "unit_price": line.unit_price,
        "sub_total": line.total,
        "actual_fee": _share(order, line, order.actual_fee),
        "refund_amount": _share(order, line, order.refund_fee),
        "refundable_amount": _share(order, line, order.actual_fee - order.refund_fee),
        "refund_state": order.aftersale_state,
        "period_type": 1 if line.valid_until else 0,
        "paid_coupon_info": [],
        "discounts_info": {"coupons_list": [], "discounts_list": [], "no_coupon_list": []},
    }


def _share(order: Order, line: OrderLine, amount: int) -> int:
    if not order.original_price:
        return 0
    shares = [amount * item.total // order.original_price for item in order.lines]
    position = order.lines.index(line)
    return shares[position] + (amount - sum(shares) if position == 0 else 0)


def _order_info_2_0(call: Call, order: Order) -> dict[str, Json]:
    key, write = order.order_id, call.dialect.time
    return {
        "order_id": key,
        "user_id": order.user_id,
        "order_type": order.order_type,
        "order_state": order.state,
        "order_close_type": order.close_type,
        "order_create_time": format_time(order.created_at),
        "order_pay_time": write(order.paid_at, f"pay:{key}"),
        "order_settle_time": write(order.settled_at, f"settle:{key}"),
        "settle_state": order.settle_state,
        "after_sale_show_state": order.aftersale_state,
    }


def _refund_info(call: Call, order: Order) -> dict[str, Json]:
    records = [
        {
            "after_sale_id": sale.aftersale_id,
            "refund_amount": sale.amount,
            "refund_state": 2,
            "refund_time": format_time(sale.refunded_at),
            "refund_type": 1 if sale.full else 2,
            "is_delete_purchase": 1 if sale.full else 0,
            "operator": "示例店员",
            "remark": "",
        }
        for sale in _after_sales(call, order)
        if sale.refunded_at is not None
    ]
    return _loaded(refund_records=records)
