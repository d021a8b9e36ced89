"""Writes a pushed message into Airflow's database, once, as an event of the shop's asset.

Runs in the API server, which has the database at hand: its own REST API would want a token, and a
receiver that holds one could do more than to report an order.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.assets.manager import asset_manager
from airflow.models.asset import AssetEvent, AssetModel
from airflow.utils.session import create_session
from sqlalchemy import select
from sqlalchemy.orm import Session

from airflow_extras.push.assets import MESSAGE, ORDERS, USERS, push_asset
from connectors.xiaoe.push import OLDEST, PushMessage
from include.shops import ShopConfig

# Longer than a message is accepted, so that a replay is either too old or known.
_REMEMBERED = OLDEST + timedelta(days=1)


def keep(config: ShopConfig, message: PushMessage) -> bool:
    """Make an asset event of a message; False when there is one already.

    Raises LookupError while Airflow does not know the asset, because no DAG is scheduled on it.
    """
    with create_session() as session:
        asset = _locked_asset(session, config)
        if message.message_id and _is_kept(session, asset.id, message.message_id):
            return False
        asset_manager.register_asset_change(
            asset=asset,
            extra={
                MESSAGE: message.message_id,
                "type": message.type,
                ORDERS: list(message.orders),
                USERS: list(message.users),
            },
            source_is_api=True,
            session=session,
        )
    return True


def _locked_asset(session: Session, config: ShopConfig) -> AssetModel:
    """Return the shop's asset, locked until the event is in.

    One after the other: a double that arrives at the same moment is seen, and ids grow in the order
    in which events become visible, which is what the DAG counts on.
    """
    wanted = push_asset(config)
    asset: AssetModel | None = session.scalar(
        select(AssetModel)
        .where(AssetModel.name == wanted.name, AssetModel.uri == wanted.uri)
        .with_for_update(key_share=True)
    )
    if asset is None:
        raise LookupError(wanted.name)
    return asset


def _is_kept(session: Session, asset_id: int, message_id: str) -> bool:
    since = datetime.now(UTC) - _REMEMBERED
    found = session.scalar(
        select(AssetEvent.id)
        .where(AssetEvent.asset_id == asset_id, AssetEvent.timestamp >= since)
        .where(AssetEvent.extra[MESSAGE].as_string() == message_id)
        .limit(1)
    )
    return found is not None
