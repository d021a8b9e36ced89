"""Keeps a secondary interface that fails from costing every record its retries.

One instance a task. Below it the transport repeats single calls and spares a server that fails as a
whole; this is about one interface among others that work: after a few failures in a row, or a
refusal that a person must lift (2017, a whitelist), it is not asked again by this task. One that
keeps tasks waiting in vain is not asked by others either, for a while (see `outages`).
"""

from __future__ import annotations

import copy
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TypeVar

from connectors.errors import CallError, ConfigurationError, ConnectorError, RejectedError
from include.flows.run.outages import SLOW_IN_A_ROW, SharedOutages

T = TypeVar("T")

FAILURES_IN_A_ROW = 3
SLOW = 10.0  # seconds after which a failure is one that was waited for


class Interfaces:
    """What is known in this task of the interfaces, by api or worksheet; thread safe.

    `outages` is what all tasks know, None for this task alone; `clock` tells seconds.
    """

    def __init__(
        self, outages: SharedOutages | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._outages = outages
        self._clock = clock
        self._lock = threading.Lock()
        self._in_a_row: Counter[str] = Counter()
        self._slow: Counter[str] = Counter()
        self._down: dict[str, ConnectorError] = {}

    @property
    def down(self) -> Mapping[str, ConnectorError]:
        """Return why interfaces are not asked any more, by name."""
        with self._lock:
            return dict(self._down)

    def ask(self, name: str, act: Callable[[], T]) -> T:
        """Return what `act` returns; raise its error, at once where the interface is down.

        A refusal of the one record (`RejectedError`) says that the interface works.
        """
        known = self._known(name)
        if known is not None:
            raise copy.copy(known)
        began = self._clock()
        try:
            answer = act()
        except RejectedError:
            self._works(name)
            raise
        except CallError as error:
            self._failed(name, error, slow=self._clock() - began >= SLOW)
            raise
        self._works(name)
        return answer

    def _known(self, name: str) -> ConnectorError | None:
        with self._lock:
            known = self._down.get(name)
        if known is None and self._outages and (known := self._outages.find(name)):
            with self._lock:
                self._down.setdefault(name, known)
        return known

    def _works(self, name: str) -> None:
        with self._lock:
            self._in_a_row[name] = self._slow[name] = 0
        if self._outages:
            self._outages.forget(name)

    def _failed(self, name: str, error: ConnectorError, *, slow: bool) -> None:
        with self._lock:
            self._in_a_row[name] += 1
            self._slow[name] += slow
            hopeless = isinstance(error, ConfigurationError)
            failing = self._in_a_row[name] >= FAILURES_IN_A_ROW
            if hopeless or failing or self._slow[name] >= SLOW_IN_A_ROW:
                self._down.setdefault(name, copy.copy(error))
        if slow and self._outages:
            self._outages.note(name, error)
