"""How many rows of a worksheet a run may change before a person has to say so.

A night that would rewrite a good part of a worksheet is far more often a fault of the source than
the truth. New rows and filled blanks are no change, nor is what only bookkeeping differs in, nor a
row that an older mapping wrote: that one a release changes, which was announced.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from connectors.mingdao import cells
from connectors.mingdao.models import Row
from include.destination.sheets.fields import Worksheet
from include.destination.sheets.fingerprint import is_outdated
from include.destination.sheets.sheet import Sheet
from include.destination.write.plan import HASH, Action, Change

MOST_ROWS = 100
MOST_PERCENT = 5


def too_many(changes: int, rows: int) -> bool:
    """Tell whether so many changes of so many rows are more than a person need not see."""
    return changes > MOST_ROWS and changes * 100 > rows * MOST_PERCENT


class TooManyChangesError(Exception):
    """More rows of a worksheet would change than may; those in question were not written.

    No ConnectorError: no record is at fault, and nothing may go on with the next one. Of the
    `changes` at most `written` had been made before.
    """

    def __init__(
        self,
        worksheet: Worksheet,
        rows: int,
        changes: int,
        fields: Mapping[str, int],
        written: int = 0,
    ) -> None:
        super().__init__(worksheet, rows, changes, fields, written)
        self.worksheet = worksheet
        self.rows = rows
        self.changes = changes
        self.fields = fields
        self.written = written


@dataclass
class ChangeLimit:
    """Counts the rows that a run changes, by worksheet; `rows_held` tells how many there are.

    A person has confirmed the changes of the worksheet `confirmed`, by alias, and has not those of
    `stopped`: of that one nothing is admitted.
    """

    rows_held: Callable[[Worksheet], int]
    confirmed: str = ""
    stopped: str = ""
    _rows: dict[str, int] = field(default_factory=dict)
    _created: dict[str, set[str]] = field(default_factory=dict)
    _keys: dict[str, set[str]] = field(default_factory=dict)
    _fields: dict[str, Counter[str]] = field(default_factory=dict)

    def admit(self, sheet: Sheet, changes: Sequence[Change], rows: Mapping[str, Row]) -> None:
        """Count these changes of these rows, by key; what is tried again counts once.

        Raises TooManyChangesError, before any of them is written, when they are too many.
        """
        definition = sheet.definition
        if definition.alias == self.confirmed:
            return
        if definition.alias == self.stopped:
            self._admit_nothing(definition, changes)
        keys = self._keys.setdefault(definition.alias, set())
        fields = self._fields.setdefault(definition.alias, Counter())
        created = self._created.setdefault(definition.alias, set())
        created.update(change.key for change in changes if change.action is Action.CREATE)
        written = len(keys)
        for change in changes:
            if change.key in created or change.key in keys:
                continue
            altering = _altering(sheet, change, rows[change.key])
            if not altering.only_bookkeeping:
                keys.add(change.key)
                fields.update(altering.labels(definition))
        if len(keys) > MOST_ROWS and too_many(len(keys), held := self._held(definition)):
            by_field = dict(fields.most_common())
            raise TooManyChangesError(definition, held, len(keys), by_field, written)

    def _admit_nothing(self, definition: Worksheet, changes: Sequence[Change]) -> None:
        visible = [change for change in changes if not change.only_bookkeeping]
        if visible:
            fields = Counter(label for change in visible for label in change.labels(definition))
            by_field = dict(fields.most_common())
            raise TooManyChangesError(definition, self._held(definition), len(visible), by_field)

    def _held(self, definition: Worksheet) -> int:
        """Return how many rows there are, asked for once."""
        if definition.alias not in self._rows:
            self._rows[definition.alias] = self.rows_held(definition)
        return self._rows[definition.alias]


def _altering(sheet: Sheet, change: Change, row: Row) -> Change:
    """Return of a change what alters a cell that holds something; nothing of an outdated row."""
    if is_outdated(cells.text(row.cells.get(HASH)), sheet.version):
        return replace(change, values={})
    held = {alias for alias in change.values if sheet.read(row, alias) not in (None, "", ())}
    return replace(change, values={alias: change.values[alias] for alias in held})
