"""The moment at which all tests run, and one throw-away Airflow home per process.

The home is set before anything imports Airflow.

`make test` runs several processes side by side (pytest-xdist): each has a home of its own, and they
share one empty metadata database, made once and copied.
"""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from types import SimpleNamespace

import pytest
import time_machine
from filelock import FileLock

from connectors.rates import limits
from tests.histories.tally import PLAYED
from tests.moment import MOMENT, stopped
from tests.paths import ROOT

_HOME = tempfile.TemporaryDirectory(prefix="airflow-home-")

os.environ |= {
    "AIRFLOW_HOME": _HOME.name,
    "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
    "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
    "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
}


@pytest.fixture(scope="session", autouse=True)
def _wall(tmp_path_factory) -> Iterator[time_machine.Traveller]:
    """Stop wall time, after pytest has looked with the real one for old directories to remove."""
    tmp_path_factory.getbasetemp()
    with stopped() as traveller, pytest.MonkeyPatch.context() as patched:
        waits = SimpleNamespace(monotonic=time.time, sleep=traveller.shift)
        patched.setattr(limits, "time", waits)
        yield traveller


@pytest.fixture(autouse=True)
def wall(_wall) -> Iterator[time_machine.Traveller]:
    """Wall time, at the moment where every test begins; `shift` and `move_to` move it.

    It also moves where a client waits for its turn: nobody sleeps for that.
    """
    start = MOMENT.astimezone(UTC)
    _wall.move_to(start, tick=False)
    yield _wall
    _wall.move_to(start, tick=False)  # for the fixtures of the next module


@pytest.fixture
def ticking(wall, monkeypatch) -> None:
    """Wall time goes on from that moment, and whoever waits for a turn really waits."""
    wall.move_to(MOMENT.astimezone(UTC), tick=True)
    monkeypatch.setattr(limits, "time", time)


@pytest.fixture(scope="session")
def airflow_home(tmp_path_factory, worker_id) -> Path:
    """This process's Airflow home, with a metadata database in it that holds nothing yet."""
    own = Path(_HOME.name)
    if worker_id == "master":  # no other process
        _migrate(own)
        return own
    shared = tmp_path_factory.getbasetemp().parent / "migrated"
    with FileLock(f"{shared}.lock"):
        if not (shared / "airflow.db").exists():
            shared.mkdir()
            _migrate(shared)
    shutil.copy(shared / "airflow.db", own)
    return own


def _migrate(home: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "airflow", "db", "migrate"],
        env={**os.environ, "AIRFLOW_HOME": str(home)},
        check=True,
        capture_output=True,
    )


def pytest_collection_finish(session):
    """Let the garbage collector pass over modules and tests, and look less often at the rest."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_sessionfinish(session):
    """Send what was counted in this process to the one that reports."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["histories"] = dict(PLAYED)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    PLAYED.update(getattr(node, "workeroutput", {}).get("histories", {}))


def pytest_terminal_summary(terminalreporter):
    if PLAYED:
        kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(PLAYED.items()))
        terminalreporter.write_line(f"{PLAYED.total()} histories: {kinds}")
