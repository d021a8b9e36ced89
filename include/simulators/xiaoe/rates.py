"""Call limits such as `10秒3000次` (xiaoe §3.2): N calls within a window of W seconds."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass

from include.simulators.clock import VirtualClock
from include.simulators.xiaoe.settings import XiaoeSettings


@dataclass(frozen=True, slots=True)
class Rate:
    """`calls` within `seconds`."""

    calls: int
    seconds: float


class RateDesk:
    """Counts calls per interface, in fixed or sliding windows as the settings say."""

    def __init__(self, settings: XiaoeSettings, clock: VirtualClock) -> None:
        self._settings = settings
        self._clock = clock
        self._fixed: dict[str, tuple[int, int]] = {}
        self._sliding: defaultdict[str, deque[float]] = defaultdict(deque)
        self._spikes: deque[float] = deque()

    def refusal(self, api: str, rate: Rate) -> int | None:
        """Count one call; return 2053 or 2054 where it is one too many."""
        if not self._settings.rate_limits:
            return None
        if api == "token":
            # its 100 in 10 minutes are its own, whatever is done to the other limits
            scope, allowed = api, rate
        else:
            if self._is_spike():
                return 2054
            scope = "shared" if self._settings.rate_scope == "shared" else api
            calls = max(1, round(rate.calls * self._settings.rate_scale))
            allowed = Rate(calls, rate.seconds)
        fixed = self._settings.rate_windows == "fixed"
        over = self._over_fixed(scope, allowed) if fixed else self._over_sliding(scope, allowed)
        return 2053 if over else None

    def _over_fixed(self, scope: str, rate: Rate) -> bool:
        window = int(self._clock.monotonic() // rate.seconds)
        started, calls = self._fixed.get(scope, (window, 0))
        calls = calls + 1 if started == window else 1
        self._fixed[scope] = (window, calls)
        return calls > rate.calls

    def _over_sliding(self, scope: str, rate: Rate) -> bool:
        now, seen = self._clock.monotonic(), self._sliding[scope]
        while seen and seen[0] <= now - rate.seconds:
            seen.popleft()
        if len(seen) >= rate.calls:
            return True
        seen.append(now)
        return False

    def _is_spike(self) -> bool:
        limit = self._settings.spike_calls
        if limit is None:
            return False
        now = self._clock.monotonic()
        while self._spikes and self._spikes[0] <= now - self._settings.spike_seconds:
            self._spikes.popleft()
        self._spikes.append(now)
        return len(self._spikes) > limit
