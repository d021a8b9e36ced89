"""What can happen to goods and columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from include.simulators.xiaoe.shop.records import Fact, Goods
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
        """Put goods into the shop; `price` in 分, `contents` are what a column holds."""
        with self.lock:
            moment = self.moment(at)
            prefix = _PREFIXES.get(goods_type, "p")
            goods = Goods(
                goods_id=goods_id or f"{prefix}_{self.hex(13)}_{self.hex(8)}",
                number=self.number("goods", 5001),
                goods_type=goods_type,
                name=name,
                price=price,
                line_price=price if line_price is None else line_price,
                created_at=moment,
                contents=tuple((item.goods_id, item.goods_type) for item in contents),
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
