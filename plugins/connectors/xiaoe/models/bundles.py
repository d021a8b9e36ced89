"""How a bundle (组合商品) is told by its keys (contracts: xiaoe §6.4.1, F6).

In an order it goes by its ``spu_id``, ``SPU_COP_…``. An ``og_…`` names one combination of one
order: two orders of the same bundle carry different ones, so it is never an id. What row the goods
list has for a bundle is not known, so the same is read from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.xiaoe.values import to_text

BUNDLE = 69
"""The ``resource_type`` of a bundle."""
PART_OF_BUNDLE = 5
"""The ``relation_goods_type`` of an order line that is a component of a bundle."""
_SPU_TYPE, _SPU_PREFIX, _COMBINATION = "COP", "SPU_COP_", "og_"


def as_bundle(row: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Bring a row that is a bundle, or is named by a combination, under its lasting id and type."""
    if not isinstance(row, Mapping):
        return row
    resource_id, spu_id = to_text(row.get("resource_id")) or "", to_text(row.get("spu_id"))
    is_bundle = to_text(row.get("spu_type")) == _SPU_TYPE or resource_id.startswith(_SPU_PREFIX)
    changed: dict[str, Any] = {"resource_type": BUNDLE} if is_bundle else {}
    if resource_id.startswith(_COMBINATION):
        changed["resource_id"] = spu_id
    return {**row, **changed} if changed else row
