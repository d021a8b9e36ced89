"""Keeps all processes together below the vendors' rates, and slows down on "too many".

Rates are per endpoint or per group of endpoints (contracts: xiaoe §0.2 and §3.2, hap §11.1), and a
vendor counts all our processes together. So each call books its turn in a state that all processes
share (see `connectors.state`), and then waits for it: one task alone may use the whole rate, and a
hundred tasks together no more. Where nothing is shared, as with workers on several machines without
Redis or a common volume, a process takes a fixed share of the rate instead.

Turns are spread evenly (GCRA), with a small burst to make up for late threads, so that no window
of the vendor, fixed or sliding, ever sees more than the budget: within any window at most
``burst - 1 + rate`` turns begin, and the two are chosen to add up to the planned part of the
budget. A call that misses its turn by more than the rest of the budget can bear books another one.

A budget that other calls may be counted with has a second, smaller part. It holds while those calls
are made, and for a day after a throttling answer, so that a vendor who counts more strictly than
we plan says so once a day.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.codes import SLOWER
from connectors.errors import Bilingual, RateLimited
from connectors.state.interface import Pace, PaceRule, SharedState
from connectors.state.pace import BESIDE_LASTS, KeptPace, OwnStore

log = logging.getLogger(__name__)

LONGEST_TURN = 600.0
"""Seconds that a call may wait for its turn before the task gives up."""

_LONGEST_HOLD = 60.0  # a longer pause, such as a used-up quota, is left to the scheduler
_LEAST_LATENESS = 0.05
_NOTES_EVERY = BESIDE_LASTS / 4


@dataclass(frozen=True)
class Budget:
    """``calls`` within ``seconds``, of which the part ``use`` is planned to be used.

    APIs that the vendor counts together share one budget by its ``name``. Where it is not known
    whether he does, the calls of the one leave ``beside`` those of another API, which takes its
    ``careful`` part meanwhile.
    """

    name: str
    calls: int
    seconds: float
    use: float = 0.9
    careful: float | None = None
    beside: str = ""


class Pacer:
    """One budget's turns; thread safe, and process safe with a shared state.

    After a throttling answer each call takes two turns instead of one, then four, then eight; each
    ten quiet seconds halve that again.
    """

    def __init__(self, budget: Budget, pace: Pace) -> None:
        self._pause = min(budget.seconds, 2.0)
        self._late = max(_LEAST_LATENESS, (1 - budget.use) * budget.seconds)
        self._room = budget.seconds * (1 - (budget.careful or budget.use) / budget.use)
        self._pace = pace
        self._noted = -math.inf

    def wait_for_turn(self) -> float:
        """Block until the call may go out, then return 0.

        Where that would take too long, return at once the seconds after which to ask again.
        """
        began = time.monotonic()
        while True:
            turn = self._pace.book(LONGEST_TURN - (time.monotonic() - began))
            if turn.refused:
                return turn.wait
            if turn.wait <= 0:
                return 0.0
            time.sleep(turn.wait)
            if self._pace.is_good(turn, self._late):
                return 0.0

    def slow_down(self, wait: float | None) -> None:
        """Hold all calls for ``wait`` seconds, or a moment, and take more turns for each."""
        self._pace.slow_down(wait or self._pause)

    def note_beside(self) -> None:
        """Let the next calls take the careful part: one leaves that may be counted with them."""
        now = time.monotonic()
        if now - self._noted > _NOTES_EVERY:
            self._noted = now
            self._pace.note_beside(self._room)


def rule_of(budget: Budget, shares: int = 1) -> PaceRule:
    """Return how the turns of a budget are given, or of one of so many equal parts of it."""
    share = budget.use * budget.calls / shares
    per_window = max(1, int(share))
    burst = max(1, min(10, per_window // 20))
    window = budget.seconds if share >= 1 else budget.seconds / share
    interval = math.ceil(int(window * 1000) * 1000 / (per_window - burst + 1))
    careful = math.ceil(interval * budget.use / (budget.careful or budget.use))
    return PaceRule(interval, burst, _LONGEST_HOLD, LONGEST_TURN + window, careful)


class Limiter:
    """Paces the calls of one client by the budgets of its endpoints.

    Args:
        budgets: The budget of each api; an api that is not in it is not paced.
        scope: What the vendor counts by, such as host and app; same scope, same pacers.
        state: Where all processes that use the scope share their paces; None when they cannot.
        shares: Number of tasks that use the scope at once; divides the rate where no state is
            shared.
    """

    def __init__(
        self,
        budgets: Mapping[str, Budget],
        *,
        scope: str,
        state: SharedState | None = None,
        shares: int = 1,
    ) -> None:
        self._budgets = budgets
        self._scope = scope
        self._state = state
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
        budget = self._budgets.get(api)
        if budget and (counted_with := self._pacer(budget.beside)):
            counted_with.note_beside()  # now that it leaves: it may have waited for long

    def slow_down(self, api: str, wait: float | None = None) -> None:
        """Note a throttling answer to ``api``, with the seconds that the vendor asks to wait."""
        pacer = self._pacer(api)
        if pacer:
            pacer.slow_down(wait)

    def _pacer(self, api: str) -> Pacer | None:
        budget = self._budgets.get(api)
        if budget is None:
            return None
        key = (self._scope, budget, self._state, self._shares)
        with _REGISTRY_LOCK:
            if key not in _REGISTRY:
                _REGISTRY[key] = self._new_pacer(budget)
            return _REGISTRY[key]

    def _new_pacer(self, budget: Budget) -> Pacer:
        if self._state is not None:
            try:
                pace = self._state.pace(f"{self._scope} {budget.name}", rule_of(budget))
            except OSError as error:
                log.warning(
                    "调用速率无法在进程间共享，改用固定份额 / the rate cannot be shared: %s", error
                )
            else:
                return Pacer(budget, pace)
        return Pacer(budget, KeptPace(rule_of(budget, self._shares), OwnStore()))


_REGISTRY: dict[tuple[str, Budget, SharedState | None, int], Pacer] = {}
_REGISTRY_LOCK = threading.Lock()
