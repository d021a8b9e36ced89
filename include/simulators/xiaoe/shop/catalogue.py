"""What can happen to goods and columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from include.simulators.xiaoe.shop.records import BUNDLE, PHYSICAL, SPU_TYPES, Fact, Goods
from include.simulators.xiaoe.shop.state import ShopState

# first letters of ids by type (xiaoe §1.1)
_PREFIXES = {1: "i", 2: "a", 3: "v", 4: "l", 20: "s", 21: "g", 25: "term", 29: "c"}


class Catalogue(ShopState):
    """Goods appear, change and are taken off sale."""

    def add_goods(
        self,
        name: str,
        goods_type: int,
        price: int,
        *,
        line_price: int | None = None,
        at: datetime | None = None,
        goods_id: str | None = None,
        contents: Sequence[Goods] = (),
        **facts: Fact,
    ) -> Goods:
        """Put goods into the shop; `price` in 分, `contents` are what a column or bundle holds."""
        with self.lock:
            moment = self.moment(at)
            goods_id = goods_id or self._new_id(goods_type)
            kind = SPU_TYPES.get(goods_type, "CMN")
            sku_length = 13 if goods_type == BUNDLE else 10
            goods = Goods(
                goods_id=goods_id,
                number=self.number("goods", 5001),
                goods_type=goods_type,
                name=name,
                price=price,
                line_price=price if line_price is None else line_price,
                created_at=moment,
                contents=tuple((item.goods_id, item.goods_type) for item in contents),
                spu_id=self._spu_id(goods_type) if goods_type == PHYSICAL else goods_id,
                sku_id=f"SKU_{kind}_{self.digits(10)}{self.alphanumeric(sku_length)}",
                **facts,
            )
            self.goods[goods.goods_id] = goods
            self.goods_by_time.add(moment, goods.number, goods.goods_id)
            return goods

    def change_goods(
        self,
        goods_id: str,
        *,
        at: datetime | None = None,
        **facts: Fact,
    ) -> Goods:
        """Change goods: name, price, sale status, contents, `deleted`, `hidden`."""
        with self.lock:
            goods = replace(self.goods[goods_id], updated_at=self.moment(at), **facts)
            self.goods[goods_id] = goods
            self.tell("goods_change", action="update", resource_id=goods_id)
            return goods

    def _new_id(self, goods_type: int) -> str:
        if goods_type == BUNDLE:
            return self._spu_id(goods_type)
        return f"{_PREFIXES.get(goods_type, 'p')}_{self.hex(13)}_{self.alphanumeric(10)}"

    def _spu_id(self, goods_type: int) -> str:
        return f"SPU_{SPU_TYPES[goods_type]}_{self.digits(10)}{self.alphanumeric(13)}"
