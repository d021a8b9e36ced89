"""On a real scheduler: Airflow and PostgreSQL as in `make demo`, from trigger to success."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import psutil

from include.demo.airflow_api import AirflowApi, Run
from include.demo.airflow_services import AirflowServices
from include.demo.ports import DEFAULTS, choose_ports
from include.demo.postgres import Postgres
from include.demo.processes import Fleet
from include.demo.run_lock import RunLock
from include.demo.settings import LOGIN, Folders, Keys, airflow_environment
from include.demo.steps import ORDERS, SETUP
from tests.bench.data_set import SPAN, last_order_at
from tests.bench.progress import say
from tests.bench.vendors import LATENCY, Vendors, serve_vendors
from tests.bench.verdict import differences_of

LOADED, INCREMENT, REPEATS = 1000, 20, 3
RUNS = (LOADED, *[INCREMENT] * REPEATS, *[1] * REPEATS)  # how many new orders each finds
PATIENCE = 1800.0
POLL = 0.5  # the end is Airflow's own note of it; ten looks a second are a third of the API server
QUIET = timedelta(seconds=60)  # before and after the minutes in which a scheduled run begins
SCHEDULED = (5, 20, 35, 50)
_PARTS = ("api-server", "scheduler", "dag-processor", "postgres")


def measure_on_airflow(folder: Path) -> dict[str, Any]:
    """Load 1,000 orders through Airflow, then three times 20 more, and three times one."""
    folders = Folders(folder.resolve() / "airflow")
    folders.create()
    lock = RunLock(folders.root)
    lock.acquire()
    ports, _ = choose_ports(dict.fromkeys(DEFAULTS))
    until = last_order_at(datetime.now().astimezone())
    orders = sum(RUNS)
    try:
        with (
            serve_vendors(folder / "vendors", orders, until, ports=ports) as vendors,
            Fleet(lock.descriptor) as fleet,
        ):
            api = _start(folders, ports, fleet)
            _run(api, fleet, SETUP)
            vendors.conditions(limits=True, latency=LATENCY)
            api.pause(ORDERS, paused=False)
            return _measure(api, fleet, vendors, until - SPAN)
    finally:
        Postgres(folders).remove()


def _start(folders: Folders, ports: Any, fleet: Fleet) -> AirflowApi:
    say("starting PostgreSQL and Airflow")
    keys, postgres = Keys.load_or_create(folders), Postgres(folders)
    services = AirflowServices(folders, airflow_environment(folders, ports, keys, postgres.url))
    postgres.start(fleet)
    services.migrate(fleet, postgres.migrated)
    services.start(fleet)
    api = AirflowApi(f"http://127.0.0.1:{ports.airflow}", LOGIN, keys.password)
    services.wait(fleet, api, patience=PATIENCE)
    services.wait_for_dags(fleet, api, {SETUP, ORDERS}, patience=PATIENCE)
    return api


def _measure(api: AirflowApi, fleet: Fleet, vendors: Vendors, since: datetime) -> dict[str, Any]:
    created = sorted(datetime.fromisoformat(one["created_at"]) for one in vendors.orders())
    cuts = [since, *(created[end] for end in list(accumulate(RUNS))[:-1]), vendors.now()]
    with _largest_processes() as peaks:
        walls = []
        for number, (start, end) in enumerate(pairwise(cuts)):
            # an order is paid, and so changed, twenty seconds after it was made
            ends = end if number < len(RUNS) - 1 else end - timedelta(minutes=1)
            _wait_for_quiet(api, fleet)
            params = {"since": start.isoformat(), "until": ends.isoformat()}
            begun = datetime.now(UTC)
            run = _run(api, fleet, ORDERS, params)
            walls.append((_end_of(api, run) - begun).total_seconds())
            say(f"{ORDERS} {run.state} after {walls[-1]:.1f} s, {api.tally(run).total} tasks")
            if run.state != "success":
                raise RuntimeError(f"the run {run.run_id} ended as {run.state}")
    vendors.stop()
    different = differences_of(vendors)
    many, single = walls[1 : 1 + REPEATS], walls[1 + REPEATS :]
    return {
        "loaded": LOADED,
        "load_s": round(walls[0], 1),
        "increment": INCREMENT,
        "increments_s": [round(wall, 1) for wall in many],
        "increment_s": round(statistics.median(many), 1),
        "singles_s": [round(wall, 1) for wall in single],
        "single_s": round(statistics.median(single), 1),
        "peak_mib": {name: round(peak, 1) for name, peak in sorted(peaks.items())},
        "differences": len(different),
        "shown_differences": different[:5],
    }


def _run(api: AirflowApi, fleet: Fleet, dag_id: str, params: dict[str, Any] | None = None) -> Run:
    """Trigger a DAG and wait until its run is over."""
    api.pause(dag_id, paused=False)
    run = api.trigger(dag_id, params)
    deadline = time.monotonic() + PATIENCE
    while not run.is_over:
        fleet.check()
        if time.monotonic() > deadline:
            raise RuntimeError(f"the run {run.run_id} is not over after {PATIENCE:.0f} s")
        time.sleep(POLL)
        run = api.run(run)
    return run


def _end_of(api: AirflowApi, run: Run) -> datetime:
    answer = api.get(f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}")
    return datetime.fromisoformat(answer["end_date"])


def _wait_for_quiet(api: AirflowApi, fleet: Fleet) -> None:
    """Wait until no scheduled run is under way or about to begin: one run at a time is allowed."""
    while _is_scheduled_soon() or not all(run.is_over for run in api.runs(ORDERS)):
        fleet.check()
        time.sleep(1)


def _is_scheduled_soon() -> bool:
    now = datetime.now(UTC)
    starts = [now.replace(minute=minute, second=0, microsecond=0) for minute in SCHEDULED]
    return any(start - QUIET < now < start + QUIET / 2 for start in starts)


@contextmanager
def _largest_processes() -> Iterator[dict[str, float]]:
    """Watch the resident memory of each kind of process, and keep the most of each."""
    peaks: dict[str, float] = {}
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.5):
            for process in psutil.Process().children(recursive=True):
                try:
                    kind, held = _kind_of(process), process.memory_info().rss / 1024**2
                except psutil.Error:  # it has just ended
                    continue
                if kind:
                    peaks[kind] = max(peaks.get(kind, 0.0), held)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peaks
    finally:
        ended.set()
        thread.join()


def _kind_of(process: psutil.Process) -> str:
    """Name what a process is; whatever the scheduler has started is a task, or waits for one."""
    words = " ".join(process.cmdline())
    if "tests.bench" in words or "child_supervisor.py" in words:
        return ""
    for part in _PARTS:
        if part in words or part.replace("-", "_") in words:
            return part
    parents = [" ".join(parent.cmdline()) for parent in process.parents()[:6]]
    return "task" if any("scheduler" in parent for parent in parents) else ""
