"""The vendor's numbers in words; a number nobody documented stays readable as `未知(n)`.

Source: contracts: xiaoe §6.4, §10.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_UNNAMED = re.compile(r"未知\(-?\d+\)")
COLUMN_TYPES = frozenset({5, 6, 8, 25, 50})  # 会员 专栏 大专栏 训练营 课程

RESOURCE_TYPES: Mapping[int, str] = {
    0: "无",
    1: "图文",
    2: "音频",
    3: "视频",
    4: "直播",
    5: "会员",
    6: "专栏",
    7: "社群",
    8: "大专栏",
    9: "活动",
    11: "活动门票",
    16: "打卡",
    20: "电子书",
    21: "实物商品",
    23: "超级会员",
    25: "训练营",
    29: "线下课",
    31: "小班课",
    34: "练习",
    35: "班课",
    37: "大班课",
    41: "付费优惠券",
    42: "课包",
    45: "AI互动课",
    46: "付费问答",
    47: "答主",
    50: "课程",
    68: "服务",
    69: "组合商品",
    71: "外部链接",
    21001: "购物车",
}

ORDER_STATES: Mapping[int, str] = {
    0: "待付款",
    1: "待成交",
    2: "待发货",
    3: "已发货",
    4: "已完成",
    5: "已关闭",
}

REFUND_STATES: Mapping[int, str] = {0: "无售后", 1: "售后中", 2: "部分退款", 3: "全额退款"}

PAY_TYPES: Mapping[int, str] = {
    -1: "无需支付",
    1: "微信",
    2: "支付宝",
    3: "线下支付",
    4: "百度支付",
    8: "虚拟币",
    9: "花呗",
}

SALE_STATUSES: Mapping[int, str] = {0: "下架", 1: "在售", 2: "待上架"}


def label(table: Mapping[int, str], number: int | None) -> str | None:
    """Return the word for a vendor's number; `未知(n)` for one that is not in the table."""
    if number is None:
        return None
    return table.get(number, f"未知({number})")


def is_unnamed(word: str) -> bool:
    """Tell whether a word stands for a number that no table explained when it was written."""
    return word.startswith("未") and _UNNAMED.fullmatch(word) is not None
