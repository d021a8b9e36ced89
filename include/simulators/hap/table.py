"""The rows of one worksheet, and what makes 100,000 of them workable.

A look-up by key (`eq` on a field) goes through a value index that is built on first use. Unique
indexes count rows in the recycle bin and treat an empty value as a value: the vendor's indexes are
not sparse (contracts: hap §12).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from include.simulators.hap.model import Cell, Row, is_empty

IndexKey = str | Decimal
_CACHED_LISTS = 4


@dataclass(slots=True)
class UniqueIndex:
    """A unique index over one or more fields."""

    name: str
    field_ids: tuple[str, ...]
    holders: dict[tuple[Cell, ...], set[str]] = field(default_factory=dict)

    def key(self, row: Row) -> tuple[Cell, ...]:
        """Return what must not occur twice; an empty list counts as an empty text."""
        cells = (row.cells.get(field_id, "") for field_id in self.field_ids)
        return tuple("" if is_empty(cell) else cell for cell in cells)

    def add(self, row: Row) -> None:
        """Let a row take its place."""
        self.holders.setdefault(self.key(row), set()).add(row.rowid)

    def remove(self, row: Row) -> None:
        """Free a row's place."""
        holders = self.holders.get(self.key(row), set())
        holders.discard(row.rowid)
        if not holders:
            self.holders.pop(self.key(row), None)


class Table:
    """Rows by id in order of creation, recycled ones included."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.uniques: list[UniqueIndex] = []
        self.version = 0
        self._values: dict[str, dict[IndexKey, set[str]]] = {}
        self._live: list[Row] | None = None
        self._past: dict[str, list[tuple[float, Row | None]]] = {}
        self._lists: dict[str, list[Row]] = {}

    def get(self, rowid: str) -> Row | None:
        """Return a row unless it is deleted."""
        row = self.rows.get(rowid)
        return None if row is None or row.deleted else row

    def live(self) -> list[Row]:
        """Return all rows that are not deleted, oldest first; not to be changed."""
        if self._live is None:
            self._live = [row for row in self.rows.values() if not row.deleted]
        return self._live

    def put(self, row: Row, *, visible_at: float | None = None) -> None:
        """Store a row; until `visible_at` lists go on showing the state before."""
        before = self.rows.get(row.rowid)
        if visible_at is not None:
            self._past.setdefault(row.rowid, []).append((visible_at, before))
        self.rows[row.rowid] = row
        self._reindex(before, row)
        self._changed()

    def drop(self, rowid: str, *, visible_at: float | None = None) -> None:
        """Remove a row for good, from the unique indexes too."""
        before = self.rows.pop(rowid)
        if visible_at is not None:
            self._past.setdefault(rowid, []).append((visible_at, before))
        self._reindex(before, None)
        self._changed()

    def seen_at(self, moment: float) -> list[Row] | None:
        """Return the rows as lists show them at `moment`; None when that is simply `live()`."""
        for rowid in [r for r, past in self._past.items() if past[-1][0] <= moment]:
            del self._past[rowid]
        if not self._past:
            return None
        shown = {row.rowid: row for row in self.live()}
        for rowid, past in self._past.items():
            due = bisect_right([at for at, _ in past], moment)
            before = past[due][1]
            shown.pop(rowid, None)
            if before is not None and not before.deleted:
                shown[rowid] = before
        return sorted(shown.values(), key=lambda row: row.autoid)

    def with_values(self, field_id: str, wanted: Iterable[IndexKey]) -> set[str]:
        """Return the ids of all rows whose cell is, or contains, one of `wanted`."""
        index = self._values.get(field_id)
        if index is None:
            index = self._values[field_id] = {}
            for row in self.rows.values():
                _add(index, row, field_id)
        return set().union(*(index.get(key, ()) for key in wanted))

    def add_unique(self, index: UniqueIndex) -> None:
        """Declare a unique index; raises ValueError over existing duplicates, recycled or not."""
        for row in self.rows.values():
            index.add(row)
        if any(len(holders) > 1 for holders in index.holders.values()):
            raise ValueError(f"{index.name}: values occur twice")
        self.uniques.append(index)

    def rivals(self, row: Row, index: UniqueIndex) -> list[Row]:
        """Return the other rows that hold this row's place in a unique index."""
        held = index.holders.get(index.key(row), set())
        return [self.rows[rowid] for rowid in held if rowid != row.rowid]

    def cached(self, name: str) -> list[Row] | None:
        """Return a list that was remembered since the last write."""
        return self._lists.get(name)

    def remember(self, name: str, rows: list[Row]) -> None:
        """Keep a filtered and sorted list for the next page of the same query."""
        while len(self._lists) >= _CACHED_LISTS:
            del self._lists[next(iter(self._lists))]
        self._lists[name] = rows

    def _changed(self) -> None:
        self.version += 1
        self._live = None
        self._lists.clear()

    def _reindex(self, before: Row | None, after: Row | None) -> None:
        for field_id, values in self._values.items():
            old = before.cells.get(field_id, "") if before is not None else ""
            new = after.cells.get(field_id, "") if after is not None else ""
            if old == new:
                continue
            if before is not None:
                _discard(values, before, field_id)
            if after is not None:
                _add(values, after, field_id)
        for unique in self.uniques:
            if before is not None:
                unique.remove(before)
            if after is not None:
                unique.add(after)


def _keys(cell: Cell) -> Iterator[IndexKey]:
    if isinstance(cell, tuple):
        yield from cell
    elif cell != "":
        yield cell


def _add(index: dict[IndexKey, set[str]], row: Row, field_id: str) -> None:
    for key in _keys(row.cells.get(field_id, "")):
        index.setdefault(key, set()).add(row.rowid)


def _discard(index: dict[IndexKey, set[str]], row: Row, field_id: str) -> None:
    for key in _keys(row.cells.get(field_id, "")):
        index.get(key, set()).discard(row.rowid)
