"""What a user has bought and until when it is valid (contracts: xiaoe §7).

No page documents the answer of this interface, so each field is looked for under every name that
a client or a related interface uses, and the row is kept whole in ``raw``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.xiaoe.models.record import Record
from connectors.xiaoe.values import Fen, Int, Moment, Text, is_nothing

NAMES: Mapping[str, tuple[str, ...]] = {
    "user_id": ("user_id",),
    "resource_id": ("resource_id", "product_id", "goods_id"),
    "product_id": ("product_id", "resource_id", "goods_id"),
    "resource_type": ("resource_type", "goods_type"),
    "payment_type": ("payment_type",),
    "title": ("title", "goods_name", "purchase_name", "resource_name", "product_name"),
    "price": ("price",),
    "created_at": ("created_at", "created_time", "create_time", "purchase_time"),
    "start_at": ("start_at", "begin_at", "start_time", "begin_time", "expire_start", "start_date"),
    "expire_at": ("expire_at", "expire_time", "expired_at", "end_date", "end_time", "expire_end"),
    "is_deleted": ("is_deleted", "is_delete"),
}


class Purchase(Record):
    """One right of a user to a good; ``price`` in 分; without ``expire_at`` it does not end."""

    user_id: Text = None
    resource_id: Text = None
    product_id: Text = None
    resource_type: Int = None
    payment_type: Int = None
    title: Text = None
    price: Fen = None
    created_at: Moment = None
    start_at: Moment = None
    expire_at: Moment = None
    is_deleted: Int = None
    raw: dict[str, Any]


def named(row: Mapping[str, Any]) -> dict[str, Any]:
    """Bring one row under our names: of several possible keys, the first that holds something."""
    found = {
        field: next((row[key] for key in keys if not is_nothing(row.get(key))), None)
        for field, keys in NAMES.items()
    }
    return {**found, "raw": dict(row)}
