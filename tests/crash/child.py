"""What a process does that is going to be killed: some steps of the pipeline, and a counter.

Runs in a child of multiprocessing's fork server: a real process, and a warm one.
"""

from __future__ import annotations

import logging
import os
import signal
from dataclasses import dataclass
from itertools import count
from typing import Any

import requests

from tests.crash.scene import SINCE, UNTIL
from tests.pipeline.pipeline import Pipeline

STEPS = ("set_up", "base_data", "orders")


@dataclass(frozen=True)
class Kill:
    """SIGKILL at the n-th request of the process, before it is sent or after it was answered."""

    request: int
    after: bool


@dataclass(frozen=True)
class Job:
    """Steps of the pipeline for one process."""

    pipeline: Pipeline
    steps: tuple[str, ...] = STEPS
    kill: Kill | None = None


def work(job: Job) -> None:
    """Run the steps in this process."""
    logging.disable(logging.CRITICAL)
    if job.kill:
        _arm(job.kill)
    run_steps(job.pipeline, job.steps)


def run_steps(pipeline: Pipeline, steps: tuple[str, ...] = STEPS) -> None:
    """Run the steps in order."""
    for step in steps:
        if step == "orders":
            pipeline.orders(SINCE, UNTIL)
        else:
            getattr(pipeline, step)()


def _arm(kill: Kill) -> None:
    send = requests.Session.send
    numbers = count(1)

    def counted(*args: Any, **options: Any) -> requests.Response:
        number = next(numbers)
        if number == kill.request and not kill.after:
            os.kill(os.getpid(), signal.SIGKILL)
        response = send(*args, **options)
        if number == kill.request:
            os.kill(os.getpid(), signal.SIGKILL)
        return response

    requests.Session.send = counted  # type: ignore[method-assign]
