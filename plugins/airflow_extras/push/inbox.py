"""Writes a pushed message into Airflow's database, once, as an event of the shop's asset.

Runs in the API server, which has the database at hand: its own REST API would want a token, and a
receiver that holds one could do more than to report an order.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from airflow.assets.manager import asset_manager
from airflow.models.asset import AssetEvent, AssetModel
from airflow.state import AssetScope, get_state_backend
from airflow.utils.session import create_session
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from airflow_extras.push.assets import DIGEST, MERGES, MESSAGE, ORDERS, USERS, push_asset
from connectors.xiaoe.push import OLDEST, PushKeys, PushMessage
from include.shops import ShopConfig

# Longer than a message is accepted, so that a replay is either too old or known.
_REMEMBERED = OLDEST + timedelta(days=1)


# Kept without an expiry beside the DAG's cursor: from then on the address is in use.
_IN_USE = "first_accepted_at"
_SHOP_ZONE = ZoneInfo("Asia/Shanghai")


def keep(config: ShopConfig, message: PushMessage) -> bool:
    """Make an asset event of a message that asks for something; False when there is one already.

    Raises LookupError while Airflow does not know the asset, because no DAG is scheduled on it.
    """
    with create_session() as session:
        asset = _locked_asset(session, config)
        _note_in_use(session, asset)
        if not message.asks or _is_kept(session, asset.id, message):
            return False
        asset_manager.register_asset_change(
            asset=asset,
            extra={
                MESSAGE: message.message_id,
                DIGEST: message.digest,
                "type": message.type,
                ORDERS: list(message.orders),
                USERS: list(message.users),
                MERGES: [asdict(merge) for merge in message.merges],
            },
            source_is_api=True,
            session=session,
        )
    return True


def check_is_open(config: ShopConfig, keys: PushKeys, now: datetime) -> bool:
    """Tell whether the console may check the address: until a push was accepted, or on a set day.

    Later a check would only serve whoever plays something back.
    """
    if keys.check_on == now.astimezone(_SHOP_ZONE).date():
        return True
    with create_session() as session:
        asset: AssetModel | None = session.scalars(_wanted(config)).one_or_none()
        return asset is None or not _is_in_use(session, asset)


def _note_in_use(session: Session, asset: AssetModel) -> None:
    if not _is_in_use(session, asset):
        value = json.dumps(datetime.now(UTC).isoformat())
        get_state_backend().set(AssetScope(asset_id=asset.id), _IN_USE, value, session=session)


def _is_in_use(session: Session, asset: AssetModel) -> bool:
    scope = AssetScope(asset_id=asset.id)
    return get_state_backend().get(scope, _IN_USE, session=session) is not None


def _locked_asset(session: Session, config: ShopConfig) -> AssetModel:
    """Return the shop's asset, locked until the event is in.

    One after the other: a double that arrives at the same moment is seen, and ids grow in the order
    in which events become visible, which is what the DAG counts on.
    """
    wanted = _wanted(config).with_for_update(key_share=True)
    asset: AssetModel | None = session.scalars(wanted).one_or_none()
    if asset is None:
        raise LookupError(push_asset(config).name)
    return asset


def _wanted(config: ShopConfig) -> Select[Any]:
    wanted = push_asset(config)
    return select(AssetModel).where(AssetModel.name == wanted.name, AssetModel.uri == wanted.uri)


def _is_kept(session: Session, asset_id: int, message: PushMessage) -> bool:
    """Tell whether a message is known: by its id, or, played back without one, by its digest."""
    since = datetime.now(UTC) - _REMEMBERED
    same = [AssetEvent.extra[DIGEST].as_string() == message.digest]
    if message.message_id:
        same.append(AssetEvent.extra[MESSAGE].as_string() == message.message_id)
    found = session.scalar(
        select(AssetEvent.id)
        .where(AssetEvent.asset_id == asset_id, AssetEvent.timestamp >= since)
        .where(or_(*same))
        .limit(1)
    )
    return found is not None
