"""The content of a worksheet as plain Python values, for checks that do not go through the API.

Numbers are `Decimal`, options their texts, relations lists of row ids; an empty cell is None or [].
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from include.simulators.hap import columns
from include.simulators.hap.kinds import Family
from include.simulators.hap.model import Cell, Field, Row
from include.simulators.hap.store import HapStore

PlainValue = str | Decimal | list[str] | None
PlainRow = dict[str, PlainValue]


def plain_rows(store: HapStore, sheet: str, *, recycled: bool = False) -> list[PlainRow]:
    """Return the rows of a worksheet, oldest first; `recycled`: those in the bin instead.

    Each has a key for every field (its alias, else its id), `rowid`, `autoid`, `ctime`, `utime`,
    `caid` and `uaid`.
    """
    with store.lock:
        worksheet = store.sheet(sheet)
        found = [row for row in worksheet.table.rows.values() if row.deleted is recycled]
        shown = [(field, columns.of_field(store, field).read) for field in worksheet.fields]
        return [_plain(row, shown) for row in found]


def _plain(row: Row, shown: list[tuple[Field, Callable[[Row], Cell]]]) -> PlainRow:
    cells: PlainRow = {field.key: _value(field, read(row)) for field, read in shown}
    return cells | {
        "rowid": row.rowid,
        "autoid": Decimal(row.autoid),
        "ctime": row.ctime,
        "utime": row.utime,
        "caid": row.caid,
        "uaid": row.uaid,
    }


def _value(field: Field, cell: Cell) -> PlainValue:
    if isinstance(cell, tuple):
        if field.family is not Family.SELECT:
            return list(cell)
        found = ((key, field.option(key)) for key in cell)
        texts = [option.value if option is not None else key for key, option in found]
        return texts if field.multiple else next(iter(texts), None)
    return None if cell == "" else cell
