"""Calls about goods and columns (contracts: xiaoe §5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.xiaoe.caller import page_of, rows_before
from connectors.xiaoe.calls.topic import Topic
from connectors.xiaoe.envelope import broken, read_one, read_page
from connectors.xiaoe.models import ColumnContents, ColumnItem, Goods, GoodsDetail, Page
from connectors.xiaoe.values import is_nothing, to_text

# A column can hold every single good and other columns (contracts: xiaoe §10.3).
_CONTAINED_TYPES = (1, 2, 3, 4, 5, 6, 8, 16, 20, 25, 29, 31, 34, 35, 42, 50)


class GoodsCalls(Topic):
    """Goods: list, detail, and the contents of a column."""

    def list_goods(self, page: int, page_size: int = 100) -> Page[Goods]:
        """List goods, columns among them; prices in 分. At most 100 a page, the first is 1."""
        body = page_of("goods.list", page, page_size)
        return self._list("goods.list", body, Goods, rows_before=rows_before(page, page_size))

    def list_resources(self, page: int, page_size: int = 100) -> Page[Goods]:
        """List goods over ``xe.resource.list.get``, of which no description was found.

        Raises:
            ConfigurationError: 2052, the vendor does not offer it.
        """
        api = "resource.list"
        body = {**page_of(api, page, page_size), "page_index": page}
        return self._list(
            api,
            body,
            Goods,
            rows_before=rows_before(page, page_size),
            prepare=_as_goods,
        )

    def goods_detail(self, goods_id: str, goods_type: int) -> GoodsDetail:
        """Return one good; types 1, 2, 3, 4, 5, 6, 8 and 20 are known to the interface.

        Raises:
            NotFound: It does not exist (7) or was deleted (21).
            RejectedError: The type is not supported (3057).
        """
        api = "goods.detail"
        body = {"data": {"goods_id": goods_id, "goods_type": goods_type}}
        data = self._caller.call(api, body)
        if isinstance(data, list) and data:
            data = data[0]  # the page calls `data` an array, its sample an object
        if not isinstance(data, Mapping) or "resource_info" not in data:
            raise broken(api, "缺少商品信息", "resource_info is missing")
        return read_one(api, data["resource_info"], GoodsDetail)

    def column_contents(
        self, column_id: str, column_type: int, last_id: str = "", page_size: int = 20
    ) -> ColumnContents:
        """Return a part of what a column contains.

        Args:
            column_id: Id of the column.
            column_type: 5, 6 or 8.
            last_id: ``last_id`` of the part before; empty for the first.
            page_size: Clients use 20.
        """
        api = "goods.relation"
        wanted = {
            "goods_id": column_id,
            "goods_type": column_type,
            "resource_type": list(_CONTAINED_TYPES),
            "page_size": page_size,
            "last_id": last_id,
        }
        data = self._caller.call(api, {"data": wanted})
        page = read_page(
            api, data, ColumnItem, place=column_id, part=column_id, of_one=True, prepare=_as_goods
        )
        self.unreadable.add_page(api, page)
        cursor = _next_cursor(data, page, page_size)
        # A cursor that stands still would never end.
        return ColumnContents(page, "" if cursor == last_id else cursor)


def _as_goods(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Bring a row of an undocumented list under the names of the goods list."""
    names = {
        "resource_id": ("resource_id", "goods_id", "id"),
        "resource_type": ("resource_type", "goods_type", "type"),
        "goods_name": ("goods_name", "title", "resource_name", "name"),
    }
    found = {
        field: next((row[key] for key in keys if not is_nothing(row.get(key))), None)
        for field, keys in names.items()
    }
    return {**row, **found}


def _next_cursor(data: object, page: Page[ColumnItem], page_size: int) -> str:
    """Return the cursor of the next part; a full part without one goes on after its last row."""
    if isinstance(data, Mapping) and "last_id" in data:
        return to_text(data["last_id"]) or ""
    is_full = len(page.rows) + len(page.unreadable) >= page_size
    return page.rows[-1].resource_id if page.rows and is_full else ""
