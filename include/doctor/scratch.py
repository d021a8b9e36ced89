"""Rows that the doctor makes to try something out, and takes away again for good.

Their keys never change, so that what a killed examination left behind is found by the next one.
Workflows are not started, and the rows belong to no shop, so that no flow takes them for its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from connectors.mingdao.models import Row
from include.destination.read.lookup import look_up
from include.destination.rows import create_row, create_rows
from include.destination.sheets.fields import Worksheet
from include.destination.sheets.sheet import Sheet
from include.doctor.context import DoctorContext

KEY, OTHER_KEY = "doctor-scratch", "doctor-scratch-2"
SHOP = "doctor-scratch"


class Scratch:
    """Makes scratch rows in some worksheets, and remembers them."""

    def __init__(self, context: DoctorContext, definitions: Sequence[Worksheet]) -> None:
        self.context = context
        self.definitions = definitions
        self.made: dict[str, set[str]] = {}

    def create(self, definition: Worksheet, cells: Mapping[str, Any] | None = None) -> str:
        """Create a row; returns its id. Raises what HAP says where it refuses the row."""
        sheet = self.context.sheet(definition)
        own = {"shop": SHOP} if definition.has("shop") else {}
        given = {
            alias: cell for alias, cell in (cells or {}).items() if alias not in sheet.left_out
        }
        written = {definition.key: KEY, **own, **given}
        row_id = create_row(self.context.hap, sheet, written, trigger_workflow=False)
        self.made.setdefault(definition.alias, set()).update([row_id] if row_id else [])
        return row_id or self.row(definition).id

    def create_both(self, definition: Worksheet, keys: Sequence[str]) -> None:
        """Create a row for each key in one call."""
        sheet = self.context.sheet(definition)
        rows = [{definition.key: key} for key in keys]
        made = create_rows(self.context.hap, sheet, rows, trigger_workflow=False)
        self.made.setdefault(definition.alias, set()).update(made)

    def row(self, definition: Worksheet, key: str = KEY) -> Row:
        """Return a scratch row as lists show it; raises KeyError when it is not there."""
        return self.find(definition, [key])[key]

    def find(self, definition: Worksheet, keys: Sequence[str]) -> dict[str, Row]:
        """Return the rows of these keys."""
        return look_up(self.context.hap, self.context.sheet(definition), keys).rows

    def count(self, definition: Worksheet) -> int:
        """Return how many rows carry the scratch key."""
        return len(self._there(self.context.sheet(definition)))

    def remove(self) -> None:
        """Delete every scratch row for good, an earlier examination's too."""
        for definition in self.definitions:
            sheet = self.context.sheet(definition)
            left = self.made.pop(definition.alias, set()) | self._there(sheet)
            if left:
                self.context.hap.delete_rows(
                    sheet.id, sorted(left), permanent=True, trigger_workflow=False
                )

    def _there(self, sheet: Sheet) -> set[str]:
        found = look_up(self.context.hap, sheet, [KEY, OTHER_KEY])
        others = (row.id for rows in found.duplicates.values() for row in rows)
        return {*(row.id for row in found.rows.values()), *others}


@contextmanager
def scratch_rows(context: DoctorContext, definitions: Sequence[Worksheet]) -> Iterator[Scratch]:
    """Give scratch rows to work with; whatever happens, they are gone afterwards."""
    scratch = Scratch(context, definitions)
    scratch.remove()
    try:
        yield scratch
    finally:
        scratch.remove()
