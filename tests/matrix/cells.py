"""Which cells of HAP a field of the shop's models may change: anything else is another's business.

Written from the contract with the people who use the app, like the oracle of the pipeline's tests.
"""

from __future__ import annotations

from collections.abc import Mapping

_VALIDITY = "valid_from valid_until"
_TYPED = "name company job_title phone email answers"
_ALL = "*"  # the record is known by another id, or by none

_USER = {
    "user_id": _ALL,
    "user_nickname": "nickname",
    "bind_phone": "phone",
    "collect_phone": "phone",
    "from": "",
    "pay_sum": "total_paid",
    "punch_count": "purchase_count",
    "wx_union_id": "wx_union_id",
    "user_created_at": "registered_at",
    "es_skip": "",
}
CELLS: Mapping[str, Mapping[str, str]] = {
    "order.list": {
        "order_info.order_id": _ALL,
        # validity is told by the buyer's purchases, and there is no buyer then
        "order_info.user_id": f"customer {_VALIDITY}",
        "order_info.order_state": "order_state",
        "order_info.order_state_time": "",
        "order_info.pay_state": f"amount_paid pay_method paid_at {_VALIDITY}",
        "order_info.pay_state_time": "paid_at",
        "order_info.pay_type": "pay_method",
        "order_info.aftersale_show_state": "refund_state",
        "order_info.aftersale_show_state_time": "",
        "order_info.settle_state": "settled_at",
        "order_info.settle_state_time": "settled_at",
        "order_info.actual_fee": "amount_due amount_paid",
        "order_info.goods_original_total_price": "amount_goods",
        "order_info.discount_amount": "amount_discount",
        "order_info.refund_fee": "amount_refunded",
        "order_info.refund_time": "refunded_at",
        "order_info.goods_name": "goods_name",
        "order_info.goods_buy_num": "quantity",
        "order_info.share_user_id": "promoter",
        "order_info.distribute_type_bitmap": "promoter",
        "order_info.created_time": "created_at",
        "order_info.update_time": "source_updated_at",
        "order_info": _ALL,
        "good_list": f"goods columns quantity goods_name {_VALIDITY}",
        "buyer_info": "nickname phone",
        "promoter_info": "promoter",
    },
    "order.detail": {
        "order_info.order_id": "",
        "order_info.created_at": "",
        "order_info.pay_time": "paid_at",
        "order_info.settle_time": "settled_at",
        "order_info": "paid_at settled_at",
        "distribute_info": "promoter",
    },
    "purchase": {"": _VALIDITY},
    "user.list.cursor": _USER,
    "user.by_id": _USER,
    "user.info": {
        "user_id": "",
        "nickname": "nickname",
        "name": "name",
        "phone": "phone",
        "phone_collect": "phone",
        "company": "company",
        "job": "job_title",
        "wx_email": "email",
        "wx_union_id": "wx_union_id",
    },
    "goods.list": {
        # the catalogue knows the good by another id then, and its order tells less
        "resource_id": f"{_ALL} name price list_price sale_status created_at",
        "resource_type": f"{_ALL} goods_type goods",
        "goods_name": "name",
        "goods_img": "cover",
        "price_low": "price",
        "price_line": "list_price",
        "sale_status": "sale_status",
        "created_at": "created_at",
        "updated_at": "",
    },
    "goods.detail": {"": "summary"},
    "goods.relation": {"": "goods"},
    "information.form.result": {
        "id": _ALL,
        "form_id": "form_id",
        "form_name": "form_name",
        "user_id": f"{_ALL} customer {_TYPED}",
        "user_nickname": "",
        "resource_id": "",
        "resource_name": "goods_name",
        "collect_time": "collected_at",
        "extra": _TYPED,
    },
    "information.form": {
        "form_id": f"{_ALL} {_TYPED}",
        "form_name": "",
        "collect_count": "",
    },
}


def cells_of(api: str, path: tuple[str, ...]) -> frozenset[str]:
    """Return the cells that a field may change: those of the longest path that is named."""
    told = CELLS[api]
    for length in range(len(path), -1, -1):
        name = ".".join(path[:length])
        if name in told:
            return frozenset(told[name].split())
    raise KeyError(f"{api} {path} is in no list of cells")
