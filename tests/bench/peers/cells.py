"""From what the shop tells to the cells of two worksheets; the same for every peer."""

from __future__ import annotations

import json
from typing import Any

STATES = ("待付款", "待成交", "待发货", "已发货", "已完成", "已关闭")
REFUNDS = ("无售后", "售后中", "部分退款", "全额退款")
LEGACY_REFUNDS = {8: 1, 10: 3, 11: 2}
ASKED = {
    "姓名": "name",
    "您的称呼": "name",
    "手机号": "phone",
    "手机": "phone",
    "联系电话": "phone",
    "公司名称": "company",
    "公司/单位名称": "company",
    "单位": "company",
    "职位": "job_title",
    "职务": "job_title",
    "岗位": "job_title",
}

Json = dict[str, Any]


def order_cells(row: Json, detail: Json, customer: str | None) -> Json:
    """Return an order's cells from order list 2.0 and its detail; money there is in 分."""
    info = row["order_info"]
    shared = detail.get("distribute_info") or {}
    return {
        "order_id": info["order_id"],
        "order_state": STATES[int(info["order_state"])],
        "refund_state": REFUNDS[int(info["aftersale_show_state"])],
        "amount_paid": int(info["actual_fee"]) / 100 if int(info["pay_state"]) == 1 else 0,
        "amount_refunded": int(info["refund_fee"]) / 100,
        "goods_name": info["goods_name"],
        "created_at": info["created_time"],
        "promoter": shared.get("share_user_nickname") or "",
        "customer": [customer] if customer else [],
    }


def legacy_order_cells(row: Json, detail: Json, customer: str | None) -> Json:
    """Return an order's cells from order list 1.1; `price` is in 元, `refund_money` in 分."""
    state = int(row["order_state"])
    return {
        "order_id": row["order_id"],
        "order_state": STATES[4] if state in {1, *LEGACY_REFUNDS} else STATES[0],
        "refund_state": REFUNDS[LEGACY_REFUNDS.get(state, 0)],
        "amount_paid": float(row["price"]),
        "amount_refunded": int(row["refund_money"] or 0) / 100,
        "goods_name": row["title"],
        "created_at": row["created_time"],
        "promoter": (detail.get("distribute_info") or {}).get("share_user_nickname") or "",
        "customer": [customer] if customer else [],
    }


def customer_cells(user_id: str, info: Json, answers: list[Json]) -> Json:
    """Return a customer's cells from the user's detail and the answered forms, newest first."""
    cells = {
        "user_id": user_id,
        "nickname": info.get("nickname") or "",
        "name": info.get("name") or "",
        "phone": info.get("phone") or "",
        "company": info.get("company") or "",
        "job_title": info.get("job") or "",
    }
    for answer in reversed(answers):
        for question, typed in _typed(answer.get("extra")):
            if question in ASKED and typed:
                cells[ASKED[question]] = typed
    return cells


def _typed(extra: Any) -> list[tuple[str, str]]:
    if isinstance(extra, str):
        extra = json.loads(extra or "[]")
    return [(one["title"], one["value"]) for one in extra or []]
