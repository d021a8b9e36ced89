"""Goods: list 4.0.0, a column's contents, details 3.0.0 and 4.0.0 (xiaoe §5).

`sale_status` 1 means "on sale" in 4.0.0 and "off sale" in 3.0.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from include.simulators.clock import format_time
from include.simulators.xiaoe.call import ApiError, Call
from include.simulators.xiaoe.dialect import Json
from include.simulators.xiaoe.pages import Page, Paging, beyond, listing, of_sequence
from include.simulators.xiaoe.shop.records import BUNDLE, COLUMN_TYPES, Goods
from include.simulators.xiaoe.windows import DAY, bounded

_PAGING = Paging(default_size=10, max_size=100, always_clamps=True)
_DETAIL_TYPES = {1, 2, 3, 4, 5, 6, 8, 20}
_RELATION_TYPES = {5, 6, 8}
_SALE_FILTER = {1: {1}, 0: {0}, 2: {2}, 3: {1, 2}}


def list_goods(call: Call) -> Json:
    """Answer one page of goods, newest first; sizes over 100 count as 100."""
    page = _PAGING.read(call)
    chosen = [goods for goods in _in_window(call) if _matches(call, goods)]
    shown = beyond(call, page, call.settings.goods_depth_cap, "empty") or Page(page.number, 0, 0)
    body = listing(call, shown, len(chosen), of_sequence(chosen), _row)
    return {"current_page": page.number, **body}


def list_resources(call: Call) -> Json:
    """Answer 2052: no source knows this interface; a switch makes it an alias of the goods list."""
    if call.settings.resource_list == "unknown":
        raise ApiError(2052)
    return list_goods(call)


def column_contents(call: Call) -> Json:
    """Answer what a column holds after `last_id`. Only the request is documented, by clients."""
    goods_type = call.number("goods_type")
    if goods_type not in _RELATION_TYPES:
        raise ApiError(3057)
    column = _existing(call, call.required("goods_id"))
    wanted = {str(kind) for kind in call.list_of("resource_type")}
    contents = [item for item in column.contents if not wanted or str(item[1]) in wanted]
    size = min(call.number("page_size", 20) or 20, 100)
    ids = [goods_id for goods_id, _ in contents]
    last_id = call.text("last_id")
    start = ids.index(last_id) + 1 if last_id in ids else 0
    rows = [_content_row(call, *item) for item in contents[start : start + size]]
    last = rows[-1]["resource_id"] if rows else ""
    if call.settings.relation_cursor == "data":
        return {"list": rows, "last_id": last}
    return {"list": [{**row, "last_id": row["resource_id"]} for row in rows]}


def detail_3_0(call: Call) -> Json:
    """Answer one goods by id and type; errors carry an empty array as `resource_info`."""
    if call.number("goods_type") not in _DETAIL_TYPES:
        raise ApiError(3057, data={"resource_info": []})
    goods = call.shop.goods.get(call.required("goods_id"))
    if goods is None:
        raise ApiError(7, data={"resource_info": []})
    if goods.deleted:
        raise ApiError(21, data={"resource_info": []})
    body = {"resource_info": call.dialect.row(goods.goods_id, _info_3_0(goods))}
    return body if call.settings.goods_detail_data == "object" else [body]


def detail_4_0(call: Call) -> Json:
    """Answer goods by type and ids. Without `is_cache` false the answer may be old."""
    groups = [group.get("ids") for group in call.list_of("resources") if isinstance(group, dict)]
    ids = [str(goods_id) for group in groups if isinstance(group, list) for goods_id in group]
    if not ids:
        raise call.bad_parameter("resources")
    fresh = not call.flag("is_cache", default=True)
    found = (_cached(call, goods_id, fresh=fresh) for goods_id in ids)
    rows = [_info_4_0(call, goods) for goods in found if goods is not None and not goods.deleted]
    if call.settings.goods_detail_v2_data == "list":
        return rows
    return {str(row["resource_id"]): row for row in rows}


@dataclass(frozen=True, slots=True)
class _Cached:
    goods: Goods
    until: datetime


def _cached(call: Call, goods_id: str, *, fresh: bool) -> Goods | None:
    current = call.shop.goods.get(goods_id)
    seconds = call.settings.goods_cache_seconds
    if current is None or fresh or not seconds:
        return current
    kept = call.caches.get(goods_id)
    if isinstance(kept, _Cached) and kept.until > call.now:
        return kept.goods
    call.caches[goods_id] = _Cached(current, call.now + timedelta(seconds=seconds))
    return current


def _existing(call: Call, goods_id: str) -> Goods:
    goods = call.shop.goods.get(goods_id)
    if goods is None:
        raise ApiError(7)
    return goods


def _in_window(call: Call) -> Iterator[Goods]:
    shop = call.shop
    start, end = call.time("start_time"), call.time("end_time")
    if start is None and end is None:
        span = shop.goods_by_time.span()
    elif start is None or end is None:
        raise call.bad_parameter("start_time")
    else:
        window = bounded(call, "created", start, end, limit=15 * DAY)
        span = shop.goods_by_time.span(window.start, window.end)
    return (shop.goods[goods_id] for goods_id in shop.goods_by_time.ids(*span, descending=True))


def _matches(call: Call, goods: Goods) -> bool:
    kind, status = call.number("resource_type"), call.number("sale_status")
    return (
        (kind is None or goods.goods_type == kind)
        and (status is None or goods.sale_status in _SALE_FILTER.get(status, set()))
        and call.text("goods_name") in goods.name
        and (goods.goods_type != BUNDLE or call.settings.bundles_listed)
        and (not goods.deleted or call.flag("is_return_deleted", default=False))
    )


def _row(call: Call, goods: Goods) -> dict[str, Json]:
    row = {
        "app_id": call.shop.app_id,
        "id": goods.number,
        "resource_id": goods.goods_id,
        "resource_type": goods.goods_type,
        "spu_id": goods.spu_id,
        "spu_type": goods.spu_type,
        "goods_category_id": "",
        "goods_name": goods.name,
        "goods_img": list(goods.images),
        "custom_cover": "",
        "video_img_url": "",
        "img_url_compressed": "",
        "sell_type": 1,
        "price_low": goods.price,
        "price_high": goods.price,
        "price_line": goods.line_price,
        "visit_num": goods.visits,
        "goods_tag": "",
        "goods_tag_is_show": 0,
        "sale_status": goods.sale_status,
        "is_timing_sale": 1 if goods.sale_status == 2 else 0,
        "timing_sale": "",
        "sale_at": format_time(goods.created_at),
        "has_distribute": 0,
        "distribution_pattern": 0,
        "is_goods_package": 1 if goods.goods_type in COLUMN_TYPES else 0,
        "is_display": 0 if goods.hidden else 1,
        "is_stop_sell": 0,
        "is_forbid": 0,
        "is_ignore": 0,
        "is_deleted": 1 if goods.deleted else 0,
        "limit_purchase": 0,
        "freight": 0,
        "audit_reason": "",
        "audit_user_id": None,
        "created_at": format_time(goods.created_at),
        "updated_at": call.dialect.time(goods.updated_at, f"goods:{goods.goods_id}"),
        "attr": [],
        "extend": [{"sell_num": goods.sold}],
    }
    return call.dialect.row(goods.goods_id, row)


def _content_row(call: Call, goods_id: str, goods_type: int) -> dict[str, Json]:
    goods = call.shop.goods.get(goods_id)
    return {
        "resource_id": goods_id,
        "resource_type": goods_type,
        "title": goods.name if goods else "",
    }


def _info_3_0(goods: Goods) -> dict[str, Json]:
    return {
        "title": goods.name,
        "summary": goods.summary,
        "content": goods.detail,
        "img_url": goods.images[0] if goods.images else "",
        "img_url_compressed": "",
        "is_try": 0,
        "is_free": 1 if goods.price == 0 else 0,
        "state": 1 if goods.hidden else 0,
        "sale_status": 0 if goods.sale_status == 1 else 1,
        "price": goods.price,
        "line_price": goods.line_price,
        "view_count": goods.visits,
        "total_chapters": 0,
        "author": "",
        "periodical_count": len(goods.contents),
        "audio_length": 0,
    }


def _info_4_0(call: Call, goods: Goods) -> dict[str, Json]:
    sku = goods.sku_id
    row = {
        "resource_id": goods.goods_id,
        "resource_type": goods.goods_type,
        "goods_name": goods.name,
        "goods_img": list(goods.images),
        "goods_brief_text": goods.summary,
        "goods_detail_text": goods.detail,
        "goods_category_id": "",
        "category": [],
        "sale_status": goods.sale_status,
        "goods_tag": "",
        "has_distribute": 0,
        "sku": [{"sku_id": sku, "value_count": 1, "sku_price": goods.price, "sku_img": ""}],
        "stock": [{"sku_id": sku, "left_num": 99, "sell_num": goods.sold}],
        "attr": [],
    }
    return call.dialect.row(goods.goods_id, row)
