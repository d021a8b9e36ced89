"""The append-only record of every request that reached a simulator.

It is what tests count calls with, so an entry is written as soon as the request has been handled:
what a request did is on record even where a fault then swallows the answer.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class Entry:
    """One request: `effect` says what it changed and is empty for a read."""

    sequence: int
    monotonic: float
    at: datetime
    method: str
    path: str
    api: str
    caller: str
    status: int
    code: str
    effect: str
    fault: str


class Journal:
    """Thread-safe list of `Entry`, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []
        self._sequence = 0

    def append(
        self,
        *,
        monotonic: float,
        at: datetime,
        method: str,
        path: str,
        api: str,
        caller: str = "",
        status: int = 200,
        code: str = "",
        effect: str = "",
        fault: str = "",
    ) -> Entry:
        """Record one request and return its entry. `status` 0 means that no answer was sent."""
        with self._lock:
            self._sequence += 1
            entry = Entry(
                self._sequence,
                monotonic,
                at,
                method,
                path,
                api,
                caller,
                status,
                code,
                effect,
                fault,
            )
            self._entries.append(entry)
            return entry

    def entries(self, api: str = "*", *, after: int = 0) -> list[Entry]:
        """Return the entries whose api matches the pattern and whose sequence is above `after`."""
        with self._lock:
            chosen = list(self._entries)
        return [e for e in chosen if e.sequence > after and fnmatchcase(e.api, api)]

    def count(self, api: str = "*", *, code: str | None = None, status: int | None = None) -> int:
        """Count the requests to `api` (a pattern), optionally only those with a code or status."""
        return sum(
            1
            for e in self.entries(api)
            if (code is None or e.code == code) and (status is None or e.status == status)
        )

    def writes(self, api: str = "*") -> list[Entry]:
        """Return the entries that changed data, whether or not their answer got through."""
        return [e for e in self.entries(api) if e.effect]

    def calls(self) -> dict[str, int]:
        """Return the number of requests of each api."""
        return dict(Counter(e.api for e in self.entries()))

    def clear(self) -> None:
        """Forget all entries; the sequence goes on."""
        with self._lock:
            self._entries.clear()
