"""`make scale-out`: the same DAGs on PostgreSQL, Redis and two Celery workers, one of them killed.

Two shops write to one app. While both shops' orders are synced, one worker and everything that it
runs is killed with SIGKILL. In the end every row of both shops must be right and there once, and
neither shop may have been called faster than its documented limits, whatever the number of workers.
The workers share no directory: rates and tokens are in Redis, and each shop hands out one token.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from include.demo import child_supervisor
from include.demo.airflow_api import LARGEST_PAGE, AirflowApi, Run
from include.demo.airflow_services import AirflowServices
from include.demo.errors import DemoError
from include.demo.ports import Ports
from include.demo.processes import Fleet, Service
from include.demo.secrets_needed import environment_of
from include.demo.settings import LOGIN, PROJECT, Folders, Keys, airflow_environment
from include.simulators.clock import format_time
from tests.scale_out.servers import DebianPostgres, Redis, free_port, passable
from tests.scale_out.shops import Scene, busiest_windows, open_scene, several_tokens, too_fast

WORKERS = ("worker-1", "worker-2")
SLOTS = 3  # of each worker
PATIENCE = 1800.0

# As in docker-compose.yaml with the profile celery, but a worker that died is noticed in seconds.
QUICK = {
    "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
    "AIRFLOW__CORE__PARALLELISM": str(SLOTS * len(WORKERS)),
    "AIRFLOW__CELERY__WORKER_CONCURRENCY": str(SLOTS),
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_DETECTION_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "60",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "10",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the trial; 1 when anything is not right in the end."""
    options = _parser().parse_args(arguments)
    # The database may run as another user, who must reach it; not every TMPDIR lets one pass.
    with tempfile.TemporaryDirectory(prefix="scale-out-", dir="/var/tmp") as folder:
        try:
            with open_scene(options.orders_per_day, options.days) as scene:
                return Trial(scene, passable(Path(folder)), options).run()
        except DemoError as error:
            sys.stderr.write(f"✗ {error}\n")
            if options.keep:
                _keep(Path(folder), options.keep)
            return 1


