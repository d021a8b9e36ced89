"""Relations between rows, from either side.

Only one side of a bidirectional relation is stored. The reverse side is answered from the value
index of the stored one, so the two can never disagree (contracts: hap §6, §7.6).
"""

from __future__ import annotations

from include.simulators.hap.model import Cell, Field, Row
from include.simulators.hap.store import HapStore
from include.simulators.hap.worksheet import Worksheet

_GONE = "已删除"


def target(store: HapStore, field: Field) -> Worksheet | None:
    """Return the worksheet that a relation points at; None once it is deleted."""
    return store.worksheets.get(field.data_source)


def stored_side(store: HapStore, field: Field) -> tuple[Worksheet, Field] | None:
    """Return the worksheet and field in which a reverse field's values are stored."""
    sheet = target(store, field)
    source = sheet.field(field.source_field) if sheet is not None else None
    return (sheet, source) if sheet is not None and source is not None else None


def related_ids(store: HapStore, field: Field, row: Row) -> tuple[str, ...]:
    """Return the ids in a relation cell, deleted rows included."""
    if not field.reverse:
        cell = row.cells.get(field.id, ())
        return cell if isinstance(cell, tuple) else ()
    side = stored_side(store, field)
    if side is None:
        return ()
    sheet, source = side
    found = (sheet.table.rows[rowid] for rowid in sheet.table.with_values(source.id, [row.rowid]))
    return tuple(other.rowid for other in sorted(found, key=lambda other: other.autoid))


def related_rows(store: HapStore, field: Field, row: Row) -> list[Row]:
    """Return the rows that a relation cell points at, without those that are deleted."""
    sheet = target(store, field)
    if sheet is None:
        return []
    found = (sheet.table.get(rowid) for rowid in related_ids(store, field, row))
    return [other for other in found if other is not None]


def title_of(store: HapStore, field: Field, rowid: str) -> str | None:
    """Return the title text of a related row; None when the row is in the recycle bin.

    A row that does not exist at all reads `已删除` (contracts: hap §18a).
    """
    sheet = target(store, field)
    if sheet is None:
        return None
    if rowid not in sheet.table.rows and store.settings.relation_unknown_row == "deleted":
        return _GONE
    row = sheet.table.get(rowid)
    if row is None:
        return None
    cell: Cell = row.cells.get(sheet.title.id, "") if sheet.title is not None else ""
    return cell if isinstance(cell, str) else ""
