"""Compares new rows with what was written into them, because HAP answers success all the same.

Rounded numbers and trimmed texts are HAP's right, and harmless: fingerprints are made from what was
meant. Two losses are not: relations that are dropped without a word, and times in another zone,
which would make every later version look stale. One odd row proves nothing, a person or a workflow
may have been there; all new rows alike do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from connectors.mingdao.client import MingdaoClient
from connectors.mingdao.models import Row
from include.destination.refusals import relation_dropped, time_shifted
from include.destination.sheets.fields import Field, FieldType
from include.destination.sheets.record import Value
from include.destination.sheets.sheet import Sheet

Written = Mapping[str, Value]


def unseen_fields(sheet: Sheet, rows: Sequence[tuple[Written, Row]]) -> set[str]:
    """Return the fields that were written, and of which no new row shows as much as the column.

    A field may have been deleted, or have another alias by now. Alone that proves nothing: HAP may
    leave out blank cells, and leaves out relations to several rows (contracts: hap §7.3).
    """
    shown = {alias for _, row in rows for alias in row.cells}
    return {
        field.alias
        for field in sheet.definition.fields
        if field.type is not FieldType.RELATION and field.alias in sheet.fields.keys() - shown
        if any(values.get(field.alias) for values, _ in rows)
    }


def check_new_rows(
    client: MingdaoClient, sheet: Sheet, rows: Sequence[tuple[Written, Row]]
) -> None:
    """Compare each new row with the values that were written into it.

    Raises ConfigurationError when a relation is empty, or a time is shifted alike, in all of them.
    """
    for field in sheet.definition.fields:
        if field.type not in (FieldType.RELATION, FieldType.DATETIME):
            continue
        pairs = [
            (values[field.alias], sheet.read(row, field.alias))
            for values, row in rows
            if values.get(field.alias)
        ]
        if pairs and field.type is FieldType.RELATION:
            _check_relation(client, sheet, field, pairs)
        if pairs and field.type is FieldType.DATETIME:
            _check_times(sheet, field, pairs)


def _check_relation(
    client: MingdaoClient, sheet: Sheet, field: Field, pairs: Sequence[tuple[Value, object]]
) -> None:
    if any(read != () for _, read in pairs):
        return
    written = pairs[0][0]
    # A row that somebody has deleted meanwhile cannot be pointed at either.
    if isinstance(written, tuple) and client.get_row(_target(sheet, field), written[0]):
        raise relation_dropped(sheet, field)


def _target(sheet: Sheet, field: Field) -> str:
    """Return the worksheet that a relation points at, by the app's own word where it says so."""
    return sheet.fields[field.alias].data_source or field.target


def _check_times(sheet: Sheet, field: Field, pairs: Sequence[tuple[Value, object]]) -> None:
    shifts = {
        read - written if isinstance(read, datetime) and isinstance(written, datetime) else None
        for written, read in pairs
    }
    if len(shifts) == 1 and (shift := shifts.pop()) and abs(shift) >= timedelta(minutes=15):
        raise time_shifted(sheet, field, shift / timedelta(hours=1))
