"""One throw-away Airflow home per process, set before anything imports Airflow.

`make test` runs several processes side by side (pytest-xdist): each has a home of its own, and they
share one empty metadata database, made once and copied.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from filelock import FileLock

from tests.histories.tally import PLAYED
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
