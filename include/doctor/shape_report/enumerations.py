"""Which values may be shown as they came: sentinels, codes of enumerations, labels of a list.

A sentinel is a fixed text or number that says "nothing". A code is a whole number of few digits
under a key that the vendors' documents enumerate (contracts: xiaoe §10, hap §4.4).
"""

from __future__ import annotations

import re

from connectors.mingdao.field_types import NAME_BY_CODE
from include.destination.sheets.worksheets import WORKSHEETS

_CODE_KEYS = """
order_type sub_order_type order_state order_state_type pay_state pay_type pay_way payment_type
aftersale_show_state after_sale_show_state after_sales_state settle_state settle_status
check_state order_close_type sales_state sale_type goods_spu_type channel_type relation_order_type
relation_goods_type share_type use_collection wx_app_type ship_way_choose_type ship_state
order_tag_type refund_state refund_type period_type resource_type goods_type single_type
collection_way client_type team_buy_state sale_status sell_type state is_deleted is_display
is_stop_sell is_forbid is_goods_package is_timing_sale has_distribute distribution_pattern
limit_purchase is_repeat synchronization distribute_type_bitmap activity_type_bitmap type subType
precision isTitle
"""
_CODES = frozenset(_CODE_KEYS.split())
# Three digits are no phone, no sum that tells anybody, and no code that somebody was sent.
_CODE = re.compile(r"-?[0-9]{1,3}|21001")
_LABEL_TEXT = """
success ok OK 操作成功 请求成功 成功 -- 长期有效 待发货 已发货 已收货 无需发货 部分退款 全额退款
已退款 退款完成 退款 退货退款 仅退款 普通订单 满减 优惠券 商品优惠券 限时折扣 会员折扣 其他 微信
支付宝 ENT COP CMN COL COP|ENT ENT|COP input text textarea radio checkbox select phone email date
image file number string true false
"""
OUR_LABELS = frozenset(
    option for sheet in WORKSHEETS for field in sheet.fields for option in field.options
)
LABELS = frozenset((*_LABEL_TEXT.split(), *NAME_BY_CODE.values(), *OUR_LABELS))
_NOTHING = frozenset({"", "--", "-", "null", "NULL", "无", "undefined", "[]", "{}"})
_ALSO_NOTHING = frozenset({"0", "-1", "false", "N/A", "n/a"})
_ZERO_DATE = re.compile(r"-?000[01]-\d{2}-\d{2}( \d{2}:\d{2}:\d{2})?")
_FIRST_DAYS = frozenset({"1970-01-01 08:00:00", "1970-01-01 00:00:00", "2000-01-01 00:00:00"})


def is_blank(value: object) -> bool:
    """Tell whether a value says nothing, whatever its field means."""
    if isinstance(value, str):
        return value in _NOTHING or _is_no_date(value)
    return value in (None, [], {})


def may_be_shown(key: str, value: object) -> bool:
    """Tell whether a value under a key is a sentinel, or of an enumeration."""
    if value in (None, [], {}) or isinstance(value, bool):
        return True
    if isinstance(value, str):
        fixed = value in _NOTHING or value in _ALSO_NOTHING or value in LABELS
        return fixed or _is_no_date(value) or _is_code(key, value)
    return isinstance(value, int) and (value in (0, -1) or _is_code(key, str(value)))


def _is_no_date(text: str) -> bool:
    return text in _FIRST_DAYS or bool(_ZERO_DATE.fullmatch(text))


def _is_code(key: str, value: str) -> bool:
    return key in _CODES and bool(_CODE.fullmatch(value))
