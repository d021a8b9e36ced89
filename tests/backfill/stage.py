"""A real Airflow on PostgreSQL, and both simulated vendors in this process.

In this process, so that the oracle reads the shop's truth and HAP's rows themselves, and not what
an API says of them.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from include.demo.airflow_api import AirflowApi
from include.demo.airflow_services import AirflowServices
from include.demo.ports import LOOPBACK, Ports
from include.demo.postgres import Postgres
from include.demo.processes import Fleet
from include.demo.run_lock import RunLock
from include.demo.screen import Screen
from include.demo.settings import LOGIN, PROJECT, Folders, Keys, airflow_environment
from include.demo.steps import DAGS, Flow
from include.simulators.hap.app import create_app as hap_app
from include.simulators.hap.store import HapStore
from include.simulators.server import serve
from include.simulators.xiaoe.app import create_app as xiaoe_app
from include.simulators.xiaoe.shop import Shop

# The demo looks at the DAG files every ten seconds, for people who edit them.
NO_EDITS = {"AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "600"}
PATIENCE = 600.0  # seconds; the machine may be busy with other tests


@dataclass
class Stage:
    """What runs, and how to reach it."""

    source: Shop
    store: HapStore
    flow: Flow
    environment: dict[str, str]

    @property
    def api(self) -> AirflowApi:
        return self.flow.api

    def command(self, *arguments: str) -> str:
        """Run `airflow ...` as a person would; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "airflow", *arguments],
            cwd=PROJECT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@contextmanager
def open_stage(source: Shop, folder: Path, screen: Screen) -> Iterator[Stage]:
    """Start everything, and stop it again."""
    folders = Folders(folder)
    folders.create()
    lock = RunLock(folders.root)
    lock.acquire()
    store = HapStore.demo(clock=source.clock)
    keys = Keys.load_or_create(folders)
    postgres = Postgres(folders)
    try:
        with (
            serve(xiaoe_app(source)) as xiaoe,
            serve(hap_app(store)) as hap,
            Fleet(lock.descriptor) as fleet,
        ):
            ports = Ports(airflow=_free_port(), hap=_port(hap), xiaoe=_port(xiaoe))
            environment = airflow_environment(folders, ports, keys, postgres.url) | NO_EDITS
            api = AirflowApi(f"http://127.0.0.1:{ports.airflow}", LOGIN, keys.password)
            with screen.step("启动 PostgreSQL 和 Airflow", "start PostgreSQL and Airflow"):
                _start(AirflowServices(folders, environment), postgres, fleet, api)
            yield Stage(
                source, store, Flow(api, fleet, screen, folders.airflow / "logs"), environment
            )
    finally:
        postgres.remove()


def _port(url: str) -> int:
    return int(url.rsplit(":", 1)[1])


def _free_port() -> int:
    """Return a port that the system has just given away: a default may be another demo's."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _start(services: AirflowServices, postgres: Postgres, fleet: Fleet, api: AirflowApi) -> None:
    postgres.start(fleet)
    services.migrate(fleet, postgres.migrated)
    services.start(fleet)
    services.wait(fleet, api, PATIENCE)
    services.wait_for_dags(fleet, api, set(DAGS), PATIENCE)
    for dag_id in DAGS:
        api.pause(dag_id, paused=True)
