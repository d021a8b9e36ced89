"""When a call may be repeated, how long to wait before, and when to stop trying at all.

The only retry layer below Airflow's own. Three rules keep a struggling server from being drowned:
few tries with full jitter; a budget that repeats at most a tenth of all calls; and a circuit that,
after many failures in a row, lets just one call through each half minute (faults F27, F28).

Rules from the AWS builders' library and the Google SRE book, chapter "Handling overload".
"""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, replace

from tenacity import RetryCallState

from connectors.errors import OutcomeUnknown, RateLimited, RetryableError


@dataclass(frozen=True)
class RetryRules:
    """How a transport repeats calls; times in seconds.

    A call that is refused as one too many gets ``throttled_tries``: until its caller has slowed
    down to what the server allows, the same call may well be refused more than twice.
    ``budget_ratio`` of all calls, beyond the first ``budget_floor`` repeats, may be repeats. A
    server's Retry-After is obeyed up to ``longest_wait``; a longer one is left to Airflow.
    """

    tries: int = 3
    throttled_tries: int = 6
    first_wait: float = 0.5
    longest_wait: float = 60.0
    budget_floor: int = 5
    budget_ratio: float = 0.1
    circuit_after: int = 10
    probe_every: float = 30.0

    def for_threads(self, number: int) -> RetryRules:
        """Return the rules for so many calls under way at once, which one hiccup fails together."""
        return replace(
            self,
            budget_floor=self.budget_floor * number,
            circuit_after=self.circuit_after * number,
        )


class RetryBudget:
    """Counts calls and repeats of one transport; thread safe."""

    def __init__(self, rules: RetryRules) -> None:
        self._rules = rules
        self._lock = threading.Lock()
        self.calls = 0
        self.repeats = 0

    def count_call(self) -> None:
        """Note a call, its repeats aside."""
        with self._lock:
            self.calls += 1

    def spend(self) -> bool:
        """Take one repeat out of the budget; False when none is left."""
        with self._lock:
            allowed = self._rules.budget_floor + self._rules.budget_ratio * self.calls
            if self.repeats + 1 > allowed:
                return False
            self.repeats += 1
            return True


class Circuit:
    """Open after many failures in a row; then one probe per interval may pass. Thread safe."""

    def __init__(self, rules: RetryRules) -> None:
        self._rules = rules
        self._lock = threading.Lock()
        self._failures = 0
        self._next_probe = 0.0

    def blocked_for(self) -> float:
        """Seconds until the next probe, or 0 when a call may go ahead, as the probe if need be."""
        with self._lock:
            if self._failures < self._rules.circuit_after:
                return 0.0
            now = time.monotonic()
            if now >= self._next_probe:
                self._next_probe = now + self._rules.probe_every
                return 0.0
            return self._next_probe - now

    def succeeded(self) -> None:
        """Note that the server answered."""
        with self._lock:
            self._failures = 0

    def failed(self) -> None:
        """Note that the server did not answer, or only with a fault of its own."""
        with self._lock:
            self._failures += 1
            if self._failures == self._rules.circuit_after:
                self._next_probe = time.monotonic() + self._rules.probe_every


class Repetition:
    """The two decisions that tenacity asks for: repeat at all, and after how long."""

    def __init__(self, rules: RetryRules, budget: RetryBudget) -> None:
        self._rules = rules
        self._budget = budget

    def may_repeat(self, error: BaseException) -> bool:
        """Tell whether the call may be sent again; a write of unknown outcome never is."""
        if not isinstance(error, RetryableError) or isinstance(error, OutcomeUnknown):
            return False
        return (error.wait or 0.0) <= self._rules.longest_wait

    def wait(self, state: RetryCallState) -> float:
        """Full jitter below a doubling cap, and no less than the server asked for."""
        cap = min(self._rules.longest_wait, self._rules.first_wait * 2**state.attempt_number)
        jitter = random.uniform(0.0, cap)  # noqa: S311 - spreads load, guards nothing
        error = state.outcome.exception() if state.outcome else None
        asked = error.wait if isinstance(error, RetryableError) else None
        return jitter if asked is None else min(asked + jitter, self._rules.longest_wait)

    def exhausted(self, state: RetryCallState) -> bool:
        """Stop after the last try, or when the budget is spent."""
        error = state.outcome.exception() if state.outcome else None
        throttled = isinstance(error, RateLimited)
        tries = self._rules.throttled_tries if throttled else self._rules.tries
        return state.attempt_number >= tries or not self._budget.spend()