class Trial:
    """The processes of one trial, and what is told of them."""

    def __init__(self, scene: Scene, folder: Path, options: argparse.Namespace) -> None:
        self.scene = scene
        self.options = options
        self.folders = Folders(folder)
        self.folders.create()
        self.ports = Ports(airflow=free_port(), hap=0, xiaoe=0)
        self.keys = Keys.load_or_create(self.folders)
        self.began = time.monotonic()
        self.wrong: list[str] = []

    def run(self) -> int:
        lock = os.open(self.folders.root / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        with Fleet(lock) as fleet:
            api = self._start(fleet)
            self._run_all(api, "mingdao_setup", at_once=False)
            self._run_all(api, "xiaoe_base_data")
            self._orders(api)
        self._judge()
        return 1 if self.wrong else 0

    # -- starting ---------------------------------------------------------------------------------

    def _start(self, fleet: Fleet) -> AirflowApi:
        postgres = DebianPostgres(self.folders)
        postgres.start(fleet)
        redis = Redis(self.folders, free_port())
        redis.start(fleet)
        self.environment = self._environment(postgres.url, redis)
        airflow = AirflowServices(self.folders, self.environment)
        airflow.migrate(fleet, postgres.migrated)
        airflow.start(fleet)
        self.workers = {name: fleet.start(self._worker(name)).pid for name in WORKERS}
        api = AirflowApi(f"http://127.0.0.1:{self.ports.airflow}", LOGIN, self.keys.password)
        airflow.wait(fleet, api)
        wanted = {
            f"{name}{shop.dag}"
            for shop in self.scene.shops
            for name in ("mingdao_setup", "xiaoe_base_data", "xiaoe_orders")
        }
        airflow.wait_for_dags(fleet, api, wanted)
        for dag_id in sorted(wanted):
            api.pause(dag_id, False)
        self._say(f"PostgreSQL, Redis, Airflow, {len(WORKERS)} workers × {SLOTS} slots")
        return api

    def _environment(self, database: str, redis: Redis) -> dict[str, str]:
        return (
            airflow_environment(self.folders, self.ports, self.keys, database)
            | self.scene.connections()
            | QUICK
            | {
                "XIAOE_SHOPS_FILE": str(self.scene.list_of_shops(self.folders.root)),
                "AIRFLOW__CELERY__BROKER_URL": redis.url(0),
                "AIRFLOW__CELERY__RESULT_BACKEND": redis.url(1),
                "XIAOE_STATE": redis.url(2),
            }
        )

    def _worker(self, name: str) -> Service:
        """Return a worker as on a machine of its own: no directory of state is anybody else's."""
        command = [sys.executable, "-m", "airflow", "celery", "worker", "--skip-serve-logs"]
        own = {"XIAOE_TOKEN_DIR": str(self.folders.root / f"{name}-state")}
        return Service(
            name=name,
            command=[*command, "--celery-hostname", f"{name}@%h", "--without-gossip"],
            environment=environment_of("worker", self.environment) | own,
            log=self.folders.logs / f"{name}.log",
            folder=PROJECT,
            order=2,
        )

    # -- running ----------------------------------------------------------------------------------

    def _run_all(self, api: AirflowApi, dag: str, *, at_once: bool = True) -> None:
        """Run a DAG of every shop: side by side, or one after the other."""
        runs = []
        for shop in self.scene.shops:
            runs.append(api.trigger(f"{dag}{shop.dag}"))
            if not at_once:
                self._wait(api, runs)
        self._wait(api, runs)
        self._say(f"{dag}: {', '.join(api.run(run).state for run in runs)}")

    def _orders(self, api: AirflowApi) -> None:
        """Sync the orders of every shop at once, and kill a worker when a part is done."""
        now = self.scene.shops[0].source.clock.now()
        conf = {"since": "2020-01-01 00:00:00", "until": format_time(now)}
        runs = [api.trigger(f"xiaoe_orders{shop.dag}", conf) for shop in self.scene.shops]
        while not self._under_way(api, runs):
            self._check_time()
            time.sleep(0.5)
        self._kill(WORKERS[0])
        self._wait(api, runs)
        for run in runs:
            state = api.run(run).state
            tries = [task for task in task_instances(api, run) if task["try_number"] > 1]
            self._say(f"{run.dag_id}: {state}, {len(tries)} tasks were tried again")
            if state != "success":
                failed = [f"{one.task_id} {one.label}" for one in api.failed_tasks(run)]
                self.wrong.append(f"{run.dag_id} ended {state}: {failed}")

    def _under_way(self, api: AirflowApi, runs: Sequence[Run]) -> bool:
        """Tell whether orders are synced by both workers, with most of them still to come."""
        tasks = [task for run in runs for task in task_instances(api, run)]
        orders = [task for task in tasks if task["task_id"] == "sync_orders"]
        running = {task["hostname"] for task in orders if task["state"] == "running"}
        return bool(running) and any(task["state"] == "success" for task in orders)

    def _kill(self, name: str) -> None:
        pids = child_supervisor.session_members(self.workers[name])
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        self._say(f"{name} killed with SIGKILL, {len(pids)} processes")

    def _wait(self, api: AirflowApi, runs: Sequence[Run]) -> None:
        while not all(api.run(run).is_over for run in runs):
            self._check_time()
            time.sleep(1)

    def _check_time(self) -> None:
        if time.monotonic() - self.began > PATIENCE:
            raise DemoError(
                f"{PATIENCE:.0f} 秒内没有完成。",
                f"It did not end within {PATIENCE:.0f} s.",
                log=self.folders.logs / "scheduler.log",
            )

    # -- judging ----------------------------------------------------------------------------------

    def _judge(self) -> None:
        self.wrong += self.scene.mistakes() + too_fast(self.scene.shops)
        self.wrong += several_tokens(self.scene.shops)
        self.wrong += [f"{kept} was written" for kept in self.folders.root.glob("*-state")]
        for shop in self.scene.shops:
            orders = len(shop.source.orders.current)
            self._say(f"{shop.name}: {orders} orders, {shop.journal.count()} calls")
            for api, (most, limit, seconds) in sorted(busiest_windows(shop.journal).items()):
                self._say(f"  {api}: at most {most} of {limit} calls in {seconds:g} s")
        for told in self.wrong:
            self._say(f"✗ {told}")
        if not self.wrong:
            self._say("✓ 两个店铺的每一行都正确且只有一行 / every row is right, and there once")

    def _say(self, text: str) -> None:
        sys.stdout.write(f"{time.monotonic() - self.began:6.1f} s  {text}\n")
        sys.stdout.flush()


def task_instances(api: AirflowApi, run: Run) -> list[dict[str, Any]]:
    """Return all task instances of a run as Airflow tells them."""
    path = f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances"
    found: list[dict[str, Any]] = []
    while True:
        page = api.get(path, limit=LARGEST_PAGE, offset=len(found))
        found += page["task_instances"]
        if not page["task_instances"] or len(found) >= page["total_entries"]:
            return found


def _keep(folder: Path, target: Path) -> None:
    """Copy the logs out of the folder that is about to go."""
    for log in (folder / "logs").glob("*.log"):
        target.mkdir(parents=True, exist_ok=True)
        (target / log.name).write_bytes(log.read_bytes())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make scale-out", description=__doc__)
    parser.add_argument("--days", type=int, default=6)
    parser.add_argument("--orders-per-day", type=int, default=4)
    parser.add_argument("--keep", type=Path, help="a folder for the logs of a trial that failed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
