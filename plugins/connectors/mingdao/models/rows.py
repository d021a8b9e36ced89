"""Rows as HAP lists them (contracts: hap §7.3).

What a stranger would get wrong: the id of a row is `rowId`, `rowid` or `id` depending on endpoint,
flags and age of the server, `_id` is *not* one, and `total` may be a string under a key that ends
with a TAB.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from pydantic import AliasChoices, Field

from connectors.mingdao.models.record import Record, unreadable
from connectors.mingdao.values import Count, to_id

ROW_ID_KEYS = ("rowId", "rowid", "id")
_NEVER_CELLS = ("_id", "rowId", "rowid")


@dataclass(frozen=True, repr=False)
class Row:
    """One row: its id, and its cells by alias as HAP sent them (read them with `cells`)."""

    id: str
    cells: dict[str, Any]

    def __repr__(self) -> str:
        """Show the id alone: the cells are people's data and a repr ends up in logs."""
        return f"Row(id={self.id!r}, cells=<{len(self.cells)} hidden>)"

    @classmethod
    def parse(cls, data: object) -> Self:
        """Read one row; raises ContractError where it has no id."""
        row = cls.of(data)
        if row is None:
            raise unreadable(ROW_ID_KEYS[0])
        return row

    @classmethod
    def of(cls, entry: object) -> Self | None:
        """Return one entry of a list; None where it has no id, or is no object.

        A column with the alias `id` stays a cell if the row id came otherwise. No model reads the
        cells: their names are the app's, and a page holds twenty thousand of them.
        """
        if not isinstance(entry, dict):
            return None
        cells = dict(entry)
        id_key = next((key for key in ROW_ID_KEYS if cells.get(key)), "")
        try:
            row_id = to_id(cells.pop(id_key, None))
        except ValueError:
            return None
        for key in _NEVER_CELLS:
            cells.pop(key, None)
        return cls(row_id, cells)


class _Listed(Record):
    """The answer of a list; the documented schema has the key `total` with a TAB at its end."""

    rows: list[Any]
    total: Count = Field(None, validation_alias=AliasChoices("total", "total\t"))


@dataclass(frozen=True)
class RowPage:
    """One page of rows; `total` is None unless it was asked for.

    `unreadable` counts the rows without an id, or that are no objects: they are among `total`.
    """

    rows: list[Row]
    total: int | None = None
    unreadable: int = 0

    @classmethod
    def parse(cls, data: object) -> Self:
        """Read a page; raises ContractError where it has no list, or its total is no count."""
        listed = _Listed.parse(data)
        rows = [row for row in map(Row.of, listed.rows) if row]
        return cls(rows, listed.total, unreadable=len(listed.rows) - len(rows))
