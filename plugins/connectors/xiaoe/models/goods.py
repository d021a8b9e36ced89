"""Goods, columns (专栏) and what a column contains (contracts: xiaoe §5)."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field, model_validator

from connectors.xiaoe.models.bundles import as_bundle
from connectors.xiaoe.models.record import Page, Record
from connectors.xiaoe.values import Fen, Id, Int, Moment, Text, Texts


class Goods(Record):
    """A row of the goods list; money in 分; ``sale_status`` 1 on sale, 0 off sale, 2 scheduled."""

    id_path = ("resource_id",)
    _bundle = model_validator(mode="before")(as_bundle)

    resource_id: Id
    resource_type: Int = None
    goods_name: Text = None
    goods_img: Texts = Field(default_factory=list)
    price_low: Fen = None
    price_line: Fen = None
    sale_status: Int = None
    created_at: Moment = None
    updated_at: Moment = None


class GoodsDetail(Record):
    """Goods detail 1.0 (path 3.0.0); money in 分.

    Its ``sale_status`` is the inverse of the goods list's: 0 on sale, 1 off sale. Use ``on_sale``.
    """

    title: Text = None
    summary: Text = None
    img_url: Text = None
    sale_status: Int = None
    price: Fen = None
    line_price: Fen = None

    @property
    def on_sale(self) -> bool | None:
        """Whether the good is on sale, or None when the vendor does not say."""
        return None if self.sale_status is None else self.sale_status == 0


class ColumnItem(Record):
    """One good inside a column."""

    id_path = ("resource_id",)

    resource_id: Id
    resource_type: Int = None


@dataclass(frozen=True)
class ColumnContents:
    """A part of a column's contents; an empty ``last_id`` says that it is the last part."""

    page: Page[ColumnItem]
    last_id: str
