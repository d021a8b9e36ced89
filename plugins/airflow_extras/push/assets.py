"""The asset of a shop's pushes: the receiver writes its events, the DAG is scheduled on it."""

from __future__ import annotations

from airflow.sdk import Asset

from include.shops import FIRST, ShopConfig

# What an event's extra holds: ids alone.
ORDERS, USERS, MERGES = "orders", "users", "merges"
MESSAGE, DIGEST = "message_id", "digest"


def push_asset(config: ShopConfig) -> Asset:
    """Return the asset of a shop's pushes."""
    place = "" if config.name == FIRST else f"/{config.name}"
    return Asset(name=config.suffixed("xiaoe_push"), uri=f"x-xiaoe://push{place}")
