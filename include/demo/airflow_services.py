"""Airflow's own processes: the database's schema, then API server, scheduler, DAG processor.

`airflow standalone` does the same with one command, but ends by leaving most of its children
behind. The triggerer has nothing to do here; without one Airflow's first screen shows a red tile.
"""

from __future__ import annotations

import sys
import time
from importlib.metadata import version
from pathlib import Path

from include.demo.airflow_api import AirflowApi
from include.demo.errors import DemoError
from include.demo.processes import Fleet, Service
from include.demo.secrets_needed import environment_of
from include.demo.settings import PROJECT, Folders

MIGRATE = ["db", "migrate"]
# The scheduler's log server would listen on every address of the machine; logs are read from disk.
COMPONENTS = {
    "api-server": ["api-server"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}


class AirflowServices:
    """Starts Airflow's processes, each with the secrets that it needs out of one environment."""

    def __init__(self, folders: Folders, environment: dict[str, str]) -> None:
        self._folders = folders
        self._environment = environment

    def migrate(self, fleet: Fleet, done: Path) -> None:
        """Bring the database to Airflow's schema; `done` remembers for which version it was."""
        installed = version("apache-airflow")
        if done.exists() and done.read_text() == installed:
            return
        fleet.run(self._service("migrate", MIGRATE))
        done.write_text(installed)

    def start(self, fleet: Fleet) -> None:
        """Start the three components and return at once."""
        for name, arguments in COMPONENTS.items():
            fleet.start(self._service(name, arguments))

    def wait(self, fleet: Fleet, api: AirflowApi, patience: float = 180.0) -> None:
        """Wait until all components report that they are healthy, and log in."""
        deadline = time.monotonic() + patience
        while not api.is_healthy():
            fleet.check()
            if time.monotonic() > deadline:
                raise DemoError(
                    f"Airflow 在 {patience:.0f} 秒内没有就绪，日志在 {self._folders.logs}。",
                    f"Airflow was not healthy within {patience:.0f} s.",
                    log=self._folders.logs / "api-server.log",
                )
            time.sleep(0.3)
        api.log_in()
        api.warm_up()

    def wait_for_dags(
        self, fleet: Fleet, api: AirflowApi, wanted: set[str], patience: float = 120.0
    ) -> None:
        """Wait until Airflow has read the DAGs.

        Raises:
            DemoError: a file of the DAG folder cannot be imported, or a DAG never appears.
        """
        deadline = time.monotonic() + patience
        while missing := wanted - api.dag_ids():
            fleet.check()
            errors = api.import_errors()
            if errors:
                raise DemoError(f"DAG 文件无法导入：{errors[0]}", "A DAG file cannot be imported.")
            if time.monotonic() > deadline:
                names = ", ".join(sorted(missing))
                raise DemoError(
                    f"Airflow 没有找到 DAG：{names}。",
                    f"Airflow found no DAG {names}.",
                    log=self._folders.logs / "dag-processor.log",
                )
            time.sleep(0.5)

    def _service(self, name: str, arguments: list[str]) -> Service:
        return Service(
            name=name,
            command=[sys.executable, "-m", "airflow", *arguments],
            environment=environment_of(name, self._environment),
            log=self._folders.logs / f"{name}.log",
            folder=PROJECT,
        )
