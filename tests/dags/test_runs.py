"""The DAGs run in Airflow itself, in one process, against both simulators."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pendulum
import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.models import dagrun
from airflow.models.asset import AssetEvent
from airflow.models.asset_state_store import AssetStateStoreModel
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from airflow.utils.state import TaskInstanceState
from airflow.utils.types import DagRunType
from sqlalchemy import delete, select

from airflow_extras.last_line import CONCLUSION
from include.simulators.clock import format_time
from include.simulators.faults import FaultRule, Kind
from include.simulators.hap import snapshot
from include.simulators.hap.human import Person
from include.simulators.hap.plain import plain_rows
from include.simulators.xiaoe.seed import demo_shop
from tests.dags.person import person_answering
from tests.paths import ROOT
from tests.pipeline.nights import switches
from tests.pipeline.oracle import duplicates, order_differences
from tests.pipeline.world import World, open_world

QUARTER = timedelta(minutes=15)


@pytest.fixture(scope="module")
def filled(airflow_home, tmp_path_factory) -> Path:
    """Fill an empty app with three runs; return the app as they left it."""
    path = tmp_path_factory.mktemp("app") / "filled"
    with pytest.MonkeyPatch.context() as monkeypatch, a_world(path.parent, monkeypatch) as world:
        assert run("mingdao_setup").state == "success"
        assert run("xiaoe_base_data").state == "success"
        assert run("xiaoe_orders", **last_days(world, 30)).state == "success"
        snapshot.save(world.store, path)
    return path


@pytest.fixture
def world(filled, tmp_path, monkeypatch) -> Iterator[World]:
    """The same shop, and the app after those runs; no run has stored where it stands."""
    reset_state()
    with a_world(tmp_path, monkeypatch) as opened:
        snapshot.load(opened.store, filled)
        yield opened


@contextmanager
def a_world(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with open_world(demo_shop(5, days=6, orders_per_day=2), folder / "tokens") as opened:
        connect(opened, monkeypatch)
        yield opened


def connect(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    xiaoe = {
        "conn_type": "xiaoe",
        "host": world.xiaoe_url,
        "login": world.source.app_id,
        "password": "demo-secret-key",
        "extra": {"client_id": "xopDEMO0001", "allow_http": True},
    }
    mingdao = {
        "conn_type": "mingdao",
        "host": world.hap_url,
        "login": "demo-appkey",
        "password": "demo-sign",
        "extra": {"allow_http": True},
    }
    monkeypatch.setenv("AIRFLOW_CONN_XIAOE_DEFAULT", json.dumps(xiaoe))
    monkeypatch.setenv("AIRFLOW_CONN_MINGDAO_DEFAULT", json.dumps(mingdao))


def run(dag_id: str, **params):
    return DagBag(str(ROOT / "dags")).dags[dag_id].test(run_conf=params or None)


def states(dag_run) -> dict[str, str]:
    return {ti.task_id: str(ti.state) for ti in dag_run.get_task_instances()}


def conclusions(dag_run) -> dict[str, Any]:
    """Return the last line of each task's log, as the page finds it."""
    with create_session() as session:
        found = session.scalars(
            select(XComModel).where(XComModel.run_id == dag_run.run_id, XComModel.key == CONCLUSION)
        ).all()
        return {one.task_id: one.value for one in found}


def last_days(world, days: int) -> dict[str, str]:
    now = world.source.clock.now()
    return {"since": format_time(now - timedelta(days=days)), "until": format_time(now)}


def test_setup_base_data_and_orders_fill_the_app(world):
    assert order_differences(world.source, world.store) == []
    assert duplicates(world.store) == []


def test_a_second_run_of_everything_writes_nothing_new(world):
    for dag_id in ("mingdao_setup", "xiaoe_base_data"):
        assert run(dag_id).state == "success"
    again = run("xiaoe_orders", **last_days(world, 30))
    assert again.state == "success"
    assert states(again)["sync_orders"] == "skipped"
    assert world.writes() == []


