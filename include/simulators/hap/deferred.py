"""Writes that are applied later than they were answered.

A gateway that gives up on a slow write answers 504; the write lands all the same, perhaps after
the client has looked and found nothing (F18, F74). Time is the clock's `monotonic()`.
"""

from __future__ import annotations

from collections.abc import Callable


class Deferred:
    """Operations that wait for their moment."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, Callable[[], None]]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, due: float, operation: Callable[[], None]) -> None:
        """Run `operation` once the clock has reached `due`."""
        self._waiting.append((due, operation))

    def settle(self, now: float) -> None:
        """Run everything that is due, oldest first."""
        due = sorted((entry for entry in self._waiting if entry[0] <= now), key=lambda e: e[0])
        self._waiting = [entry for entry in self._waiting if entry[0] > now]
        for _, operation in due:
            operation()
