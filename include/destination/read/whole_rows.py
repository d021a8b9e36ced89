"""Completes rows of a list by what lists leave out: relations to many rows.

HAP omits them from every list, or gives a mere count (contracts: hap §7.3, §8.3), so a row as the
look-up finds it cannot be compared in full. One call for each such cell: only for rows that are
compared exactly.
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.errors import NotFound
from connectors.mingdao.client import MingdaoClient
from connectors.mingdao.models import Row
from include.destination.rows import related_ids
from include.destination.sheets.fields import FieldType
from include.destination.sheets.sheet import UNREADABLE, Sheet


def with_relations(client: MingdaoClient, sheet: Sheet, rows: Mapping[str, Row]) -> dict[str, Row]:
    """Return the rows with every relation readable; a row that has gone meanwhile stays as is."""
    many = [
        field.alias
        for field in sheet.definition.fields
        if field.type is FieldType.RELATION and field.many
    ]
    whole = client.threads.map(lambda row: _whole(client, sheet, row, many), rows.values())
    return dict(zip(rows, whole, strict=True))


def _whole(client: MingdaoClient, sheet: Sheet, row: Row, many: list[str]) -> Row:
    cells = dict(row.cells)
    for alias in many:
        if sheet.read(row, alias) is UNREADABLE:
            try:
                cells[alias] = list(related_ids(client, sheet, row.id, alias))
            except NotFound:
                return row
    return Row(row.id, cells)
