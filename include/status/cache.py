"""Keeps a picture for some seconds, and lets one reader at a time fetch the next.

A page that many people keep open must not use up the row calls of the sync, and a HAP that does not
answer must not pile up waiting requests: a failure is kept too, for a shorter time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
KEPT = 20.0
FAILURE_KEPT = 15.0


class Kept(Generic[T]):
    """The last result of a reader, and whether a later one has failed; thread safe."""

    def __init__(
        self,
        read: Callable[[], T],
        *,
        seconds: float = KEPT,
        failure_seconds: float = FAILURE_KEPT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._seconds = seconds
        self._failure_seconds = failure_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._until = 0.0
        self._values: list[T] = []
        self._failure: Exception | None = None

    def get(self) -> T:
        """Return the kept result, or read it anew; raises what the reader raised."""
        with self._lock:
            if self._clock() >= self._until or not (self._values or self._failure):
                self._renew()
            if self._failure:
                raise self._failure.with_traceback(None)
            return self._values[0]

    @property
    def last(self) -> T | None:
        """The newest result, also where a later reading has failed; None where there is none."""
        return self._values[0] if self._values else None

    def _renew(self) -> None:
        try:
            self._values, self._failure = [self._read()], None
        except Exception as failure:
            self._failure = failure
        kept = self._failure_seconds if self._failure else self._seconds
        self._until = self._clock() + kept
