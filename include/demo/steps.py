"""What the demo shows, step by step: set up HAP, base data, a week of orders, reconciliation.

Everything goes through Airflow's REST API, as an operator's clicks would. Nothing is retried here:
a failed run is what the demo is there to show.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from include.demo.airflow_api import AirflowApi, FailedTask, Run
from include.demo.errors import DemoError
from include.demo.processes import Fleet
from include.demo.screen import RunLine, Screen, Step

SETUP, BASE_DATA, ORDERS = "mingdao_setup", "xiaoe_base_data", "xiaoe_orders"
RECONCILE = "xiaoe_reconcile"
DAGS = (SETUP, BASE_DATA, ORDERS, RECONCILE)
SHOP_ZONE = ZoneInfo("Asia/Shanghai")
DAYS_AT_ONCE = 2
POLL = 1.0
UNREAD = timedelta(minutes=1)  # a run leaves out the last moments before its own start


class RunsFailedError(DemoError):
    """At least one DAG run failed; `reports` says which tasks and why."""

    def __init__(self, run: Run, reports: list[tuple[FailedTask, Path]]) -> None:
        super().__init__(
            f"{run.dag_id} 的运行失败：{_label(run)}（{run.run_id}）。",
            f"A run of {run.dag_id} failed: {run.run_id}.",
        )
        self.reports = reports


@dataclass(frozen=True)
class Window:
    """A span of time in the shop's zone."""

    since: datetime
    until: datetime


def last_days(days: int, now: datetime) -> Window:
    """Return the last whole days before today, and today up to the last full quarter of an hour."""
    local = now.astimezone(SHOP_ZONE)
    until = local.replace(minute=local.minute - local.minute % 15, second=0, microsecond=0)
    midnight = until.replace(hour=0, minute=0)
    return Window(since=midnight - timedelta(days=days), until=until)


@dataclass
class Flow:
    """Drives the DAGs of a running Airflow and shows how they get on."""

    api: AirflowApi
    fleet: Fleet
    screen: Screen
    task_logs: Path

    def clear_away_unfinished(self, begun: datetime) -> None:
        """End what an interrupted earlier demo left waiting in the database.

        What the scheduler has started since this one began is not of an earlier one.
        """
        for dag_id in DAGS:
            self.api.pause(dag_id, paused=True)
        for number in self.api.open_backfills(ORDERS):
            self.api.cancel_backfill(number)
        for dag_id in DAGS:
            for run in self.api.runs(dag_id):
                if not run.is_over and (run.queued_at is None or run.queued_at < begun):
                    self.api.give_up(run)

    def run_once(self, dag_id: str, chinese: str, english: str) -> None:
        """Trigger a DAG by hand and wait for it.

        A DAG with a schedule begins with its last interval once it is unpaused, and the manual run
        waits for that one: both are shown.
        """
        begun = datetime.now(UTC)
        with self.screen.step(f"{chinese} {dag_id}", english) as step:
            self.api.pause(dag_id, paused=False)
            self.api.trigger(dag_id)
            self._follow(step, lambda: self.api.runs(dag_id, changed_since=begun))

    def backfill_orders(self, days: int) -> Window:
        """Backfill the last days of orders, up to now, and wait; return the time they cover."""
        begun = datetime.now(UTC)
        window = last_days(days, begun)
        title = f"回填最近 {days} 天的订单 {ORDERS}"
        with self.screen.step(title, f"backfill {days} days of orders") as step:
            self.api.backfill(ORDERS, window.since, window.until, DAYS_AT_ONCE)
            # Only now: the first live run must not meet an app without worksheets.
            self.api.pause(ORDERS, paused=False)
            runs = self._follow(step, lambda: self.api.runs(ORDERS, changed_since=begun))
        # A second demo of one day repeats today's run as it was: its end may be the earlier one.
        ends = [run.end_of_data for run in runs if run.end_of_data]
        return Window(window.since, max(ends).astimezone(SHOP_ZONE) - UNREAD)

    def _follow(self, step: Step, find: Callable[[], list[Run]]) -> list[Run]:
        """Show the runs until all of them are over, and return them.

        Raises:
            RunsFailedError: one of them failed; the others were waited for.
        """
        lines: dict[str, RunLine] = {}
        while True:
            self.fleet.check()
            runs = find()
            for run in runs:
                self._look_at(run, lines)
            shown = [lines[run.run_id] for run in runs]
            over = sum(run.is_over for run in runs)
            self.screen.update(step, f"{over}/{len(runs)} 次运行 runs", shown)
            if runs and over == len(runs):
                break
            time.sleep(POLL)
        for run in runs:
            # A last task that always succeeds would make a run with failed tasks green.
            if run.state == "failed" or lines[run.run_id].failed:
                raise RunsFailedError(run, self._reports(run))
        return runs

    def _look_at(self, run: Run, lines: dict[str, RunLine]) -> None:
        """Refresh the line of a run, except where nothing can have changed."""
        known = lines.get(run.run_id)
        if known is not None and known.state == run.state and run.state != "running":
            return
        tally = self.api.tally(run)
        lines[run.run_id] = RunLine(_label(run), run.state, tally.total, tally.done, tally.failed)

    def _reports(self, run: Run) -> list[tuple[FailedTask, Path]]:
        return [(task, self._log_file(run, task)) for task in self.api.failed_tasks(run)]

    def _log_file(self, run: Run, task: FailedTask) -> Path:
        folder = self.task_logs / f"dag_id={run.dag_id}" / f"run_id={run.run_id}"
        folder /= f"task_id={task.task_id}"
        if task.map_index >= 0:
            folder /= f"map_index={task.map_index}"
        return folder / f"attempt={task.attempt}.log"


def _label(run: Run) -> str:
    """Name a run for the screen: a day for a backfill, a time for a live run."""
    if run.start_of_data is None or run.kind == "manual":
        return "手动 manual"
    start = run.start_of_data.astimezone(SHOP_ZONE)
    return f"{start:%m-%d}" if run.kind == "backfill" else f"{start:%m-%d %H:%M} 定时 live"
