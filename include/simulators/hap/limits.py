"""The gateway's rate limit: row calls per second and client address.

It counts real seconds (and those skipped by the clock), not the simulated time of day, so that a
frozen clock does not starve a client (contracts: hap §11.1).
"""

from __future__ import annotations

from collections import deque


class RateLimit:
    """A sliding window of one second for each budget."""

    def __init__(self) -> None:
        self._calls: dict[str, deque[float]] = {}

    def admit(self, budget: str, now: float, limit: int) -> bool:
        """Count a call against `budget`; False when the second is full. Limit 0 admits all."""
        if limit == 0:
            return True
        calls = self._calls.setdefault(budget, deque())
        while calls and calls[0] <= now - 1.0:
            calls.popleft()
        if len(calls) >= limit:
            return False
        calls.append(now)
        return True
