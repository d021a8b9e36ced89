"""`python -m include.demo`: the whole pipeline on this machine, without Docker.

Ends with status 0 when all went well, 1 when something failed, 130 when it was stopped half-way.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from include.demo import interrupts
from include.demo.airflow_api import AirflowApi
from include.demo.airflow_services import AirflowServices
from include.demo.errors import DemoError
from include.demo.ports import DEFAULTS, Ports, choose_ports
from include.demo.postgres import Postgres
from include.demo.processes import Fleet
from include.demo.run_lock import RunLock
from include.demo.screen import Screen
from include.demo.settings import LOGIN, PROJECT, Folders, Keys, airflow_environment
from include.demo.simulators import Simulators
from include.demo.steps import BASE_DATA, DAGS, RECONCILE, SETUP, Flow, RunsFailedError
from include.demo.summary import (
    missing_rows,
    print_failures,
    print_next_steps,
    print_summary,
)


def main() -> int:
    """Run the demo; return its exit status."""
    options = _arguments()
    screen = Screen()
    interrupts.raise_on_signals()
    interrupts.stop_with_make()
    try:
        return _demonstrate(options, screen)
    except DemoError as error:
        screen.error(error)
        return 1
    except interrupts.Interrupted as interrupted:
        return 128 + interrupted.number
    finally:
        interrupts.ignore_signals()


def _demonstrate(options: argparse.Namespace, screen: Screen) -> int:
    folders = Folders(options.folder.resolve())
    folders.create()
    lock = RunLock(folders.root)
    lock.acquire()
    if options.clean:
        Postgres(folders).remove()
        shutil.rmtree(folders.root)
        return 0
    ports, notes = choose_ports({name: getattr(options, name) for name in DEFAULTS})
    for note in notes:
        screen.note(note)
    try:
        with Fleet(lock.descriptor) as fleet:
            try:
                return _run(options, screen, folders, ports, fleet)
            finally:
                interrupts.ignore_signals()
                screen.note("正在停止 … / stopping …")
    finally:
        screen.note("已停止，没有进程留下 / stopped; no process is left behind")


def _run(
    options: argparse.Namespace, screen: Screen, folders: Folders, ports: Ports, fleet: Fleet
) -> int:
    keys = Keys.load_or_create(folders)
    url = f"http://127.0.0.1:{ports.airflow}"
    simulators = Simulators(ports, folders)
    flow = Flow(AirflowApi(url, LOGIN, keys.password), fleet, screen, folders.airflow / "logs")
    with screen.live():
        _start(screen, folders, ports, keys, flow, simulators)
        try:
            flow.run_once(SETUP, "建表", "set up the worksheets")
            flow.run_once(BASE_DATA, "基础数据", "customers, goods, columns, answers")
            window = flow.backfill_orders(options.days)
            flow.run_once(RECONCILE, "核对", "compare both sides, as every night")
        except RunsFailedError as failed:
            failure: RunsFailedError | None = failed
            missing = []
        else:
            failure = None
            missing = missing_rows(simulators, window)
    if failure is not None:
        print_failures(screen, failure)
    print_summary(screen, simulators, url, keys.password)
    for line in missing:
        screen.note(line)
    print_next_steps(screen, ports, url, simulators.page)
    status = 1 if failure is not None or missing else 0
    return status if options.once else _stay(screen, fleet, status)


def _start(
    screen: Screen,
    folders: Folders,
    ports: Ports,
    keys: Keys,
    flow: Flow,
    simulators: Simulators,
) -> None:
    postgres = Postgres(folders)
    services = AirflowServices(folders, airflow_environment(folders, ports, keys, postgres.url))
    with screen.step("启动数据库和两个模拟服务", "start PostgreSQL and both simulators"):
        simulators.start(flow.fleet)
        postgres.start(flow.fleet)
        services.migrate(flow.fleet, postgres.migrated)
        simulators.wait(flow.fleet)
    with screen.step("启动 Airflow", "start Airflow"):
        begun = datetime.now(UTC)
        services.start(flow.fleet)
        services.wait(flow.fleet, flow.api)
        services.wait_for_dags(flow.fleet, flow.api, set(DAGS))
        flow.clear_away_unfinished(begun)


def _stay(screen: Screen, fleet: Fleet, status: int) -> int:
    """Keep everything running until someone stops it; return the status then."""
    screen.note("按 Ctrl-C 停止 / press Ctrl-C to stop")
    try:
        while True:
            fleet.check()
            time.sleep(1)
    except interrupts.Interrupted:
        return status


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m include.demo", description="演示 / the demo")
    parser.add_argument("--once", action="store_true", help="完成后自行退出 / stop when done")
    parser.add_argument("--days", type=int, default=7, help="回填天数 / days of orders to backfill")
    parser.add_argument(
        "--folder", type=Path, default=PROJECT / ".demo", help="数据目录 / where it keeps its data"
    )
    parser.add_argument(
        "--clean", action="store_true", help="删除演示数据 / delete the demo's data"
    )
    for name, port in DEFAULTS.items():
        parser.add_argument(f"--{name}-port", dest=name, type=int, help=f"默认 default {port}")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
