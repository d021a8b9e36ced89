"""The simulators' own time.

Both vendors write times as `YYYY-MM-DD HH:MM:SS` without a zone and mean Beijing. Every time in the
simulators comes from one `VirtualClock`, so that a test can let a token expire or a settlement fall
due without waiting for it.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
_WRITTEN = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)


def format_time(moment: datetime) -> str:
    """Return `moment` as the vendors write it: `YYYY-MM-DD HH:MM:SS`, Beijing time."""
    return written(moment.astimezone(SHANGHAI))


def parse_time(text: str) -> datetime:
    """Read `YYYY-MM-DD HH:MM:SS` as Beijing time; raises ValueError on anything else."""
    return read_naive(text.strip()).replace(tzinfo=SHANGHAI)


def written(moment: datetime) -> str:
    """Return a moment's wall time as `YYYY-MM-DD HH:MM:SS`; `strftime` takes four times as long."""
    return moment.replace(tzinfo=None).isoformat(" ", "seconds")


def read_naive(text: str) -> datetime:
    """Read `YYYY-MM-DD HH:MM:SS` alone, ten times as fast as `strptime`; raises ValueError."""
    if not _WRITTEN.fullmatch(text):
        raise ValueError(f"{text!r} does not match YYYY-MM-DD HH:MM:SS")
    return datetime.fromisoformat(text)


class VirtualClock:
    """A clock that runs like the real one and can be moved forward, frozen or set.

    `now()` is the wall time of the simulated world. `monotonic()` counts the seconds for rate
    limits: it also follows `advance`, but a freeze does not stop it, for a client that waits for
    the next rate window would wait for ever. Below both are the machine's `seconds`; give others
    where a window must not end before it is told to.
    """

    def __init__(
        self,
        start: datetime | None = None,
        *,
        frozen: bool = False,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._base = (start or datetime.now(SHANGHAI)).astimezone(SHANGHAI)
        self._since = self._seconds()
        self._advanced = 0.0
        self._frozen = frozen

    @property
    def frozen(self) -> bool:
        """Whether `now()` stands still."""
        return self._frozen

    def now(self) -> datetime:
        """Return the simulated instant, aware, in Asia/Shanghai."""
        with self._lock:
            return self._now()

    def monotonic(self) -> float:
        """Return seconds that never go back: the real ones plus all that were skipped."""
        with self._lock:
            return self._seconds() + self._advanced

    def advance(self, seconds: float) -> datetime:
        """Move both scales forward by `seconds`, also while frozen."""
        if seconds < 0:
            raise ValueError("the clock only moves forward; use set() to go back")
        with self._lock:
            self._base += timedelta(seconds=seconds)
            self._advanced += seconds
            return self._now()

    def set(self, moment: datetime) -> datetime:
        """Put `now()` at `moment`; rate windows are left alone."""
        with self._lock:
            self._base = moment.astimezone(SHANGHAI)
            self._since = self._seconds()
            return self._now()

    def freeze(self) -> None:
        """Stop `now()` at the present instant."""
        with self._lock:
            self._base, self._frozen = self._now(), True

    def resume(self) -> None:
        """Let `now()` run again from where it stands."""
        with self._lock:
            self._base, self._frozen = self._now(), False
            self._since = self._seconds()

    def _now(self) -> datetime:
        if self._frozen:
            return self._base
        return self._base + timedelta(seconds=self._seconds() - self._since)
