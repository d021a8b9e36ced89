"""The asset of a shop's pushes: the receiver writes its events, the DAG is scheduled on it."""

from __future__ import annotations

from airflow.sdk import Asset

DEFAULT_SHOP = "default"
ORDERS, USERS, MESSAGE = "orders", "users", "message_id"  # what an event's extra holds: ids alone


def push_asset(shop: str = DEFAULT_SHOP) -> Asset:
    """Return the asset of a shop; `shop` is the end of its connection's id, `xiaoe_<shop>`."""
    name = "xiaoe_push" if shop == DEFAULT_SHOP else f"xiaoe_push_{shop}"
    return Asset(name=name, uri=f"x-xiaoe://push/{shop}")
