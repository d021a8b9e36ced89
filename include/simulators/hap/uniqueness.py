"""Whether a row may be stored next to the others.

The "no duplicates" flag of a field does not bind the API; only a unique index does, and it counts
the recycle bin and lets an empty value occur once (contracts: hap §12).
"""

from __future__ import annotations

from include.simulators.hap.model import Row, is_empty
from include.simulators.hap.store import HapStore
from include.simulators.hap.table import IndexKey
from include.simulators.hap.worksheet import Worksheet


def rival(store: HapStore, sheet: Worksheet, row: Row) -> Row | None:
    """Return a row whose unique value this one would repeat; None when it may be stored."""
    mode = store.settings.unique_mode
    if mode == "off":
        return None
    found = _indexed(store, sheet, row)
    return found if found is not None or mode == "index" else _flagged(sheet, row)


def _indexed(store: HapStore, sheet: Worksheet, row: Row) -> Row | None:
    recycled = store.settings.recycled_rows_collide
    for index in sheet.table.uniques:
        for other in sheet.table.rivals(row, index):
            if recycled or not other.deleted:
                return other
    return None


def _flagged(sheet: Worksheet, row: Row) -> Row | None:
    for field in sheet.fields:
        cell = row.cells.get(field.id, "")
        if not field.is_unique or is_empty(cell):
            continue
        wanted: tuple[IndexKey, ...] = cell if isinstance(cell, tuple) else (cell,)
        for rowid in sheet.table.with_values(field.id, wanted) - {row.rowid}:
            other = sheet.table.get(rowid)
            if other is not None and other.cells.get(field.id) == cell:
                return other
    return None
