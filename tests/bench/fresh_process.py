"""Runs one function in a process of its own, as Airflow's LocalExecutor runs a task.

The process is forked from a server that has imported everything already and keeps it out of the
garbage collector's way, as in the settings of the demo and of docker-compose.yaml; what it costs in
memory and CPU is its own.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.bench.preloaded"])


@dataclass(frozen=True)
class Ended:
    """What became of a process; `failure` is the name of the exception, `told` its traceback."""

    value: Any
    failure: str
    told: str
    wall: float
    cpu_seconds: float
    peak_mib: float


class ProcessLostError(Exception):
    """A process ended without an answer, or not in time."""


def run_fresh(function: Callable[..., Any], *arguments: object, patience: float) -> Ended:
    """Run a function and wait for it; raises ProcessLostError when it does not come back."""
    receiver, sender = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_child, args=(sender, function, arguments))
    process.start()
    sender.close()
    try:
        if not receiver.poll(patience):
            raise ProcessLostError(f"{function.__name__} took longer than {patience:.0f} s")
        return receiver.recv()
    except EOFError:
        process.join()
        raise ProcessLostError(f"{function.__name__} ended with {process.exitcode}") from None
    finally:
        receiver.close()
        process.join(5)
        if process.is_alive():
            process.kill()
            process.join()


def _child(sender: Connection, function: Callable[..., Any], arguments: tuple[object, ...]) -> None:
    begun, used = time.monotonic(), time.process_time()
    value, failure, told = None, "", ""
    try:
        value = function(*arguments)
    except Exception as error:  # whatever it is, the other process decides
        failure, told = type(error).__name__, traceback.format_exc()
    sender.send(
        Ended(
            value,
            failure,
            told,
            time.monotonic() - begun,
            time.process_time() - used,
            own_peak_mib(),
        )
    )
    sender.close()


def own_peak_mib() -> float:
    """Return the most memory that this process has held at once."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    except OSError:  # not Linux
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1024**2 if sys.platform == "darwin" else 1024)
