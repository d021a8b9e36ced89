"""What a process does that is going to be killed: some steps of the pipeline, and a counter.

Runs in a child of multiprocessing's fork server: a real process, and a warm one. To be killed at
each of n requests it need not start n times: at every point it forks a twin, which is killed in
its place, and goes on when it is told to.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from multiprocessing.connection import Connection
from typing import Any

import requests

from include.mapping.phones import read_phone
from tests.crash.scene import SINCE, UNTIL
from tests.moment import stopped
from tests.pipeline.pipeline import Pipeline

STEPS = ("set_up", "base_data", "orders")

read_phone("13800000000")  # loads its data, here once and not in every process that is forked


@dataclass(frozen=True)
class Kill:
    """SIGKILL at the n-th request of the process, before it is sent or after it was answered."""

    request: int
    after: bool


@dataclass(frozen=True)
class Death:
    """A twin of the process died here; `exitcode` as `multiprocessing` tells it."""

    request: int
    after: bool
    exitcode: int


@dataclass(frozen=True)
class Job:
    """Steps of the pipeline for one process, and what is to become of it.

    `kill` lets the process itself die; `twins` is where each death of a twin is told, and where
    leave is given to go on.
    """

    pipeline: Pipeline
    steps: tuple[str, ...] = STEPS
    kill: Kill | None = None
    twins: Connection | None = None


def work(job: Job) -> None:
    """Run the steps in this process."""
    logging.disable(logging.CRITICAL)
    stopped().start()
    if job.kill:
        _at_each_request(_dying_at(job.kill))
    if job.twins:
        _at_each_request(_twin_dying(job.twins))
    run_steps(job.pipeline, job.steps)


def run_steps(pipeline: Pipeline, steps: tuple[str, ...] = STEPS) -> None:
    """Run the steps in order."""
    for step in steps:
        if step == "orders":
            pipeline.orders(SINCE, UNTIL)
        else:
            getattr(pipeline, step)()


def _at_each_request(act: Callable[[int, bool], None]) -> None:
    """Do something before each request is sent and after it was answered."""
    send = requests.Session.send
    numbers = count(1)

    def counted(*args: Any, **options: Any) -> requests.Response:
        number = next(numbers)
        act(number, False)
        response = send(*args, **options)
        act(number, True)
        return response

    requests.Session.send = counted  # type: ignore[method-assign]


def _dying_at(kill: Kill) -> Callable[[int, bool], None]:
    def act(request: int, after: bool) -> None:
        if (request, after) == (kill.request, kill.after):
            os.kill(os.getpid(), signal.SIGKILL)

    return act


def _twin_dying(told: Connection) -> Callable[[int, bool], None]:
    def act(request: int, after: bool) -> None:
        twin = os.fork()
        if twin == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        _, status = os.waitpid(twin, 0)
        told.send(Death(request, after, os.waitstatus_to_exitcode(status)))
        told.recv()

    return act
