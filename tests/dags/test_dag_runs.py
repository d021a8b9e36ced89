"""What the harnesses play is what the DAGs wire: a step added to one alone is noticed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from inspect import unwrap
from types import CodeType, FunctionType

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk.definitions.mappedoperator import MappedOperator

from tests.bench import stages
from tests.dag_runs import RUNS
from tests.paths import ROOT

BENCH = {
    stages.list_stage: "list_orders",
    stages.goods_stage: "sync_goods",
    stages.customers_stage: "sync_buyers",
    stages.batch_stage: "sync_orders",
    stages.settle_stage: "settle",
}
NOT_IN_A_BACKFILL = {"include.flows.run.watermark.move_watermark"}


@pytest.fixture(scope="module")
def bag() -> DagBag:
    return DagBag(str(ROOT / "dags"))


@pytest.fixture(params=RUNS)
def dag(bag, request):
    return bag.dags[request.param]


@pytest.fixture
def run(dag):
    return RUNS[dag.dag_id]


def test_a_run_without_airflow_has_the_tasks_of_its_dag(dag, run):
    assert sorted(step.task_id for step in run.steps) == sorted(dag.task_ids)


def test_each_step_waits_for_the_tasks_that_its_task_waits_for(dag, run):
    waits = {step.task_id: step.upstream for step in run.steps}
    assert waits == {task.task_id: task.upstream_task_ids for task in dag.tasks}


def test_a_step_comes_after_all_that_it_waits_for(run):
    done: set[str] = set()
    for step in run.steps:
        assert step.upstream <= done, step.task_id
        done.add(step.task_id)


def test_the_same_steps_run_whatever_happened_before(dag, run):
    always = {step.task_id for step in run.steps if step.always}
    rules = {task.task_id: task.trigger_rule.value for task in dag.tasks}
    assert always == {name for name, rule in rules.items() if rule == "all_done"}
    though_skipped = {step.task_id for step in run.steps if step.though_skipped}
    assert though_skipped == {name for name, rule in rules.items() if rule == "none_failed"}
    assert set(rules.values()) <= {"all_done", "all_success", "none_failed"}


def test_the_same_steps_are_mapped(dag, run):
    mapped = {step.task_id for step in run.steps if step.over}
    assert mapped == {task.task_id for task in dag.tasks if isinstance(task, MappedOperator)}


def test_each_step_calls_the_functions_of_the_flows_that_its_task_calls(dag, run):
    for task in dag.tasks:
        question = isinstance(task, HITLOperator)
        of_task = set() if question else called(unwrap(task.python_callable))
        assert called(getattr(run, task.task_id)) == of_task, task.task_id


@pytest.mark.parametrize("stage", BENCH, ids=lambda stage: stage.__name__)
def test_a_stage_of_the_bench_calls_what_its_task_calls(bag, stage):
    task = bag.dags["xiaoe_orders"].get_task(BENCH[stage])
    assert called(stage) == called(unwrap(task.python_callable)) - NOT_IN_A_BACKFILL


def called(function: Callable[..., object]) -> set[str]:
    """Return which functions of `include.flows` the code of a function names."""
    names = {name for code in with_inner(function.__code__) for name in code.co_names}
    known = {name: function.__globals__.get(name) for name in names}
    return {
        f"{one.__module__}.{one.__qualname__}"
        for one in known.values()
        if isinstance(one, FunctionType) and one.__module__.startswith("include.flows")
    }


def with_inner(code: CodeType) -> Iterator[CodeType]:
    yield code
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from with_inner(part)
