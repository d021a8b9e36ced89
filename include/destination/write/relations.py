"""Rows that point at a row, and how they are pointed at another one.

Used where a key has several rows: whatever relates to a younger one is moved to the oldest. HAP
drops a filter that it does not understand, with success and all rows, so each filter over a
relation is proven first, and each row is looked at.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from connectors.mingdao import cells
from connectors.mingdao.client import MingdaoClient
from connectors.mingdao.filters import any_equal
from connectors.mingdao.models import Row
from include.destination.read.lookup import chunked, every_matching_row
from include.destination.read.whole_rows import with_relations
from include.destination.refusals import ignored_filter
from include.destination.rows import list_rows, related_ids, update_row
from include.destination.sheets.fields import FieldType, Worksheet
from include.destination.sheets.fingerprint import source_hash
from include.destination.sheets.record import Value
from include.destination.sheets.sheet import Sheet
from include.destination.sheets.worksheets import WORKSHEETS
from include.destination.write.authorship import undeclared_relations
from include.destination.write.plan import HASH, SYNCED_AT, held_values

ROWS_PER_FILTER = 100


def declared_relations(target: Worksheet) -> Iterator[tuple[Worksheet, str]]:
    """Yield the pipeline's relations to a worksheet: the worksheet that points, and the alias."""
    for definition in WORKSHEETS:
        for field in definition.fields:
            if field.type is FieldType.RELATION and field.target == target.alias:
                yield definition, field.alias


def expect_filter(client: MingdaoClient, sheet: Sheet, alias: str) -> None:
    """Raise ContractError when HAP ignores a filter over this relation.

    A row id that cannot exist is asked for.
    """
    nobody = any_equal(alias, [str(uuid.UUID(int=0))])
    if list_rows(client, sheet, condition=nobody, page_size=1).rows:
        raise ignored_filter(sheet.definition, alias)


def rows_pointing_at(
    client: MingdaoClient, sheet: Sheet, alias: str, row_ids: Iterable[str]
) -> list[Row]:
    """Return the rows, of any shop, whose relation `alias` holds one of these rows.

    They come whole, with every relation readable. Raises ContractError as `expect_filter`.
    """
    if alias in sheet.left_out:
        return []
    expect_filter(client, sheet, alias)
    wanted = set(row_ids)
    found = {
        row.id: row
        for chunk in chunked(sorted(wanted), ROWS_PER_FILTER)
        for row in every_matching_row(client, sheet, any_equal(alias, chunk))
    }
    whole = with_relations(client, sheet, found)
    return [row for row in whole.values() if wanted & set(_pointed_at(sheet, row, alias))]


def point_elsewhere(
    client: MingdaoClient,
    sheet: Sheet,
    alias: str,
    rows: Sequence[Row],
    instead: Mapping[str, str],
    now: datetime,
) -> None:
    """Replace row ids in a relation of these whole rows, each by the one that `instead` names.

    A fingerprint that fits what the row holds is made anew, so that the row stays proven.
    """
    field = sheet.definition.field(alias)
    for row in rows:
        moved = sheet.canonical(
            field, tuple(instead.get(one, one) for one in _pointed_at(sheet, row, alias))
        )
        values: dict[str, Value] = {alias: moved}
        held = held_values(sheet, row)
        if held and source_hash(held, sheet.version) == cells.text(row.cells.get(HASH)):
            values[HASH] = source_hash({**held, alias: moved}, sheet.version)
        if sheet.definition.has(SYNCED_AT):
            values[SYNCED_AT] = now
        update_row(client, sheet, row.id, sheet.cells(values), trigger_workflow=False)


def relations_from_outside(
    client: MingdaoClient, target: Sheet, declared: frozenset[str]
) -> list[str]:
    """Return the app's relations to a worksheet that are not the pipeline's, as `worksheet·field`.

    `declared` are the ids of the pipeline's own relations. Worksheets of other apps stay unseen.
    """
    reported = []
    for item in client.app().worksheets:
        live = client.worksheet(item.id)
        for there in live.fields:
            ours = {there.id, there.source_field} & declared
            if there.data_source == target.id and not ours:
                reported.append(f"{live.name}·{there.name}")
    return reported


def persons_relations(
    client: MingdaoClient, sheet: Sheet, row: Row, declared: frozenset[str]
) -> list[str]:
    """Return the names of a row's relations that a person added to the worksheet and filled."""
    return [
        there.name
        for there in undeclared_relations(sheet, declared)
        if any(related_ids(client, sheet, row.id, there.id))
    ]


def _pointed_at(sheet: Sheet, row: Row, alias: str) -> tuple[str, ...]:
    held = sheet.read(row, alias)
    return held if isinstance(held, tuple) else ()