def test_an_order_that_fails_is_red_and_recorded_and_the_next_run_takes_it_again(world):
    changed = list(world.source.orders.current)[:2]
    world.refuse_orders(changed[0])
    earlier = world.source.clock.now() - timedelta(minutes=5)
    for order_id in changed:
        world.source.change_order(order_id, at=earlier, remark="改过")
    ended = run("xiaoe_orders", **last_days(world, 1))
    mapped = {ti.rendered_map_index: str(ti.state) for ti in ended.get_task_instances()}
    assert sorted(mapped[order_id] for order_id in changed) == ["failed", "success"]
    error_rows = {row["record_id"]: row for row in plain_rows(world.store, "sync_errors")}
    (refused,) = (order_id for order_id in changed if mapped[order_id] == "failed")
    assert error_rows.keys() == {refused}
    assert error_rows[refused]["status"] == "待处理"
    assert error_rows[refused]["code"] == "430021"
    told = conclusions(ended)
    assert told["sync_orders"]["zh"].startswith(f"订单 {refused}：明道云拒绝（430021 ")
    assert told["settle"]["counts"] == {"read": 2, "written": 1, "unchanged": 0, "failed": 1}
    assert told["sync_buyers"]["zh"].startswith("买家由各批订单同步")  # too few for a sweep

    world.refuse_orders()
    assert run("xiaoe_orders", **last_days(world, 1)).state == "success"
    assert [row["status"] for row in plain_rows(world.store, "sync_errors")] == ["已解决"]
    assert order_differences(world.source, world.store) == []


def test_a_preview_writes_nothing_and_ends_with_what_it_would_have_written(world, caplog):
    caplog.set_level(logging.INFO)
    paid = next(
        order
        for order in world.source.orders.current.values()
        if order.pay_state == 1 and order.actual_fee and not order.refund_fee
    )
    earlier = world.source.clock.now() - timedelta(minutes=5)
    world.source.refund(paid.order_id, at=earlier)
    ended = run("xiaoe_orders", preview=True, **last_days(world, 1))
    assert ended.state == "success"
    assert world.writes() == []
    planned = conclusions(ended)["settle"]["planned"]["订单"]
    assert (planned["create"], planned["patch"]) == (0, 1)
    assert planned["fields"]["退款金额"] == 1
    table = next(text for text in caplog.messages if text.startswith("预览结果"))
    assert "退款金额 1" in table
    assert caplog.messages[-1].startswith("预览") or "预览，什么也没有写" in caplog.text


def test_a_window_that_is_empty_is_an_error_with_the_reason(world):
    ended = run("xiaoe_orders", since="2026-11-02 00:00:00", until="2026-11-01 00:00:00")
    assert ended.state == "failed"
    assert states(ended)["open_window"] == "failed"


def test_reconciliation_repairs_what_was_deleted_and_is_then_silent(world):
    victim = max(world.source.orders.current.values(), key=lambda order: order.created_at).order_id
    row = next(row for row in plain_rows(world.store, "orders") if row["order_id"] == victim)
    Person(world.store).delete("orders", row["rowid"])
    ended = run("xiaoe_reconcile")
    assert ended.state == "success", states(ended)
    assert states(ended)["ask"] == "skipped"  # nothing was odd
    assert order_differences(world.source, world.store) == []
    assert any(victim in str(row["missing"]) for row in plain_rows(world.store, "sync_ledger"))

    seen = world.hap_journal.entries()[-1].sequence
    assert run("xiaoe_reconcile").state == "success"
    assert world.writes(after=seen) == []


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        ("继续", "success", ""),
        ("停止", "failed", "有人选择了「停止」，存疑的内容没有写入"),
        (None, "failed", "没有人按时回答，存疑的内容没有写入"),
        (TaskInstanceState.SUCCESS, "failed", "提问被手工标为成功或跳过，没有留下回答"),
    ],
)
def test_a_night_that_finds_something_odd_asks_and_goes_on_where_a_person_says_so(
    world, answer, state, reason
):
    """Of the users the list shows none any more; an order that is missing comes back at once."""
    # not one of those that were imported with a date of long ago
    row = max(plain_rows(world.store, "orders"), key=lambda row: str(row["created_at"]))
    Person(world.store).delete("orders", row["rowid"])
    switches(world).stream, switches(world).distorted_apis = "empty", "user.list*"
    with person_answering(answer) as asked:
        ended = run("xiaoe_reconcile")
    (question,) = asked
    assert "| 用户列表 / the user list | " in question
    assert (str(ended.state), states(ended)["settle"]) == (state, state)
    assert order_differences(world.source, world.store) == []
    assert any(
        row["order_id"] in str(day["missing"]) for day in plain_rows(world.store, "sync_ledger")
    )
    assert reason in conclusions(ended)["settle"]["zh"]


