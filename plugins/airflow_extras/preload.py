"""What every task would otherwise do by itself, done once in the process that all are forked from.

`[core] mp_forkserver_preload` names this module, as its last. Reading the pipeline's code costs a
task a third of a CPU second, and a garbage collection over all that is loaded another third.

What a stranger would get wrong: the code is read when the scheduler starts its first task, and may
be edited afterwards. So whoever is forked forgets it if a file has changed since, and an edited
rule takes effect with the next task.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Collection, Iterable
from importlib import import_module

from airflow.sdk.listener import get_listener_manager

from airflow_extras.garbage import leave_loaded_alone

log = logging.getLogger(__name__)

PACKAGES = ("airflow_extras", "connectors", "include")
MODULES = (
    "airflow.sdk.definitions.decorators",
    "airflow_extras.approval",
    "airflow_extras.notify",
    "airflow_extras.push.pushes",
    "airflow_extras.run",
    "airflow_extras.shop_dag",
    "airflow_extras.timetable",
    "include.doctor.examine",
    "include.doctor.shape_report.report",
    "include.flows.customers.audiences",
    "include.flows.customers.base_data",
    "include.flows.customers.bulk_sync",
    "include.flows.customers.erase",
    "include.flows.orders.explain",
    "include.flows.orders.finish",
    "include.flows.orders.list",
    "include.flows.orders.pushed",
    "include.flows.orders.sync",
    "include.flows.reconcile.catch_up",
    "include.flows.reconcile.days",
    "include.flows.reconcile.finish",
    "include.flows.reconcile.plan",
    "include.flows.reconcile.review",
    "include.flows.setup",
)


def preload(modules: Iterable[str], packages: Collection[str]) -> None:
    """Import modules; what is forked from this process has them, as long as they are new.

    What belongs to `packages` is forgotten together. A file that cannot be imported ends nothing
    here: the DAGs that need it say so. Which state of a file was read that somebody saves
    meanwhile is not known, so it is never taken for new.
    """
    began = time.time_ns()
    try:
        for name in modules:
            import_module(name)
        get_listener_manager()  # it looks for plugins among all that is installed
    except Exception:
        log.exception("not preloaded")
    times = {file: _time_of_change(file) for file in _files(packages).values()}
    read = {file: one if one < began else None for file, one in times.items()}
    os.register_at_fork(after_in_child=lambda: _forget_if_edited(read, packages))
    leave_loaded_alone()


def _forget_if_edited(times: dict[str, int | None], packages: Collection[str]) -> None:
    if any(_time_of_change(file) != one for file, one in times.items()):
        for name in _files(packages):
            del sys.modules[name]


def _files(packages: Collection[str]) -> dict[str, str]:
    """Return the file of each loaded module of these packages, but for this one."""
    return {
        name: module.__file__
        for name, module in sys.modules.items()
        if name.partition(".")[0] in packages and module.__file__ and name != __name__
    }


def _time_of_change(file: str) -> int:
    """Return when a file was changed, in ns; 0 when it is gone."""
    try:
        return os.stat(file).st_mtime_ns  # noqa: PTH116  (270 of them for each task: 1 ms)
    except OSError:
        return 0


preload(MODULES, PACKAGES)
