"""Streams whole worksheets, page by page, for what is computed over all rows.

What a stranger would get wrong: a list leaves relations to many rows out (contracts: hap §7.3), so
the goods of an order cannot be read from the order. The other way round HAP tells: which orders
point at these goods, by a filter over the relation. HAP drops a filter that it does not
understand, with success and all rows, so a row id that cannot exist is asked for first.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence

from connectors.mingdao.filters import KEYS_PER_FILTER, Filter, all_of, any_equal
from connectors.mingdao.models import Row
from connectors.mingdao.row_reads import Sort
from include.destination.read.lookup import chunked
from include.destination.rows import Unreadable, every_row
from include.destination.sheets.fields import Worksheet
from include.destination.sheets.sheet import SHOP
from include.destination.write.relations import expect_filter
from include.flows.run.context import SyncContext

log = logging.getLogger(__name__)


def rows_of_shop(
    context: SyncContext, definition: Worksheet, fields: Sequence[str]
) -> Iterator[Row]:
    """Yield the shop's own rows of a worksheet, with these cells alone."""
    owner_of = context.sheet(definition).owner_of
    return (row for row in rows_seen_by(context, definition, fields) if owner_of(row) == context.id)


def rows_seen_by(
    context: SyncContext, definition: Worksheet, fields: Sequence[str]
) -> Iterator[Row]:
    """Yield the rows that the shop may link to: also those of others where it shares them.

    A row that cannot be read is passed over, with a warning: the comparison of the record that it
    is tells of it.
    """
    sheet, unreadable = context.sheet(definition), Unreadable()
    sorts = _sorts(definition)
    rows = every_row(context.hap, sheet, fields=(*fields, SHOP), sorts=sorts, unreadable=unreadable)
    yield from filter(sheet.sees, rows)
    if unreadable.rows:
        log.warning(
            "工作表 %s 有 %d 行无法读取 / rows of this worksheet cannot be read",
            *(definition.alias, unreadable.rows),
        )


def ids_linked_to(
    context: SyncContext,
    definition: Worksheet,
    alias: str,
    row_ids: Collection[str],
    among: Filter | None = None,
) -> Iterator[str]:
    """Yield the ids of the rows whose relation `alias` points at one of these rows.

    `among` narrows the rows that are looked at. Raises ContractError when HAP ignores the filter
    over the relation.
    """
    if row_ids:
        expect_filter(context.hap, context.sheet(definition), alias)
    seen: set[str] = set()
    for chunk in chunked(sorted(set(row_ids)), KEYS_PER_FILTER):
        linked = any_equal(alias, chunk)
        condition = all_of(linked, among) if among else linked
        rows = every_row(
            context.hap,
            context.sheet(definition),
            condition=condition,
            fields=(definition.key,),
            sorts=_sorts(definition),
        )
        for row in rows:
            if row.id not in seen:
                seen.add(row.id)
                yield row.id


def _sorts(definition: Worksheet) -> Sequence[Sort]:
    return [Sort("ctime"), Sort(definition.key)]
