"""Sorted indexes, so that a page out of 100,000 orders costs a bisection and a slice."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from datetime import datetime

Key = tuple[datetime, int]
_WORTH_SORTING = 500


class TimeIndex:
    """Ids sorted by time, and within one second by a running number."""

    def __init__(self) -> None:
        self._keys: list[Key] = []
        self._ids: dict[Key, str] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, moment: datetime, number: int, record_id: str) -> None:
        """Insert an id; `number` must be unique among the records."""
        key = (moment, number)
        self._ids[key] = record_id
        if not self._keys or key > self._keys[-1]:
            self._keys.append(key)
        else:
            insort(self._keys, key)

    def add_all(self, entries: Iterable[tuple[datetime, int, str]]) -> None:
        """Insert many ids at once: one sort instead of one insertion each."""
        added = {(moment, number): record_id for moment, number, record_id in entries}
        if len(added) < _WORTH_SORTING:
            for (moment, number), record_id in added.items():
                self.add(moment, number, record_id)
            return
        self._ids.update(added)
        self._keys.extend(added)
        self._keys.sort()

    def remove(self, moment: datetime, number: int) -> None:
        """Take an id out; the pair must be in the index."""
        key = (moment, number)
        del self._ids[key]
        del self._keys[bisect_left(self._keys, key)]

    def span(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        with_start: bool = True,
        with_end: bool = True,
    ) -> tuple[int, int]:
        """Return the half-open range of positions whose times lie between the two bounds."""
        low, high = 0, len(self._keys)
        if start is not None:
            low = self._position(start, after=not with_start)
        if end is not None:
            high = self._position(end, after=with_end)
        return low, max(low, high)

    def moment(self, position: int) -> datetime:
        """Return the time at a position."""
        return self._keys[position][0]

    def ids(self, low: int, high: int, *, descending: bool = False) -> Iterator[str]:
        """Yield the ids at positions `low` up to but without `high`, or from the far end."""
        keys = self._keys[low:high]
        if descending:
            keys.reverse()
        return (self._ids[key] for key in keys)

    def _position(self, moment: datetime, *, after: bool) -> int:
        if after:
            return bisect_right(self._keys, moment, key=_moment)
        return bisect_left(self._keys, moment, key=_moment)


def _moment(key: Key) -> datetime:
    return key[0]
