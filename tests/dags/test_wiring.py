"""What an operator sees of the DAGs before they run: ids, schedules, params, docs, retries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from airflow.dag_processing.dagbag import DagBag

from connectors.errors import AuthenticationError, Bilingual, RateLimited, RejectedError
from include.flows.orders.finish import IncompleteRunError
from include.flows.run.failed_batch import BatchFailedError, RetryableBatchError
from tests.paths import ROOT

TASKS = {
    "mingdao_setup": {"provision"},
    "xiaoe_base_data": {"sync_goods", "sync_customers", "settle", "audiences"},
    "xiaoe_doctor": {"check_everything"},
    "xiaoe_erase_customer": {"count", "ask", "erase"},
    "xiaoe_explain_order": {"explain"},
    "xiaoe_reconcile": {
        "open_days",
        "compare",
        "new_users",
        "changed_goods",
        "late_answers",
        "review",
        "ask",
        "decide",
        "list_repairs",
        "repair",
        "held_back",
        "settle",
        "audiences",
    },
    "xiaoe_push": {"sync_pushed", "settle"},
    "xiaoe_orders": {
        "open_window",
        "list_orders",
        "sync_goods",
        "sync_buyers",
        "sync_orders",
        "settle",
    },
}


@pytest.fixture(scope="module")
def bag() -> DagBag:
    return DagBag(str(ROOT / "dags"))


def test_every_dag_file_loads(bag):
    assert bag.import_errors == {}
    assert TASKS.keys() <= bag.dags.keys()


@pytest.mark.parametrize(("dag_id", "tasks"), TASKS.items())
def test_a_dag_has_these_tasks(bag, dag_id, tasks):
    assert set(bag.dags[dag_id].task_ids) == tasks


@pytest.mark.parametrize("dag_id", TASKS)
def test_a_dag_tells_in_both_languages_what_it_does_and_what_to_do_when_it_is_red(bag, dag_id):
    doc = bag.dags[dag_id].doc_md
    for heading in (
        "做什么",
        "可重复运行",
        "变红时",
        "What it does",
        "Safe to repeat",
        "When it is red",
    ):
        assert f"**{heading}**" in doc


@pytest.mark.parametrize("dag_id", TASKS)
def test_a_dag_has_an_owner_tags_and_a_preview(bag, dag_id):
    dag = bag.dags[dag_id]
    assert {"xiaoe", "mingdao"} <= dag.tags
    assert dag.params["preview"] is False
    assert dag.max_active_runs == 1
    assert all(task.owner == "data-engineering" for task in dag.tasks)
    assert all(task.doc_md or task.python_callable.__doc__ for task in dag.tasks)


def test_the_list_reads_as_steps_and_says_in_both_languages_what_each_does(bag):
    shown = sorted((bag.dags[dag_id].dag_display_name, dag_id) for dag_id in TASKS)
    assert [dag_id for _, dag_id in shown] == [
        "mingdao_setup",
        "xiaoe_base_data",
        "xiaoe_orders",
        "xiaoe_reconcile",
        "xiaoe_push",
        "xiaoe_doctor",
        "xiaoe_explain_order",
        "xiaoe_erase_customer",
    ]
    for name, dag_id in shown:
        assert dag_id in name  # documents name a DAG by its id
        chinese, english = bag.dags[dag_id].description.split(" / ")
        assert any("\u4e00" <= sign <= "\u9fff" for sign in chinese)
        assert english.isascii()


def test_orders_run_every_quarter_of_an_hour_and_never_catch_up_by_themselves(bag):
    dag = bag.dags["xiaoe_orders"]
    assert dag.catchup is False
    assert type(dag.timetable).__name__ == "QuarterHoursOrWholeDays"


def test_reconciliation_runs_every_night_in_beijing(bag):
    dag = bag.dags["xiaoe_reconcile"]
    assert type(dag.timetable).__name__ == "CronDataIntervalTimetable"
    assert dag.timetable.summary == "30 3 * * *"
    assert str(dag.timetable._timezone) == "Asia/Shanghai"
    assert dag.catchup is False


def test_pushes_start_a_run_of_their_own_one_at_a_time(bag):
    dag = bag.dags["xiaoe_push"]
    (asset,) = [asset.name for asset in dag.timetable.asset_condition.objects]
    assert (asset, dag.max_active_runs, dag.catchup) == ("xiaoe_push", 1, False)
    # an outlet would start the next run, for ever
    assert all(task.outlets == [] for task in dag.tasks)


@pytest.mark.parametrize("dag_id", ["xiaoe_base_data", "xiaoe_reconcile"])
def test_the_audiences_are_refreshed_whatever_part_of_the_run_has_failed(bag, dag_id):
    dag = bag.dags[dag_id]
    audiences = dag.get_task("audiences")
    assert audiences.trigger_rule == "all_done"
    assert audiences.upstream_task_ids
    # The run is red all the same: the verdict is a leaf of its own.
    assert dag.get_task("settle") in dag.leaves


def test_setup_and_base_data_run_by_hand_alone(bag):
    for dag_id in ("mingdao_setup", "xiaoe_base_data", "xiaoe_doctor", "xiaoe_erase_customer"):
        assert type(bag.dags[dag_id].timetable).__name__ == "NullTimetable"
        # a run of a DAG that is switched off would wait, unseen
        assert bag.dags[dag_id].is_paused_upon_creation is False
    assert bag.dags["xiaoe_orders"].is_paused_upon_creation is None


_WORDS = Bilingual("原因", "reason")


@pytest.mark.parametrize(
    ("error", "decision"),
    [
        (RejectedError("order.detail", _WORDS, _WORDS), "fail"),
        (AuthenticationError("token", _WORDS, _WORDS), "fail"),
        (BatchFailedError("x"), "fail"),
        (IncompleteRunError("x"), "fail"),
        (RetryableBatchError("x"), "retry"),
        (RateLimited("order.list", _WORDS, _WORDS, wait=600.0), "retry"),
    ],
)
def test_a_permanent_error_fails_at_the_first_try(bag, error, decision):
    policy = bag.dags["xiaoe_orders"].get_task("sync_orders").retry_policy
    verdict = policy.evaluate(error, 1, 3)
    assert verdict.action.value == decision
    if isinstance(error, RateLimited):
        assert verdict.retry_delay >= timedelta(minutes=10)


def test_live_tasks_share_the_vendors_rates_between_at_most_eight(bag):
    assert bag.dags["xiaoe_orders"].get_task("sync_orders").max_active_tis_per_dagrun == 8
