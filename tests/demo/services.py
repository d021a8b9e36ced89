"""Small commands that stand where the demo has its servers, and a look at who is alive."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

from include.demo.processes import Service
from tests.waiting import wait_until


def service(folder: Path, script: str, *, name: str = "service", **options: object) -> Service:
    """Return a service that runs a shell script."""
    return Service(
        name=name,
        command=["/bin/sh", "-c", script],
        environment=dict(os.environ),
        log=folder / f"{name}.log",
        folder=folder,
        **options,
    )


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that has ended and waits to be collected does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def written_pids(*files: Path) -> list[int]:
    """Return the process ids that scripts wrote into files, once they all have."""
    wait_until(lambda: all(file.exists() and file.read_text().strip() for file in files))
    return [int(file.read_text()) for file in files]
