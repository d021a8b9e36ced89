"""Keeps a secondary interface that fails from costing every record its retries.

One instance a task. Below it the transport repeats single calls and spares a server that fails as a
whole; this is about one interface among others that work: after a few failures in a row, or a
refusal that a person must lift (2017, a whitelist), it is not asked again by this task.
"""

from __future__ import annotations

import copy
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TypeVar

from connectors.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    RejectedError,
)

T = TypeVar("T")

FAILURES_IN_A_ROW = 3


class Interfaces:
    """What is known in this task of the interfaces, by api or worksheet; thread safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_a_row: Counter[str] = Counter()
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
        with self._lock:
            known = self._down.get(name)
        if known is not None:
            raise copy.copy(known)
        try:
            answer = act()
        except AuthenticationError:
            raise
        except RejectedError:
            self._works(name)
            raise
        except ConnectorError as error:
            self._failed(name, error)
            raise
        self._works(name)
        return answer

    def _works(self, name: str) -> None:
        with self._lock:
            self._in_a_row[name] = 0

    def _failed(self, name: str, error: ConnectorError) -> None:
        with self._lock:
            self._in_a_row[name] += 1
            hopeless = isinstance(error, ConfigurationError)
            if hopeless or self._in_a_row[name] >= FAILURES_IN_A_ROW:
                self._down.setdefault(name, copy.copy(error))
