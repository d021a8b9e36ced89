"""One HAP app as the page reads it: what cannot be read is named, and hides nothing else.

A row without an id, or whose key cannot be read, would stop a sync, which could double it. A page
that only tells numbers goes on without it, and says in which worksheet it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from connectors.mingdao.client import MingdaoClient
from connectors.mingdao.filters import Filter
from connectors.mingdao.models import Row, RowPage
from connectors.mingdao.row_reads import MAX_PAGE_SIZE, Sort
from include.destination.read.lookup import look_up
from include.destination.rows import Unreadable, every_row, list_rows
from include.destination.sheets.fields import Worksheet
from include.destination.sheets.options import OptionKeys
from include.destination.sheets.sheet import Sheet, open_sheet


@dataclass(frozen=True)
class App:
    """A client and the options that the set-up has kept: people may rename a status.

    `unreadable` collects the labels of the worksheets in which a row could not be read.
    """

    client: MingdaoClient
    option_keys: OptionKeys = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)

    def sheet(self, definition: Worksheet) -> Sheet:
        """Return a worksheet with its structure."""
        return open_sheet(self.client, definition, self.option_keys)

    def page(
        self,
        sheet: Sheet,
        *,
        condition: Filter | None = None,
        fields: Sequence[str] = (),
        sorts: Sequence[Sort] = (),
        page_size: int = MAX_PAGE_SIZE,
        count: bool = False,
    ) -> RowPage:
        """Return the first page of rows; `unreadable` tells how many are not among them."""
        page = list_rows(
            self.client,
            sheet,
            condition=condition,
            fields=fields,
            sorts=sorts,
            page_size=page_size,
            count=count,
            set_apart=True,
        )
        self._note(sheet, page.unreadable)
        return page

    def every_row(self, sheet: Sheet, fields: Sequence[str], sorts: Sequence[Sort]) -> list[Row]:
        """Return all rows that can be read."""
        unreadable = Unreadable()
        rows = every_row(self.client, sheet, fields=fields, sorts=sorts, unreadable=unreadable)
        read = list(rows)
        self._note(sheet, unreadable.rows)
        return read

    def rows_of(self, sheet: Sheet, keys: Iterable[str]) -> dict[str, Row]:
        """Return the rows that carry these keys, by key."""
        found = look_up(self.client, sheet, keys, set_apart=True)
        self._note(sheet, len(found.unreadable))
        return found.rows

    def _note(self, sheet: Sheet, rows: int) -> None:
        if rows:
            self.unreadable.add(sheet.definition.label)
