"""Purchases: `xe.resource.purchase.get/1.0.0` (xiaoe §7).

Only the request is known, from client code. Every response shape here is invented; the settings
offer several, so that a client cannot depend on one.
"""

from __future__ import annotations

from datetime import datetime

from include.simulators.clock import format_time
from include.simulators.xiaoe.call import ApiError, Call
from include.simulators.xiaoe.dialect import ZERO_DATE, Json
from include.simulators.xiaoe.pages import Page, Paging, beyond, listing, of_sequence
from include.simulators.xiaoe.shop.records import COLUMN_TYPES, Purchase

_PAGING = Paging(key="page_index", default_size=10, max_size=50)
_NO_EXPIRY: dict[str, str | None] = {
    "null": None,
    "empty": "",
    "zero": ZERO_DATE,
    "text": "长期有效",
}


def list_purchases(call: Call) -> Json:
    """Answer one page of a user's rights, newest first."""
    if not call.text("user_id"):
        raise ApiError(2009)
    settings = call.settings
    page = _PAGING.read(call)
    shown = beyond(call, page, settings.purchase_depth_cap, "empty") or Page(page.number, 0, 0)
    chosen = [purchase for purchase in _of_user(call) if _matches(call, purchase)]
    descending = not call.text("order_by").endswith(":asc")
    chosen.sort(key=lambda p: (p.created_at, p.number), reverse=descending)
    body = listing(
        call, shown, len(chosen), of_sequence(chosen), _row, list_key=settings.purchase_list_key
    )
    if not settings.purchase_total:
        body.pop("total", None)
    return body


def _of_user(call: Call) -> list[Purchase]:
    numbers = call.shop.purchases_of_user.get(call.text("user_id"), [])
    return [call.shop.purchases[number] for number in numbers]


def _matches(call: Call, purchase: Purchase) -> bool:
    kind, start, end = call.number("resource_type"), call.time("begin_time"), call.time("end_time")
    return (
        call.text("product_id") in {"", purchase.goods_id}
        and call.text("payment_type") in {"", str(_payment_type(purchase))}
        and (kind is None or kind == purchase.goods_type)
        and (start is None or purchase.created_at >= start)
        and (end is None or purchase.created_at <= end)
        and not (purchase.deleted and call.settings.purchase_deleted == "hidden")
    )


def _payment_type(purchase: Purchase) -> int:
    return 3 if purchase.goods_type in COLUMN_TYPES else 2


def _row(call: Call, purchase: Purchase) -> dict[str, Json]:
    wanted = call.settings.purchase_id_key
    keys = ("resource_id", "product_id") if wanted == "both" else (wanted,)
    row = {
        "id": purchase.number,
        "user_id": purchase.user_id,
        **dict.fromkeys(keys, purchase.goods_id),
        "resource_type": purchase.goods_type,
        "payment_type": _payment_type(purchase),
        "title": purchase.title,
        "price": purchase.price,
        "created_at": format_time(purchase.created_at),
        **_expiry(call, purchase),
        "is_deleted": 1 if purchase.deleted else 0,
    }
    return call.dialect.row(f"purchase:{purchase.number}", row)


def _expiry(call: Call, purchase: Purchase) -> dict[str, Json]:
    key = call.settings.purchase_expiry
    if key != "period":
        return {key: _end(call, purchase.valid_until)}
    if purchase.valid_until is None:
        return {"period_type": 0, "period": 0}
    seconds = int((purchase.valid_until - purchase.created_at).total_seconds())
    return {"period_type": 2, "period": seconds}


def _end(call: Call, until: datetime | None) -> str | None:
    if until is None:
        return _NO_EXPIRY[call.settings.purchase_no_expiry]
    return format_time(until)
