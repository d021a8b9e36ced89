"""Takes rows and cells away for good: the only place that deletes what was once synced.

Used to erase a person. Nothing here is ever called because the source did not show something.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from connectors.mingdao import cells
from connectors.mingdao.client import MingdaoClient
from connectors.mingdao.filters import KEYS_PER_FILTER, any_equal
from connectors.mingdao.models import Row
from include.destination.read.lookup import (
    chunked,
    every_matching_row,
    matching_rows,
)
from include.destination.rows import update_rows
from include.destination.sheets.sheet import Sheet


def rows_linked_to(
    client: MingdaoClient, sheet: Sheet, alias: str, row_ids: Iterable[str]
) -> list[Row]:
    """Return the rows whose relation `alias` points at one of these rows, whatever their shop.

    Each row is checked: HAP drops a filter that it does not understand and answers with all rows.
    """
    wanted = set(row_ids)
    return [
        row
        for chunk in chunked(sorted(wanted), KEYS_PER_FILTER)
        for row in every_matching_row(client, sheet, any_equal(alias, chunk))
        if wanted & set(cells.relation_ids(row.cells.get(alias)) or ())
    ]


def delete_for_good(client: MingdaoClient, sheet: Sheet, row_ids: Sequence[str]) -> None:
    """Delete rows without the recycle bin, which would keep them for 60 days."""
    for chunk in chunked(row_ids, KEYS_PER_FILTER):
        client.delete_rows(sheet.id, chunk, permanent=True, trigger_workflow=False)


def rows_saying(client: MingdaoClient, sheet: Sheet, alias: str, texts: Iterable[str]) -> list[Row]:
    """Return the rows that hold one of these texts in a field; each row is checked, as above."""
    wanted = set(texts)
    return [
        row
        for chunk in chunked(sorted(wanted), KEYS_PER_FILTER)
        for row in matching_rows(client, sheet, any_equal(alias, chunk))
        if sheet.read(row, alias) in wanted
    ]


def clear(client: MingdaoClient, sheet: Sheet, alias: str, row_ids: Sequence[str]) -> list[str]:
    """Empty a field of these rows; return the ids of rows that refused."""
    empty = {alias: sheet.write(sheet.definition.field(alias), None)}
    return [
        failed
        for chunk in chunked(row_ids, KEYS_PER_FILTER)
        for failed in update_rows(client, sheet, chunk, empty, trigger_workflow=False)
    ]
