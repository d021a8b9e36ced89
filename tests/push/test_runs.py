"""The DAG `xiaoe_push` in Airflow itself: which pushes a run takes, and what it remembers."""

from __future__ import annotations

import logging

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.models import DagModel
from airflow.models.asset import AssetEvent
from airflow.utils.session import create_session
from sqlalchemy import delete, update

from include.simulators.faults import FaultRule, Kind
from include.simulators.hap.plain import plain_rows
from tests.paths import ROOT
from tests.pipeline.oracle import stored_orders
from tests.push.conftest import bought


@pytest.fixture(autouse=True)
def only_own_pushes(airflow_knows_the_dags) -> None:
    """Forget what other tests' shops have pushed: a run reads all that the database holds."""
    with create_session() as session:
        session.execute(delete(AssetEvent))


def run(dag_id: str = "xiaoe_push"):
    return DagBag(str(ROOT / "dags")).dags[dag_id].test()


def states(dag_run) -> dict[str, str]:
    return {ti.task_id: str(ti.state) for ti in dag_run.get_task_instances()}


def test_a_push_is_taken_by_one_successful_run_and_by_every_failed_one_before_it(world):
    world.all_orders()
    order_id = bought(world)
    world.pushes.deliver()

    world.xiaoe_faults.set([FaultRule(api="*", kind=Kind.CODE, code=2017)])
    assert run().state == "failed"
    assert order_id not in stored_orders(world.store)

    world.xiaoe_faults.clear()
    ended = run()
    assert ended.state == "success", states(ended)
    assert order_id in stored_orders(world.store)

    asked = world.xiaoe_journal.entries()[-1].sequence
    assert run().state == "success"
    assert world.xiaoe_journal.entries(after=asked) == []


def test_a_pushed_order_that_is_recorded_as_failed_is_a_red_square_in_a_green_run(world):
    order_id = bought(world)
    world.pushes.deliver()
    world.refuse_orders(order_id)
    ended = run()
    world.refuse_orders()
    assert ended.state == "success"
    assert states(ended) == {"sync_pushed": "failed", "settle": "success"}
    (error_row,) = plain_rows(world.store, "sync_errors")
    assert error_row["record_id"] == order_id

    asked = world.xiaoe_journal.entries()[-1].sequence
    assert run().state == "success"  # and no second time: the poller tries it again
    assert world.xiaoe_journal.entries(after=asked) == []


def test_the_doctor_sees_keys_and_whether_the_dag_is_on(world, caplog):
    caplog.set_level(logging.INFO)
    for paused, told in ((True, "  ! 处理推送的 DAG："), (False, "、处理推送的 DAG")):
        with create_session() as session:
            session.execute(
                update(DagModel).where(DagModel.dag_id == "xiaoe_push").values(is_paused=paused)
            )
        caplog.clear()
        run("xiaoe_doctor")
        assert told in caplog.text
        assert "、推送的 Token 和 EncodingAESKey" in caplog.text  # among what is fine
    assert world.source.rules.push_token not in caplog.text
