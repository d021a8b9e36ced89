"""What the demo does to runs that are there when it begins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from include.demo.airflow_api import Run
from include.demo.steps import ORDERS, Flow

BEGUN = datetime(2026, 11, 26, 15, 12, tzinfo=UTC)


class Airflow:
    """Knows some runs of the orders DAG, and notes which are given up."""

    def __init__(self, *runs: Run) -> None:
        self.known = runs
        self.given_up: list[str] = []

    def pause(self, dag_id: str, *, paused: bool) -> None: ...

    def open_backfills(self, dag_id: str) -> list[int]:
        return []

    def runs(self, dag_id: str) -> list[Run]:
        return [run for run in self.known if run.dag_id == dag_id]

    def give_up(self, run: Run) -> None:
        self.given_up.append(run.run_id)


def orders_run(name: str, state: str, queued_at: datetime) -> Run:
    return Run(ORDERS, name, state, "scheduled", None, None, queued_at)


def test_runs_of_an_interrupted_demo_are_ended_and_those_of_this_one_go_on():
    before, since = BEGUN - timedelta(hours=1), BEGUN + timedelta(seconds=30)
    airflow = Airflow(
        orders_run("interrupted", "running", before),
        orders_run("over", "success", before),
        orders_run("just begun", "running", since),
    )
    Flow(airflow, None, None, None).clear_away_unfinished(BEGUN)
    assert airflow.given_up == ["interrupted"]
