"""A clock that stands where a module of the connectors says `time`.

It passes only while somebody sleeps or when it is told to, so that what is shown of paces, waits
and lifetimes does not depend on how busy the machine is.
"""

from __future__ import annotations

import threading
import time
from types import ModuleType

import pytest
from fakeredis.commands_mixins import server_mixin
from tenacity import nap

from connectors.http import retries
from connectors.rates import limits
from connectors.state import pace, redis_server
from connectors.xiaoe import auth

READERS: tuple[ModuleType, ...] = (limits, retries, pace, redis_server, auth, nap, server_mixin)


class Clock:
    """One time for all. Nobody wakes up within `stall`, from so many seconds on until so many."""

    def __init__(self, stall: tuple[float, float] = (0.0, 0.0)) -> None:
        self.now = 1_800_000_000.0
        self._stands, self._runs = self.now + stall[0], self.now + stall[1]

    def time(self) -> float:
        return self.now

    monotonic = time

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self._stands <= self.now < self._runs:
            self.now = self._runs

    def replaces_time(self, monkeypatch: pytest.MonkeyPatch) -> Clock:
        for module in READERS:
            monkeypatch.setattr(module, "time", self)
        return self


class ClockOfEachThread(Clock, threading.local):
    """A time for each thread, from the same start: one that sleeps does not make others late."""

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        time.sleep(0.005)  # lets the others take their turns
