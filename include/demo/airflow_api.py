"""The part of Airflow's REST API that the demo uses.

Talks to 127.0.0.1 only, never through a proxy. A busy API server may refuse or be slow for a moment
while it starts; a GET is therefore tried for a while before it counts as failed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests

from include.demo.errors import SHOWN_LINES, DemoError

TIMEOUT = (5, 60)
PATIENCE = 30.0
DONE_STATES = ["success", "skipped", "removed"]
FAILED_STATES = ["failed", "upstream_failed"]
LARGEST_PAGE = 100


@dataclass(frozen=True)
class Run:
    """A DAG run: where it stands, and from when to when its data are."""

    dag_id: str
    run_id: str
    state: str
    kind: str
    start_of_data: datetime | None
    end_of_data: datetime | None
    queued_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        """True when nothing more will happen to it."""
        return self.state in ("success", "failed")


@dataclass(frozen=True)
class Tally:
    """How many task instances of a run there are, are done, and have failed."""

    total: int
    done: int
    failed: int


@dataclass(frozen=True)
class FailedTask:
    """A task instance that failed, and the end of its log."""

    task_id: str
    map_index: int
    label: str
    attempt: int
    last_lines: list[str]


class AirflowApi:
    """A logged-in session."""

    def __init__(self, url: str, login: str, password: str) -> None:
        self._url = url
        self._credentials = {"username": login, "password": password}
        self._session = requests.Session()
        self._session.trust_env = False

    def is_healthy(self) -> bool:
        """True when database, scheduler and DAG processor all report so."""
        try:
            health = self._session.get(f"{self._url}/api/v2/monitor/health", timeout=TIMEOUT).json()
            parts = ("metadatabase", "scheduler", "dag_processor")
            return all(health[part]["status"] == "healthy" for part in parts)
        except (requests.RequestException, KeyError):
            return False

    def log_in(self) -> None:
        """Fetch the token that all further calls carry; it is valid for a day."""
        answer = self._session.post(
            f"{self._url}/auth/token", json=self._credentials, timeout=TIMEOUT
        )
        token = _checked(answer)["access_token"]
        self._session.headers["Authorization"] = f"Bearer {token}"

    def warm_up(self) -> None:
        """Let the API server build what tasks talk to; it takes seconds, once."""
        self.get("/execution/health")

    def dag_ids(self) -> set[str]:
        """Return the DAGs that Airflow has read."""
        return {dag["dag_id"] for dag in self.get("/api/v2/dags", limit=LARGEST_PAGE)["dags"]}

    def import_errors(self) -> list[str]:
        """Return why DAG files could not be read, if any."""
        errors = self.get("/api/v2/importErrors")["import_errors"]
        return [f"{error['filename']}: {error['stack_trace']}" for error in errors]

    def pause(self, dag_id: str, paused: bool) -> None:
        """Pause or unpause a DAG."""
        self._send("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": paused})

    def trigger(self, dag_id: str, params: dict[str, Any] | None = None) -> Run:
        """Start a manual run now, with the params that differ from their defaults."""
        body: dict[str, Any] = {"logical_date": None, "conf": params or {}}
        return _run(self._send("POST", f"/api/v2/dags/{dag_id}/dagRuns", body))

    def runs(self, dag_id: str, changed_since: datetime | None = None, kind: str = "") -> list[Run]:
        """Return a DAG's newest runs by the start of their data, a page of them.

        Optionally only recently changed ones, or those of one kind, such as `backfill`.
        """
        filters: dict[str, str | int | list[str]] = {"limit": LARGEST_PAGE, "order_by": "-id"}
        if changed_since is not None:
            filters["updated_at_gte"] = changed_since.isoformat()
        if kind:
            filters["run_type"] = [kind]
        answer = self.get(f"/api/v2/dags/{dag_id}/dagRuns", **filters)
        runs = [_run(entry) for entry in answer["dag_runs"]]
        return sorted(runs, key=lambda run: (str(run.start_of_data), run.run_id))

    def run(self, run: Run) -> Run:
        """Look at a run again."""
        return _run(self.get(f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}"))

    def give_up(self, run: Run) -> None:
        """Mark an unfinished run as failed."""
        self._send("PATCH", f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}", {"state": "failed"})

    def tally(self, run: Run) -> Tally:
        """Count a run's task instances; each count is one small request."""
        path = f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances"

        def count(states: list[str]) -> int:
            total: int = self.get(path, limit=1, state=states)["total_entries"]
            return total

        return Tally(total=count([]), done=count(DONE_STATES), failed=count(FAILED_STATES))

    def failed_tasks(self, run: Run) -> list[FailedTask]:
        """Return the tasks that failed by themselves, with the last lines of their logs."""
        path = f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances"
        tasks = self.get(path, limit=LARGEST_PAGE, state=["failed"])["task_instances"]
        return [
            FailedTask(
                task_id=task["task_id"],
                map_index=task["map_index"],
                label=task["rendered_map_index"] or "",
                attempt=task["try_number"],
                last_lines=self._log(path, task),
            )
            for task in tasks
        ]

    def backfill(self, dag_id: str, since: datetime, until: datetime, at_once: int) -> int:
        """Run a DAG over a range, runs that exist already included; return the backfill's id."""
        body = {
            "dag_id": dag_id,
            "from_date": since.isoformat(),
            "to_date": until.isoformat(),
            "reprocess_behavior": "completed",
            "max_active_runs": at_once,
        }
        number: int = self._send("POST", "/api/v2/backfills", body)["id"]
        return number

    def open_backfills(self, dag_id: str) -> list[int]:
        """Return the ids of a DAG's backfills that have not ended."""
        answer = self.get("/api/v2/backfills", dag_id=dag_id, limit=LARGEST_PAGE, order_by="-id")
        return [entry["id"] for entry in answer["backfills"] if entry["completed_at"] is None]

    def cancel_backfill(self, number: int) -> None:
        """End a backfill; its runs that wait are marked as failed."""
        self._send("PUT", f"/api/v2/backfills/{number}/cancel", None)

    def _log(self, path: str, task: dict[str, Any]) -> list[str]:
        attempt = f"{path}/{task['task_id']}/logs/{max(task['try_number'], 1)}"
        content = self.get(attempt, map_index=task["map_index"])["content"]
        return [_log_line(entry) for entry in content if _says_something(entry)][-SHOWN_LINES:]

    def get(self, path: str, **parameters: str | int | list[str]) -> dict[str, Any]:
        """Return what a path of the REST API answers; waits while the server does not."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self._session.get(self._url + path, params=parameters, timeout=TIMEOUT)
                if answer.status_code < 500 or time.monotonic() > deadline:
                    return _checked(answer)
            except requests.RequestException as error:
                if time.monotonic() > deadline:
                    raise _unreachable() from error
            time.sleep(0.5)

    def _send(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        try:
            answer = self._session.request(method, self._url + path, json=body, timeout=TIMEOUT)
        except requests.RequestException as error:
            raise _unreachable() from error
        return _checked(answer)


def _run(entry: dict[str, Any]) -> Run:
    start, end = entry["data_interval_start"], entry["data_interval_end"]
    queued = entry.get("queued_at")
    return Run(
        dag_id=entry["dag_id"],
        run_id=entry["dag_run_id"],
        state=entry["state"],
        kind=entry["run_type"],
        start_of_data=datetime.fromisoformat(start) if start else None,
        end_of_data=datetime.fromisoformat(end) if end else None,
        queued_at=datetime.fromisoformat(queued) if queued else None,
    )


def _checked(answer: requests.Response) -> dict[str, Any]:
    if not answer.ok:
        raise DemoError(
            f"Airflow 拒绝了请求（HTTP {answer.status_code}）：{answer.text[:500]}",
            f"Airflow refused a request with HTTP {answer.status_code}.",
        )
    body: dict[str, Any] = answer.json() if answer.content else {}
    return body


def _unreachable() -> DemoError:
    return DemoError("Airflow 没有应答。", "Airflow's API server does not answer.")


def _says_something(entry: dict[str, Any] | str) -> bool:
    """False for what only tells from which file a log was read."""
    text = entry if isinstance(entry, str) else entry["event"]
    return bool(text) and not text.startswith("::") and not text.endswith(".log")


def _log_line(entry: dict[str, Any] | str) -> str:
    """Render one log entry, with the exception that it carries."""
    if isinstance(entry, str):
        return entry
    details = entry.get("error_detail") or []
    raised = [f"{part.get('exc_type')}: {part.get('exc_value')}" for part in details]
    return " · ".join([entry["event"], *raised])
