"""Keeps all processes together below the vendors' rates, and slows down on "too many".

Rates are per endpoint or per group of endpoints (contracts: xiaoe §0.2 and §3.2, hap §11.1), and a
vendor counts all our processes together. So each call books its turn in a state that all processes
share through a file (see `pace_state`), and then waits for it: one task alone may use the whole
rate, and a hundred tasks together no more. Where nothing is shared, as with workers on several
machines without a common volume, a process takes a fixed share of the rate instead.

Turns are spread evenly (GCRA), with a small burst to make up for late threads, so that no window
of the vendor, fixed or sliding, ever sees more than the budget: within any window at most
``burst - 1 + rate`` turns begin, and the two are chosen to add up to the planned part of the
budget. A call that misses its turn by more than the rest of the budget can bear books another one.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pyrate_limiter import GCRA, Rate

from connectors.codes import SLOWER
from connectors.errors import Bilingual, RateLimited
from connectors.state.pace import OwnPace, PaceState, PaceStore, SharedPace

log = logging.getLogger(__name__)

LONGEST_TURN = 600.0
"""Seconds that a call may wait for its turn before the task gives up."""

_LONGEST_HOLD = 60.0  # a longer pause, such as a used-up quota, is left to the scheduler
_SLOWEST = 8
_RECOVERS_AFTER = 10.0
_LEAST_LATENESS = 0.05


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
    """One budget's turns; thread safe, and process safe with a shared store.

    After a throttling answer each call takes two turns instead of one, then four, then eight; each
    ten quiet seconds halve that again.
    """

    def __init__(self, budget: Budget, shares: int, store: PaceStore) -> None:
        share = budget.use * budget.calls / shares
        per_window = max(1, int(share))
        burst = max(1, min(10, per_window // 20))
        window = budget.seconds if share >= 1 else budget.seconds / share
        self._rates = [Rate(per_window - burst + 1, int(window * 1000), burst=burst)]
        self._furthest = LONGEST_TURN + window
        self._pause = min(budget.seconds, 2.0)
        self._late = max(_LEAST_LATENESS, (1 - budget.use) * budget.seconds)
        self._store = store

    def wait_for_turn(self) -> float:
        """Block until the call may go out, then return 0.

        Where that would take too long, return at once the seconds after which to ask again.
        """
        deadline = time.time() + LONGEST_TURN
        while True:
            turn = self._store.change(lambda state: self._booked(state, deadline))
            if turn.refused:
                return turn.at - time.time()
            wait = turn.at - time.time()
            if wait > 0:
                time.sleep(wait)
            if time.time() - turn.at <= self._late and not self._held():
                return 0.0

    def slow_down(self, wait: float | None) -> None:
        """Hold all calls for ``wait`` seconds, or a moment, and take more turns for each."""
        self._store.change(lambda state: (self._slower(state, wait), None))

    def _booked(self, state: PaceState, deadline: float) -> tuple[PaceState, _Turn]:
        """Take the next turns, unless they come too late."""
        now = time.time()
        state = self._recovered(state, now)
        earliest = max(now, state.held_until)
        if earliest - now > _LONGEST_HOLD:
            return state, _Turn(earliest, refused=True)
        # A state from far ahead was written before the clock was set back, and is worth nothing.
        due = state.due if state.due / 1e6 - now <= self._furthest else 0
        at = earliest
        for _ in range(state.turns_per_call):
            due, at = self._next(due, at)
        if at > deadline:
            return state, _Turn(at, refused=True)
        return replace(state, due=due), _Turn(at)

    def _next(self, due: int, earliest: float) -> tuple[int, float]:
        """Return the state after one more turn, and the moment of that turn."""
        gcra, ms = GCRA(), int(earliest * 1000)
        state, decision = gcra.step(self._rates, (due,), ms, 1)
        if decision.retry_after_ms is not None:
            ms += decision.retry_after_ms
            state, _ = gcra.step(self._rates, (due,), ms, 1)
        return int(state[0]), max(earliest, ms / 1000)

    def _recovered(self, state: PaceState, now: float) -> PaceState:
        if state.turns_per_call > 1 and now - state.throttled_at > _RECOVERS_AFTER:
            return replace(
                state,
                turns_per_call=state.turns_per_call // 2,
                throttled_at=state.throttled_at + _RECOVERS_AFTER,
            )
        return state

    def _slower(self, state: PaceState, wait: float | None) -> PaceState:
        now = time.time()
        turns = state.turns_per_call
        if now - state.throttled_at > 1.0:  # answers to calls of one moment count once
            turns = min(_SLOWEST, turns * 2)
        held = max(state.held_until, now + (wait or self._pause))
        return replace(state, turns_per_call=turns, throttled_at=now, held_until=held)

    def _held(self) -> bool:
        """Tell whether a throttling answer has come in while the call waited."""
        return self._store.change(lambda state: (state, state.held_until > time.time()))


@dataclass(frozen=True)
class _Turn:
    """When a call may go out, in unix seconds; `refused` where that is too far away."""

    at: float
    refused: bool = False


class Limiter:
    """Paces the calls of one client by the budgets of its endpoints.

    Args:
        budgets: The budget of each api; an api that is not in it is not paced.
        scope: What the vendor counts by, such as host and app; same scope, same pacers.
        directory: Where all processes that use the scope share their state; None when they cannot.
        shares: Number of tasks that use the scope at once; divides the rate where no state is
            shared.
    """

    def __init__(
        self,
        budgets: Mapping[str, Budget],
        *,
        scope: str,
        directory: Path | None = None,
        shares: int = 1,
    ) -> None:
        self._budgets = budgets
        self._scope = scope
        self._directory = directory
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
            words = Bilingual("调用额度暂时用完", "the call limit leaves no room for now")
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
        key = (self._scope, budget, self._directory, self._shares)
        with _REGISTRY_LOCK:
            if key not in _REGISTRY:
                _REGISTRY[key] = self._new_pacer(budget)
            return _REGISTRY[key]

    def _new_pacer(self, budget: Budget) -> Pacer:
        if self._directory is not None:
            try:
                store = SharedPace(self._directory, f"{self._scope} {budget.name}")
            except OSError as error:
                log.warning(
                    "调用速率无法在进程间共享，改用固定份额 / the rate cannot be shared: %s", error
                )
            else:
                return Pacer(budget, 1, store)
        return Pacer(budget, self._shares, OwnPace())


_REGISTRY: dict[tuple[str, Budget, Path | None, int], Pacer] = {}
_REGISTRY_LOCK = threading.Lock()
