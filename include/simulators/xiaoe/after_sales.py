"""After-sale list: `xe.ecommerce.after_sale.list/1.0.0` (xiaoe §6.7). Its total is `row_count`."""

from __future__ import annotations

from datetime import datetime, timedelta

from include.simulators.clock import format_time
from include.simulators.xiaoe.call import Call
from include.simulators.xiaoe.dialect import Json
from include.simulators.xiaoe.pages import Page, Paging, listing, of_sequence
from include.simulators.xiaoe.shop.records import AfterSale
from include.simulators.xiaoe.windows import DAY

NEVER = "-0001-11-30 00:00:00"  # MySQL's zero date after a zone conversion
_TEXT = {2: "商家处理中", 4: "商家拒绝退款", 13: "退款完成"}
# the filter's own numbers → states of the rows
_SALES_STATES = {1: {0, 2}, 2: {13, 14}, 6: {2, 11}, 3: {1}}


def list_after_sales(call: Call) -> Json:
    """Answer one page of after-sales, newest first."""
    page = _page(call)
    start, end = _range(call)
    chosen = [
        sale
        for sale in call.shop.after_sales.values()
        if _in_range(call, sale, start, end) and _matches(call, sale)
    ]
    chosen.sort(key=lambda sale: (sale.created_at, sale.number), reverse=True)
    return listing(call, page, len(chosen), of_sequence(chosen), _row, total_key="row_count")


def _page(call: Call) -> Page:
    # the page says page_index, a client sends page: the settings know which one counts
    known = call.settings.after_sale_page_key
    key = known if known != "both" else ("page_index" if call.text("page_index") else "page")
    return Paging(key=key, max_size=call.settings.after_sale_max_page).read(call)


def _range(call: Call) -> tuple[datetime, datetime]:
    first, separator, last = call.required("created_at").partition("||")
    if not separator:
        raise call.bad_parameter("created_at")
    start, end = (call.moment("created_at", text.strip()) for text in (first, last))
    return start, end + DAY - timedelta(seconds=1)


def _in_range(call: Call, sale: AfterSale, start: datetime, end: datetime) -> bool:
    column = call.text("date_type") or "created_at"
    times = {
        "created_at": sale.created_at,
        "apply_time": sale.created_at,
        "updated_at": sale.updated_at,
        "refund_time": sale.refunded_at,
    }
    if column not in times:
        raise call.bad_parameter("date_type")
    moment = times[column]
    return moment is not None and start <= moment <= end


def _matches(call: Call, sale: AfterSale) -> bool:
    state = call.number("sales_state", -1)
    exact = {
        "order_id": sale.order_id,
        "aftersale_id": sale.aftersale_id,
        "order_user_id": sale.user_id,
    }
    return (state in {None, -1} or sale.state in _SALES_STATES.get(state or 0, set())) and all(
        call.text(name) in {"", value} for name, value in exact.items()
    )


def _row(call: Call, sale: AfterSale) -> dict[str, Json]:
    order = call.shop.orders.current.get(sale.order_id)
    lines = order.lines if order else ()
    row = {
        "aftersale_id": sale.aftersale_id,
        "order_id": sale.order_id,
        "state": sale.state,
        "state_str": _TEXT.get(sale.state, ""),
        "state_reason": "商家主动发起售后",
        "sale_type": 1,
        "sale_type_name": "退款",
        "apply_refund_money": sale.amount,
        "refund_money": sale.amount if sale.refunded_at else 0,
        "actual_fee": order.actual_fee if order else 0,
        "original_price": order.original_price if order else 0,
        "reason": sale.reason,
        "remark": "",
        "merchant_remark": "",
        "created_at": format_time(sale.created_at),
        "updated_at": format_time(sale.updated_at),
        "invalid_time": format_time(sale.created_at + 7 * DAY),
        "state_invalid_time": NEVER,
        "nick_name": order.nickname if order else "",
        "goods_name": lines[0].name if lines else "",
        "img_url": lines[0].image if lines else "",
        "sku_id": "",
        "sku_info": None,
        "use_collection": 0,
        "goods_list": [
            {
                "goods_name": line.name,
                "img_url": line.image,
                "buy_num": line.count,
                "goods_price": line.unit_price,
                "sku_info": None,
                "goods_tag": "",
                "resource_type": line.goods_type,
                "single_type": 0,
            }
            for line in lines
        ],
    }
    return call.dialect.row(sale.aftersale_id, row)
