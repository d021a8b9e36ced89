"""How many rows of a worksheet a run may change before a person has to say so.

A night that would rewrite a good part of a worksheet is far more often a fault of the source than
the truth. New rows are no change, nor is what only bookkeeping differs in, nor a row that an older
mapping wrote: that one a release changes, which was announced.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.mingdao import cells
from connectors.mingdao.models import Row
from include.destination.sheets.fields import Worksheet
from include.destination.sheets.fingerprint import is_outdated
from include.destination.sheets.sheet import Sheet
from include.destination.write.plan import HASH, Change

MOST_ROWS = 100
MOST_PERCENT = 5


def too_many(changes: int, rows: int) -> bool:
    """Tell whether so many changes of so many rows are more than a person need not see."""
    return changes > MOST_ROWS and changes * 100 > rows * MOST_PERCENT


class TooManyChangesError(Exception):
    """More rows of a worksheet would change than may; those in question were not written.

    No ConnectorError: no record is at fault, and nothing may go on with the next one.
    """

    def __init__(
        self, worksheet: Worksheet, rows: int, changes: int, fields: Mapping[str, int]
    ) -> None:
        super().__init__(worksheet, rows, changes, fields)
        self.worksheet = worksheet
        self.rows = rows
        self.changes = changes
        self.fields = fields


@dataclass
class ChangeLimit:
    """Counts the rows that a run changes, by worksheet; `rows_held` tells how many there are."""

    rows_held: Callable[[Worksheet], int]
    _keys: dict[str, set[str]] = field(default_factory=dict)
    _fields: dict[str, Counter[str]] = field(default_factory=dict)

    def admit(self, sheet: Sheet, patches: Sequence[Change], rows: Mapping[str, Row]) -> None:
        """Count these changes of these rows, by key; what is tried again counts once.

        Raises TooManyChangesError, before any of them is written, when they are too many.
        """
        definition = sheet.definition
        keys = self._keys.setdefault(definition.alias, set())
        fields = self._fields.setdefault(definition.alias, Counter())
        for change in patches:
            stored = cells.text(rows[change.key].cells.get(HASH))
            if change.only_bookkeeping or is_outdated(stored, sheet.version) or change.key in keys:
                continue
            keys.add(change.key)
            fields.update(change.labels(definition))
        if len(keys) > MOST_ROWS and too_many(len(keys), held := self.rows_held(definition)):
            raise TooManyChangesError(definition, held, len(keys), dict(fields.most_common()))
