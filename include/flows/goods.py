"""Goods and columns: all for base data; for orders, those that they refer to and HAP lacks."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connectors.errors import RejectedError, Words
from connectors.xiaoe.models import Goods, GoodsDetail, OrderLine
from include.destination.lookup import look_up
from include.destination.record import Record
from include.destination.schema import Worksheet
from include.destination.worksheets import COLUMNS, GOODS
from include.destination.writer import Outcome
from include.flows.dead_letters import Failure, close_letters, record_failures
from include.flows.guards import expect_stream, rows_held
from include.flows.order_batches import GoodsRef, goods_of
from include.flows.shop import Shop
from include.flows.unknown_labels import tell_unknown
from include.flows.unreadable_rows import record_unreadable
from include.mapping.goods import goods_record, sold_goods_record, type_alias, worksheet_of
from include.mapping.labels import RESOURCE_TYPES, is_unnamed, label
from include.source.everything import column_contents, every_goods, every_resource

log = logging.getLogger(__name__)

GOODS_LISTS = ("goods.list", "resource.list", "goods.relation")

# Goods detail 3.0.0 takes these types alone (contracts: xiaoe §5.6).
DETAILED_TYPES = frozenset({1, 2, 3, 4, 5, 6, 8, 20})


def sync_all_goods(shop: Shop) -> dict[str, int]:
    """Sync every good and every column with its contents; goods first, a column points at them."""
    listed = list(_listed(shop))
    _expect_goods(shop, len(listed))
    plain = [goods for goods in listed if worksheet_of(goods.resource_type) is GOODS]
    columns = [goods for goods in listed if worksheet_of(goods.resource_type) is COLUMNS]
    summaries = shop.xiaoe.threads.map(lambda goods: _summary(shop, goods), [*plain, *columns])
    records = [goods_record(shop.id, goods, summary=next(summaries)) for goods in plain]
    written = _write(shop, GOODS, records)
    counts = _closing(shop, GOODS, written)
    records = [
        goods_record(
            shop.id,
            column,
            summary=next(summaries),
            contents=_content_rows(shop, column, written.row_ids),
        )
        for column in columns
    ]
    counts.update(_closing(shop, COLUMNS, _write(shop, COLUMNS, records)))
    counts["failed"] += record_unreadable(shop, whole=GOODS_LISTS)
    tell_unknown(shop.unknown)
    log.info("商品 %d 个,专栏 %d 个:%s", len(plain), len(columns), dict(counts))
    return {"read": len(listed), **counts}


def sync_goods_of(shop: Shop, batches: Iterable[dict[str, Any]]) -> int:
    """Create what the orders of these batches, as they cross XCom, refer to and HAP lacks."""
    return len(ensure_goods(shop, goods_of(batches)))


def ensure_goods(
    shop: Shop, refs: Iterable[GoodsRef], lines: Mapping[str, OrderLine] | None = None
) -> dict[str, str]:
    """Create the goods and columns that HAP lacks; return the row ids of all, by goods id.

    Rows that are there stay as they are: base data and reconciliation keep them current.
    """
    types = dict(refs)
    rows = goods_held(shop, types.items())
    for definition in (GOODS, COLUMNS):
        records = [
            _sold(shop, goods_id, kind, (lines or {}).get(goods_id))
            for goods_id, kind in types.items()
            if goods_id not in rows and worksheet_of(kind) is definition
        ]
        if records:
            rows |= _write(shop, definition, records).row_ids
    return rows


def goods_held(shop: Shop, refs: Iterable[GoodsRef]) -> dict[str, str]:
    """Return the row ids of those goods and columns that HAP holds, by goods id.

    Without those whose type had no name when they were written and has one by now: what an order
    sold and the goods list does not show, such as a bundle, nothing else would write again.
    """
    types = dict(refs)
    rows: dict[str, str] = {}
    for definition in (GOODS, COLUMNS):
        ids = [name for name, kind in types.items() if worksheet_of(kind) is definition]
        sheet = shop.sheet(definition)
        found = look_up(shop.hap, sheet, ids).rows if ids else {}
        for goods_id, row in found.items():
            held = str(sheet.read(row, type_alias(definition)) or "")
            if not is_unnamed(held) or held == label(RESOURCE_TYPES, types[goods_id]):
                rows[goods_id] = row.id
    return rows


def _listed(shop: Shop) -> Iterable[Goods]:
    if shop.enabled("resource.list"):
        return every_resource(shop.xiaoe, shop.settings.page_size("resource.list"))
    shop.require("goods.list")
    return every_goods(shop.xiaoe, shop.settings.page_size("goods.list"))


def _expect_goods(shop: Shop, listed: int) -> None:
    """Raise ContractError when the list has dried up beside what HAP holds."""
    known = sum(rows_held(shop, definition) for definition in (GOODS, COLUMNS))
    expect_stream("goods.list", Words("商品列表", "the goods list"), listed, known)


def _sold(shop: Shop, goods_id: str, kind: int | None, line: OrderLine | None) -> Record:
    return sold_goods_record(shop.id, goods_id, kind, line, _detail(shop, goods_id, kind))


def _summary(shop: Shop, goods: Goods) -> str | None:
    """Return the summary, which the goods list does not tell; None where the detail does not."""
    detail = _detail(shop, goods.resource_id, goods.resource_type)
    return detail.summary if detail else None


def _detail(shop: Shop, goods_id: str, kind: int | None) -> GoodsDetail | None:
    """Return a good's detail; None for a type that it does not take, or a good that is gone."""
    if kind not in DETAILED_TYPES or not shop.enabled("goods.detail"):
        return None
    try:
        return shop.xiaoe.goods_detail(goods_id, kind)
    except RejectedError as error:
        log.info("商品 %s 没有详情 / no detail: %s", goods_id, error)
        return None


def _content_rows(shop: Shop, column: Goods, written: Mapping[str, str]) -> Sequence[str] | None:
    """Return the row ids of what a column contains; None where people switched the API off.

    `written` are the row ids of the goods that were just listed.
    """
    if not shop.enabled("goods.relation"):
        return None
    items = [(item.resource_id, item.resource_type) for item in column_contents(shop.xiaoe, column)]
    goods = {name: kind for name, kind in items if worksheet_of(kind) is GOODS}
    rows = {name: written[name] for name in goods if name in written}
    unlisted = [(name, kind) for name, kind in goods.items() if name not in written]
    return [*rows.values(), *ensure_goods(shop, unlisted).values()]


def _closing(shop: Shop, definition: Worksheet, written: Outcome) -> Counter[str]:
    """Close the letters of what is through, and return the counts."""
    close_letters(shop, definition.alias, written.row_ids.keys() - written.failures.keys())
    return written.counts()


def _write(shop: Shop, definition: Worksheet, records: Sequence[Record]) -> Outcome:
    outcome = shop.upsert(definition, records)
    record_failures(
        shop,
        [
            Failure(definition.alias, key, definition.alias, error)
            for key, error in outcome.failures.items()
        ],
    )
    return outcome