def test_the_doctor_is_green_where_nothing_is_blocking_and_red_where_something_is(world):
    assert run("xiaoe_doctor").state == "success"
    world.xiaoe_faults.set([FaultRule(api="order.list", kind=Kind.CODE, code=2017)])
    ended = run("xiaoe_doctor", preview=True)
    world.xiaoe_faults.clear()
    assert ended.state == "failed"


def test_an_order_is_explained_in_the_log(world):
    order_id = next(iter(world.source.orders.current))
    assert run("xiaoe_explain_order", order_id=order_id).state == "success"
    assert run("xiaoe_explain_order").state == "failed"


def test_where_the_first_live_runs_fail_the_next_one_begins_where_they_did(world, monkeypatch):
    """And the place that is kept until then starts no DAG that waits for orders."""
    hour = last_hour()
    failing = hour.subtract(hours=2)
    events = asset_events()
    world.xiaoe_faults.set([FaultRule(api="order.list", kind=Kind.CODE, code=2017)])
    assert scheduled_run(monkeypatch, "xiaoe_orders", failing).state == "failed"
    world.xiaoe_faults.clear()
    assert stored_watermark() is None
    begun = datetime.fromisoformat(stored("anchor"))
    assert begun == failing.subtract(minutes=15)
    assert asset_events() == events

    late = next(iter(world.source.orders.current))
    world.source.change_order(late, at=failing.subtract(minutes=5), remark="停机时改的")
    assert scheduled_run(monkeypatch, "xiaoe_orders", hour).state == "success"
    assert order_differences(world.source, world.store) == []
    assert stored("anchor") is None


def test_a_live_run_moves_the_watermark_and_a_manual_one_leaves_it(world, monkeypatch):
    """As the scheduler makes it: what a task is given of its run is not what a test would write."""
    assert stored_watermark() is None
    assert run("xiaoe_orders", **last_days(world, 1)).state == "success"
    assert stored_watermark() is None

    ended = scheduled_run(monkeypatch, "xiaoe_orders")
    assert ended.state == "success", states(ended)
    first = stored_watermark()
    assert stored("anchor") is None
    assert datetime.fromisoformat(first) == ended.data_interval_end

    assert run("xiaoe_orders", **last_days(world, 2)).state == "success"
    assert stored_watermark() == first


def stored_watermark() -> str | None:
    return stored("watermark")


def stored(key: str) -> str | None:
    with create_session() as session:
        kept = session.scalars(
            select(AssetStateStoreModel).where(AssetStateStoreModel.key == key)
        ).one_or_none()
        return json.loads(kept.value) if kept else None


def reset_state() -> None:
    with create_session() as session:
        session.execute(delete(AssetStateStoreModel))


def asset_events() -> int:
    with create_session() as session:
        return len(session.scalars(select(AssetEvent.id)).all())


def last_hour() -> pendulum.DateTime:
    """Return the newest full hour of which a run reads everything: not the last moments."""
    return pendulum.now("UTC").subtract(minutes=1).start_of("hour")


def scheduled_run(monkeypatch, dag_id: str, end: datetime | None = None):
    """Run a DAG as the scheduler would; `dag.test` alone makes manual runs."""
    make = dagrun.get_or_create_dagrun
    end = end or last_hour()

    def make_scheduled(*, session, **arguments):
        dag_run = make(session=session, **arguments)
        dag_run.run_type = DagRunType.SCHEDULED
        dag_run.data_interval_start, dag_run.data_interval_end = end - QUARTER, end
        session.commit()
        return dag_run

    with monkeypatch.context() as patched:
        patched.setattr(dagrun, "get_or_create_dagrun", make_scheduled)
        return run(dag_id)
