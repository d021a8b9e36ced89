"""A shop that pushes, the real receiver and Airflow's database; no request leaves the process."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from airflow.dag_processing.bundles.manager import DagBundlesManager
from airflow.dag_processing.dagbag import BundleDagBag, sync_bag_to_db
from airflow.models.asset import AssetEvent
from airflow.models.asset_state_store import AssetStateStoreModel
from airflow.utils.session import create_session
from fastapi.testclient import TestClient
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from airflow_extras.push.app import create_app
from include.flows.orders.pushed import PushEvent
from include.simulators.xiaoe.seed import demo_shop
from include.simulators.xiaoe.settings import XiaoeSettings
from tests.pipeline.world import World, open_world


@pytest.fixture(scope="session", autouse=True)
def airflow_knows_the_dags(airflow_home) -> None:
    """Put the DAGs and their assets into the metadata database."""
    manager = DagBundlesManager()
    manager.sync_bundles_to_db()
    for bundle in manager.get_all_dag_bundles():
        bag = BundleDagBag(bundle.path, bundle_path=bundle.path, bundle_name=bundle.name)
        sync_bag_to_db(bag, bundle.name, bundle.version)


@pytest.fixture
def receiver() -> TestClient:
    return TestClient(create_app())


@pytest.fixture
def world(tmp_path, monkeypatch, receiver) -> Iterator[World]:
    """A small shop whose pushes reach the receiver, and an app that holds nothing yet."""
    settings = XiaoeSettings(rate_limits=False, push_url="/default")
    with open_world(demo_shop(5, days=4, orders_per_day=2), tmp_path, xiaoe=settings) as opened:
        connect(monkeypatch, opened, settings)
        opened.pushes.send = lambda method, url, query, body: _asked(
            receiver.request(method, url, params=query, content=body)
        )
        opened.set_up()
        yield opened


def connect(monkeypatch, world: World, settings: XiaoeSettings, **extra: str) -> None:
    keys = {"push_token": settings.push_token, "push_aes_key": settings.push_aes_key, **extra}
    _connection(
        monkeypatch,
        "XIAOE_DEFAULT",
        conn_type="xiaoe",
        host=world.xiaoe_url,
        login=world.app_id,
        password=settings.secret_key,
        extra={"client_id": settings.client_id, "allow_http": True, **keys},
    )
    _connection(
        monkeypatch,
        "MINGDAO_DEFAULT",
        conn_type="mingdao",
        host=world.hap_url,
        login="demo-appkey",
        password="demo-sign",
        extra={"allow_http": True},
    )


def bought(world: World) -> str:
    """Let somebody register, order and pay; return the order."""
    shop = world.source
    user = shop.register_user("王小明", bind_phone="13800000001")
    goods = next(one for one in shop.goods.values() if one.sale_status == 1 and one.price)
    return shop.pay(shop.place_order(user.user_id, goods.goods_id).order_id).order_id


def kept(after: int) -> list[dict]:
    """Return what the receiver has stored since an event, in the order of arrival."""
    with create_session() as session:
        return [event.extra for event in _events(session, after)]


def kept_events(after: int) -> list[PushEvent]:
    """Return the same as a run reads it."""
    with create_session() as session:
        return [
            PushEvent(
                event.id,
                event.timestamp,
                event.extra["orders"],
                event.extra["users"],
                event.extra["merges"],
            )
            for event in _events(session, after)
        ]


@pytest.fixture
def last_event(airflow_knows_the_dags) -> int:
    """The newest event before the test."""
    with create_session() as session:
        return session.scalar(select(func.max(AssetEvent.id))) or 0


@pytest.fixture
def unused_address(airflow_knows_the_dags) -> None:
    """Forget that pushes of other tests were accepted."""
    with create_session() as session:
        session.execute(delete(AssetStateStoreModel))


def _events(session: Session, after: int) -> list[AssetEvent]:
    events = select(AssetEvent).where(AssetEvent.id > after).order_by(AssetEvent.id)
    return [event for event in session.scalars(events) if "message_id" in event.extra]


def _connection(monkeypatch, name: str, **fields) -> None:
    monkeypatch.setenv(f"AIRFLOW_CONN_{name}", json.dumps(fields))


def _asked(answer) -> tuple[int, str]:
    return answer.status_code, answer.text
