"""Keeps this process below the vendors' rates, and slows down when a vendor says "too many".

Rates are per endpoint or per group of endpoints (contracts: xiaoe §0.2 and §3.2, hap §11.1). A
vendor counts all our processes together, so a process takes its share: the budget divided by the
number of tasks that run at once. All clients of one process with the same scope share one pacer.

Calls are paced evenly (GCRA), with a small burst to make up for late threads, so that no window of
the vendor, fixed or sliding, ever sees more than the budget: within any window a process sends at
most ``burst - 1 + rate`` calls, and the two are chosen to add up to its share.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from pyrate_limiter import GCRA, Rate, StateBucket
from pyrate_limiter import Limiter as Pyrate

from connectors.codes import SLOWER
from connectors.errors import RateLimited, Words

LONGEST_TURN = 600.0
"""Seconds that a call may wait for its turn before the task gives up."""

_LONGEST_HOLD = 60.0  # a longer pause, such as a used-up quota, is left to the scheduler
_SLOWEST = 8
_RECOVERS_AFTER = 10.0


@dataclass(frozen=True)
class Budget:
    """``calls`` within ``seconds``, of which the part ``use`` is planned to be used.

    APIs that the vendor counts together share one budget by its ``name``.
    """

    name: str
    calls: int
    seconds: float
    use: float = 0.9


class Pacer:
    """One budget's turns in one process; thread safe.

    After a throttling answer each call takes two turns instead of one, then four, then eight; each
    ten quiet seconds halve that again.
    """

    def __init__(self, budget: Budget, shares: int) -> None:
        share = budget.use * budget.calls / shares
        per_window = max(1, int(share))
        burst = max(1, min(10, per_window // 20))
        window = budget.seconds if share >= 1 else budget.seconds / share
        rate = Rate(per_window - burst + 1, int(window * 1000), burst=burst)
        self._turns = Pyrate(StateBucket([rate], GCRA()), buffer_ms=0)
        self._queue = threading.Lock()
        self._lock = threading.Lock()
        self._pause = min(budget.seconds, 2.0)
        self._turns_per_call = 1
        self._held_until = 0.0
        self._throttled_at = float("-inf")

    def wait_for_turn(self) -> float:
        """Block until the call may go out, then return 0.

        Where that would take too long, return at once the seconds after which to ask again.
        """
        deadline = time.monotonic() + LONGEST_TURN
        # Threads queue for a lock, and only the first of them watches the bucket: were all to
        # watch it, each turn would wake them all.
        if not self._queue.acquire(timeout=LONGEST_TURN):
            return LONGEST_TURN
        try:
            return self._take_turns(deadline)
        finally:
            self._queue.release()

    def slow_down(self, wait: float | None) -> None:
        """Hold all calls for ``wait`` seconds, or a moment, and take more turns for each."""
        with self._lock:
            now = time.monotonic()
            if now - self._throttled_at > 1.0:  # answers to calls of one moment count once
                self._turns_per_call = min(_SLOWEST, self._turns_per_call * 2)
            self._throttled_at = now
            self._held_until = max(self._held_until, now + (wait or self._pause))

    def _take_turns(self, deadline: float) -> float:
        for _ in range(self._turns_now()):
            if not self._turns.try_acquire(timeout=max(0.0, deadline - time.monotonic())):
                return LONGEST_TURN
        while (hold := self._held_until - time.monotonic()) > 0:
            if hold > _LONGEST_HOLD:
                return hold
            time.sleep(hold)
        return 0.0

    def _turns_now(self) -> int:
        with self._lock:
            quiet_for = time.monotonic() - self._throttled_at
            if self._turns_per_call > 1 and quiet_for > _RECOVERS_AFTER:
                self._turns_per_call //= 2
                self._throttled_at += _RECOVERS_AFTER
            return self._turns_per_call


class Limiter:
    """Paces the calls of one client by the budgets of its endpoints.

    Args:
        budgets: The budget of each api; an api that is not in it is not paced.
        scope: What the vendor counts by, such as host and app; same scope, same pacers.
        shares: Number of tasks that use the scope at once.
    """

    def __init__(self, budgets: Mapping[str, Budget], *, scope: str, shares: int = 1) -> None:
        self._budgets = budgets
        self._scope = scope
        self._shares = max(1, shares)

    def acquire(self, api: str) -> None:
        """Block until a call of ``api`` may go out.

        Raises:
            RateLimited: Its turn does not come within `LONGEST_TURN`, or the vendor asked for a
                pause that is too long to sit through.
        """
        pacer = self._pacer(api)
        wait = pacer.wait_for_turn() if pacer else 0.0
        if wait:
            words = Words("调用额度暂时用完", "the call limit leaves no room for now")
            raise RateLimited(api, words, SLOWER, None, wait)

    def slow_down(self, api: str, wait: float | None = None) -> None:
        """Note a throttling answer to ``api``, with the seconds that the vendor asks to wait."""
        pacer = self._pacer(api)
        if pacer:
            pacer.slow_down(wait)

    def _pacer(self, api: str) -> Pacer | None:
        budget = self._budgets.get(api)
        if budget is None:
            return None
        key = (self._scope, budget, self._shares)
        with _REGISTRY_LOCK:
            if key not in _REGISTRY:
                _REGISTRY[key] = Pacer(budget, self._shares)
            return _REGISTRY[key]


_REGISTRY: dict[tuple[str, Budget, int], Pacer] = {}
_REGISTRY_LOCK = threading.Lock()
