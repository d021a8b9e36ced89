"""One write while it happens: who makes it, what it changed, and how to take it back.

HAP has no transaction, but a refused batch create leaves nothing behind by default; so each change
is noted with the row before it. A write that the settings lose goes through all the motions and
stores nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from include.simulators.hap.model import API_USER, Row
from include.simulators.hap.store import HapStore
from include.simulators.hap.worksheet import Worksheet


@dataclass(slots=True)
class Write:
    """A single API call, or a person's single edit. `stored` False loses it silently."""

    store: HapStore
    actor: str = API_USER
    stored: bool = True
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    _undo: list[tuple[Worksheet, str, Row | None]] = field(default_factory=list)

    def create(self, sheet: Worksheet, row: Row) -> None:
        """Store a new row."""
        self._put(sheet, row, "create")

    def update(self, sheet: Worksheet, row: Row) -> Row:
        """Store a changed row, stamped with the actor and the time; returns it."""
        changed = replace(row, utime=self.store.stamp(), uaid=self.actor)
        self._put(sheet, changed, "update")
        return changed

    def follow(self, sheet: Worksheet, row: Row) -> None:
        """Store a row that changed because its relation's other side was written."""
        self._put(sheet, row, "")

    def delete(self, sheet: Worksheet, row: Row, *, permanent: bool) -> None:
        """Move a row to the recycle bin, or remove it for good."""
        if permanent:
            self._note(sheet, row.rowid, "delete")
            if self.stored:
                sheet.table.drop(row.rowid, visible_at=self._visible_at())
            return
        self._put(sheet, replace(row, deleted=True), "delete")

    def take_back(self) -> None:
        """Undo everything, as if the call had been refused at once."""
        for sheet, rowid, before in reversed(self._undo):
            if before is not None:
                sheet.table.put(before)
            elif rowid in sheet.table.rows:
                sheet.table.drop(rowid)
        self._undo.clear()
        self.counts.clear()

    def effect(self) -> str:
        """Return what was changed: `create orders 12`, several joined by `; `."""
        done = (f"{kind} {sheet} {n}" for (kind, sheet), n in self.counts.items() if n)
        return "; ".join(done)

    def _put(self, sheet: Worksheet, row: Row, kind: str) -> None:
        self._note(sheet, row.rowid, kind)
        if self.stored:
            sheet.table.put(row, visible_at=self._visible_at())

    def _note(self, sheet: Worksheet, rowid: str, kind: str) -> None:
        if not self.stored:
            return
        self._undo.append((sheet, rowid, sheet.table.rows.get(rowid)))
        if kind:
            self.counts[(kind, sheet.label)] += 1

    def _visible_at(self) -> float | None:
        lag = self.store.settings.visibility_lag_s
        return self.store.clock.monotonic() + lag if lag else None
