"""Logs refused calls so that whoever hammers the address cannot fill the disk.

The address is public, so anybody can be refused as often as he likes. Each reason is logged once a
minute, with the number of those that were not.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

log = logging.getLogger(__name__)

QUIET = 60.0  # seconds


@dataclass
class RefusalLog:
    """Remembers when a reason was logged last; the reasons are our own words, so they are few."""

    monotonic: Callable[[], float] = time.monotonic
    _last: dict[tuple[str, str], float] = field(default_factory=dict)
    _unlogged: dict[tuple[str, str], int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, shop: str, reason: str) -> None:
        """Log why a call about one of our shops was refused, or count it."""
        key = (shop, reason)
        with self._lock:
            now = self.monotonic()
            if now - self._last.get(key, -QUIET) < QUIET:
                self._unlogged[key] = self._unlogged.get(key, 0) + 1
                return
            self._last[key] = now
            before = self._unlogged.pop(key, 0)
        log.warning(
            "没有接受一条推送 / a push for %s was not taken: %s (另有 %d 条未记 / not logged)",
            shop,
            reason,
            before,
        )
