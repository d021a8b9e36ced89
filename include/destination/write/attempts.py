"""What one upsert remembers of the rows that it tried to create, and how it knows them again.

The answer to a create may be lost, may name no ids, or may name fewer than were sent; so a row is
this upsert's own if HAP named it, or if it carries the very fingerprint and second that were
written; in a worksheet without fingerprints, the very values. Only own rows are ever deleted, and
an older row of the same key always stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from connectors.errors import AlreadyExists, OutcomeUnknown
from connectors.mingdao import cells
from connectors.mingdao.models import Row
from include.destination.read.lookup import Found
from include.destination.sheets.sheet import Sheet
from include.destination.write.plan import HASH, SYNCED_AT, Change, canonical_values, differences

# A create whose outcome is unknown, or whose key is taken by a row that no look-up finds, is given
# up only after the look-ups of so many seconds found nothing (contracts: hap §8.5).
UNKNOWN_FOR = 3.5


@dataclass
class Attempt:
    """The newest try to create a row; `at` is in the seconds that the upsert had waited by then.

    `doubt` is why it is not known whether the row is there; None when HAP acknowledged it.
    """

    change: Change
    at: float
    doubt: OutcomeUnknown | AlreadyExists | None = None


@dataclass
class Attempts:
    """The tries of one upsert to create rows, by key, and the row ids that HAP named."""

    sheet: Sheet
    by_key: dict[str, Attempt] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)

    def tried(
        self,
        changes: Iterable[Change],
        at: float,
        doubt: OutcomeUnknown | AlreadyExists | None = None,
    ) -> None:
        """Remember a call that created these rows, or may have."""
        for change in changes:
            self.by_key[change.key] = Attempt(change, at, doubt)

    def awaited(self, key: str, found: Found, waited: float) -> bool:
        """Tell whether a row that was written, or may have been, is still to show up.

        Another writer's older row, perhaps with the same content, may be seen before the own one;
        only when both are there can the race be settled. So an own row is waited for by its id
        where HAP named ids; one that HAP swallowed is not waited for without end.
        """
        attempt = self.by_key.get(key)
        if attempt is None:
            return False
        rows = rows_of(found, key)
        if not rows and attempt.doubt is None:
            return True
        # undetermined: hap.md §8.5: after how long is a written row found?
        late = waited - attempt.at >= UNKNOWN_FOR
        if not rows:
            return not late
        named = attempt.doubt is None and bool(self.made)
        return named and not late and not any(row.id in self.made for row in rows)

    def occupied(self, key: str, found: Found) -> AlreadyExists | None:
        """Return the refusal of a key that is taken, though no look-up finds its row."""
        attempt = self.by_key.get(key)
        doubt = attempt.doubt if attempt and key not in found.rows else None
        return doubt if isinstance(doubt, AlreadyExists) else None

    def own(self, key: str, row: Row) -> bool:
        """Tell whether this upsert made a row."""
        return row.id in self.made or self._is_written(key, row)

    def _is_written(self, key: str, row: Row) -> bool:
        attempt = self.by_key.get(key)
        if attempt is None:
            return False
        written, sheet = attempt.change.values, self.sheet
        if not sheet.definition.has(HASH):
            return not differences(sheet, row, canonical_values(sheet, written))
        second = canonical_values(sheet, {SYNCED_AT: written[SYNCED_AT]})[SYNCED_AT]
        same_second = sheet.read(row, SYNCED_AT) == second
        return same_second and cells.text(row.cells.get(HASH)) == written[HASH]


def rows_of(found: Found, key: str) -> Sequence[Row]:
    """Return all rows of a key, oldest first."""
    return [found.rows[key], *found.duplicates.get(key, ())] if key in found.rows else []
