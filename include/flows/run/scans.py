"""Streams whole worksheets, page by page, for what is computed over all rows.

What a stranger would get wrong: a list leaves relations to many rows out (contracts: hap §7.3), so
the goods of an order cannot be read from the order. The other way round HAP tells: which orders
point at these goods, by a filter over the relation. HAP drops a filter that it does not
understand, with success and all rows, so a row id that cannot exist is asked for first.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence

from connectors.mingdao.filters import Filter, all_of, any_equal
from connectors.mingdao.models import Row
from connectors.mingdao.row_reads import Sort
from include.destination.read.lookup import KEYS_PER_CALL, chunked
from include.destination.rows import list_rows
from include.destination.sheets.fields import Worksheet
from include.destination.sheets.sheet import SHOP
from include.destination.write.relations import expect_filter
from include.flows.run.context import SyncContext

log = logging.getLogger(__name__)

PAGE = 1000


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
    sheet = context.sheet(definition)
    pages = _pages(context, definition, None, (*fields, SHOP), set_apart=True)
    return filter(sheet.sees, pages)


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
    for chunk in chunked(sorted(set(row_ids)), KEYS_PER_CALL):
        linked = any_equal(alias, chunk)
        condition = all_of(linked, among) if among else linked
        for row in _pages(context, definition, condition, (definition.key,)):
            if row.id not in seen:
                seen.add(row.id)
                yield row.id


def _pages(
    context: SyncContext,
    definition: Worksheet,
    condition: Filter | None,
    fields: Sequence[str],
    *,
    set_apart: bool = False,
) -> Iterator[Row]:
    """Yield the rows of all pages once, until as many were seen as HAP counts."""
    seen: set[str] = set()
    unreadable = 0
    page_index = 1
    while True:
        page = list_rows(
            context.hap,
            context.sheet(definition),
            condition=condition,
            fields=fields,
            sorts=[Sort("ctime"), Sort(definition.key)],
            page_size=PAGE,
            page_index=page_index,
            count=True,
            set_apart=set_apart,
        )
        fresh = [row for row in page.rows if row.id not in seen]
        seen.update(row.id for row in fresh)
        unreadable += page.unreadable
        if page.unreadable:
            log.warning(
                "工作表 %s 有 %d 行无法读取 / rows of this worksheet cannot be read",
                *(definition.alias, page.unreadable),
            )
        yield from fresh
        if page.total is not None and len(seen) + unreadable >= page.total:
            return
        if not fresh and (page.total is None or not page.unreadable):
            return
        page_index += 1
