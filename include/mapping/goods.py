"""From a Xiaoe goods row to a row of `goods` or `columns`."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.xiaoe.models import Goods, GoodsDetail, OrderLine
from include.destination.sheets.fields import Worksheet
from include.destination.sheets.record import Record, Value
from include.destination.sheets.worksheets import COLUMNS, GOODS, OFF_SALE, ON_SALE
from include.mapping.labels import COLUMN_TYPES, RESOURCE_TYPES, SALE_STATUSES, label
from include.mapping.money import yuan_of_fen
from include.mapping.text import clean_text


def worksheet_of(resource_type: int | None) -> Worksheet:
    """Return `columns` for 会员, 专栏, 大专栏, 训练营 and 课程, `goods` for everything else."""
    return COLUMNS if resource_type in COLUMN_TYPES else GOODS


def type_alias(worksheet: Worksheet) -> str:
    """Return the alias of the field that holds the type's name."""
    return "column_type" if worksheet is COLUMNS else "goods_type"


def goods_record(
    shop: str,
    goods: Goods,
    *,
    summary: str | None = None,
    contents: Sequence[str] | None = None,
) -> Record:
    """Return what the goods list says; `contents` are the row ids of what a column contains."""
    worksheet = worksheet_of(goods.resource_type)
    values: dict[str, Value] = {
        worksheet.key: goods.resource_id,
        "shop": shop,
        "name": clean_text(goods.goods_name),
        type_alias(worksheet): label(RESOURCE_TYPES, goods.resource_type),
        "price": yuan_of_fen(goods.price_low),
        "list_price": yuan_of_fen(goods.price_line),
        "sale_status": label(SALE_STATUSES, goods.sale_status),
        "cover_url": clean_text(goods.goods_img[0]) if goods.goods_img else None,
        "created_at": goods.created_at,
    }
    if summary is not None:
        values["summary"] = clean_text(summary)
    if worksheet is COLUMNS and contents is not None:
        values["goods"] = tuple(sorted(contents))
    return Record(goods.resource_id, values, updated_at=goods.updated_at)


def sold_goods_record(
    shop: str,
    goods_id: str,
    resource_type: int | None,
    line: OrderLine | None,
    detail: GoodsDetail | None,
) -> Record:
    """Return what an order and the goods detail say of goods that HAP lacks.

    The next base-data run replaces it by what the goods list says, which has no filter by id.
    """
    worksheet = worksheet_of(resource_type)
    values: dict[str, Value] = {
        worksheet.key: goods_id,
        "shop": shop,
        "name": clean_text(_name(line, detail)),
        type_alias(worksheet): label(RESOURCE_TYPES, resource_type),
    }
    if detail is not None:
        values |= {
            "price": yuan_of_fen(detail.price),
            "list_price": yuan_of_fen(detail.line_price),
            "summary": clean_text(detail.summary),
            "cover_url": clean_text(detail.img_url),
        }
        if detail.on_sale is not None:
            values["sale_status"] = ON_SALE if detail.on_sale else OFF_SALE
    return Record(goods_id, values)


def _name(line: OrderLine | None, detail: GoodsDetail | None) -> str | None:
    return (detail.title if detail else None) or (line.goods_name if line else None)
