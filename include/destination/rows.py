"""Row calls by our aliases: the only place where a field's name in the app and ours meet.

A user's own field may have another alias or none (see `user_mapping`); filters, sorts, projections
and written cells are translated here, and the rows that come back. Whoever reads or writes cells
goes through these functions, never through the client's own.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.mingdao.client import MingdaoClient
from connectors.mingdao.filters import Filter
from connectors.mingdao.models import Row, RowPage
from connectors.mingdao.row_reads import MAX_PAGE_SIZE, Sort
from include.destination.refusals import unreadable_row
from include.destination.sheets.sheet import Sheet

Cells = Mapping[str, Any]


def list_rows(
    client: MingdaoClient,
    sheet: Sheet,
    *,
    condition: Filter | None = None,
    fields: Sequence[str] = (),
    sorts: Sequence[Sort] = (),
    page_size: int = MAX_PAGE_SIZE,
    page_index: int = 1,
    count: bool = False,
    system_fields: bool = False,
    set_apart: bool = False,
) -> RowPage:
    """Return one page of rows; a field that the user left out is not asked for.

    Raises ContractError for a row that cannot be read, unless the caller says by `set_apart` that
    it minds the page's `unreadable` rows: what is not among the rows may be one of these.
    """
    page = client.list_rows(
        sheet.id,
        filter=None if condition is None else _translated(sheet, condition),
        fields=[sheet.column(alias) for alias in fields if alias not in sheet.left_out] or None,
        sorts=[Sort(sheet.column(key.field), key.ascending) for key in sorts] or None,
        page_size=page_size,
        page_index=page_index,
        count=count,
        system_fields=system_fields,
    )
    rows = [sheet.by_alias(row) for row in page.rows]
    known = [row for row in rows if sheet.is_readable(row)] if set_apart else rows
    unreadable = page.unreadable + len(rows) - len(known)
    if unreadable and not set_apart:
        raise unreadable_row(sheet)
    return RowPage(known, page.total, unreadable)


@dataclass
class Unreadable:
    """Counts the rows of an answer that cannot be read."""

    rows: int = 0


def every_row(
    client: MingdaoClient,
    sheet: Sheet,
    *,
    condition: Filter | None = None,
    fields: Sequence[str] = (),
    sorts: Sequence[Sort] = (),
    system_fields: bool = False,
    unreadable: Unreadable | None = None,
) -> Iterator[Row]:
    """Yield the rows of all pages once.

    A filter is not proven here: HAP may have dropped it, so the caller checks each row. Rows that
    cannot be read are counted in `unreadable`; without it they raise ContractError.
    """

    def ask(page_index: int) -> RowPage:
        return list_rows(
            client,
            sheet,
            condition=condition,
            fields=fields,
            sorts=sorts,
            page_size=MAX_PAGE_SIZE,
            page_index=page_index,
            count=True,
            system_fields=system_fields,
            set_apart=unreadable is not None,
        )

    return paged(ask, unreadable or Unreadable())


def paged(ask: Callable[[int], RowPage], unread: Unreadable) -> Iterator[Row]:
    """Yield each row of the pages from 1 on once, until just as many were seen as HAP counts.

    A page that shows nothing new ends the list too, unless rows of it could not be read and more
    are counted than have come; a short page never does, nor does a count that is below what came.
    """
    seen: set[str] = set()
    for page_index in itertools.count(1):
        page = ask(page_index)
        fresh = {row.id: row for row in page.rows if row.id not in seen}
        seen.update(fresh)
        unread.rows += page.unreadable
        yield from fresh.values()
        to_come = 0 if page.total is None else page.total - len(seen) - unread.rows
        if page.total is not None and not to_come:
            return
        if not fresh and (to_come <= 0 or not page.unreadable):
            return


def pivot(client: MingdaoClient, sheet: Sheet, body: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Return the raw answer of an aggregation, whose cells go by the app's own names."""
    return client.pivot(sheet.id, _translated(sheet, body))


def related_ids(client: MingdaoClient, sheet: Sheet, row_id: str, alias: str) -> Iterator[str]:
    """Yield the ids of the rows that a relation points to.

    Raises ContractError for one that cannot be read.
    """
    unread = Unreadable()
    column = sheet.column(alias)
    for row in paged(lambda number: client.related_rows(sheet.id, row_id, column, number), unread):
        yield row.id
    if unread.rows:
        raise unreadable_row(sheet)


def create_row(
    client: MingdaoClient, sheet: Sheet, cells: Cells, *, trigger_workflow: bool
) -> str | None:
    """Create a row; returns its id where the answer names it."""
    return client.create_row(sheet.id, _cells(sheet, cells), trigger_workflow=trigger_workflow)


def create_rows(
    client: MingdaoClient, sheet: Sheet, rows: Sequence[Cells], *, trigger_workflow: bool
) -> list[str]:
    """Create rows in one call; returns the ids that the answer names."""
    named = [_cells(sheet, cells) for cells in rows]
    return client.create_rows(sheet.id, named, trigger_workflow=trigger_workflow)


def update_row(
    client: MingdaoClient, sheet: Sheet, row_id: str, cells: Cells, *, trigger_workflow: bool
) -> None:
    """Store cells in a row; the others stay as they are."""
    client.update_row(sheet.id, row_id, _cells(sheet, cells), trigger_workflow=trigger_workflow)


def update_rows(
    client: MingdaoClient,
    sheet: Sheet,
    row_ids: Sequence[str],
    cells: Cells,
    *,
    trigger_workflow: bool,
) -> list[str]:
    """Store the same cells in several rows; returns the ids of those that failed."""
    return client.update_rows(
        sheet.id, row_ids, _cells(sheet, cells), trigger_workflow=trigger_workflow
    )


def _cells(sheet: Sheet, cells: Cells) -> dict[str, Any]:
    if sheet.has_our_names:
        return dict(cells)
    return {sheet.column(alias): value for alias, value in cells.items()}


def _translated(sheet: Sheet, node: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a request, or a part of it, with the app's own name wherever it names a `field`."""
    if sheet.has_our_names:
        return node
    if isinstance(node, list):
        return [_translated(sheet, entry) for entry in node]
    if not isinstance(node, Mapping):
        return node
    return {
        key: sheet.column(value) if key == "field" else _translated(sheet, value)
        for key, value in node.items()
    }
