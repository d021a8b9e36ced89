"""`rows/list`: filter, search, sort, page, project.

The filtered and sorted list of a large worksheet is remembered until the next write, so that
reading 100,000 rows page by page sorts them once. An unknown name in `fields` is no error: if
nothing known is left, the rows carry their id alone (contracts: hap §7.1, §7.3).
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from include.simulators.hap import columns, filters, render
from include.simulators.hap.errors import NO_PERMISSION, VALUE_ERROR, HapError
from include.simulators.hap.kinds import Family
from include.simulators.hap.model import Cell, Row
from include.simulators.hap.requests import flag, objects, strings, whole_number
from include.simulators.hap.store import HapStore
from include.simulators.hap.worksheet import Worksheet

JsonObject = dict[str, Any]
MAX_PAGE = 1000
_WORTH_REMEMBERING = 1000


@dataclass(frozen=True, slots=True)
class Query:
    """Which rows, in which order. `sorts` are (field, ascending)."""

    filter: filters.Group | None = None
    search: str = ""
    sorts: tuple[tuple[str, bool], ...] = ()
    name: str = ""


def list_rows(store: HapStore, sheet: Worksheet, body: JsonObject) -> JsonObject:
    """Answer a V3 list call: `{rows, total?}`, or the rows as one text for `md`."""
    size, start = page_of(store, body)
    query = _query(store, sheet, body)
    names = strings(body, "fields")
    found = [] if _without_view(store, body) else select(store, sheet, query)
    shape = render.Shape(
        ids_as_keys=flag(body, "useFieldIdAsKey"),
        system_fields=_system_fields(body, names),
        only=_projection(sheet, names),
        many=store.settings.multi_relation_in_list,
    )
    rows = render.rows(store, sheet, found[start : start + size], shape)
    shown: Any = rows
    if body.get("responseFormat") == "md":
        shown = "\n".join(" | ".join(str(value) for value in row.values()) for row in rows)
    total = with_total(store, len(found)) if flag(body, "includeTotalCount") else {}
    return {"rows": shown, **total}


def select(store: HapStore, sheet: Worksheet, query: Query) -> list[Row]:
    """Return all matching rows in order, as lists show them now."""
    now = store.clock.monotonic()
    seen = sheet.table.seen_at(now)
    changing = _shuffles(store, query) or (query.search and store.settings.search_lag_s)
    cacheable = seen is None and bool(query.name) and not changing
    cached = sheet.table.cached(query.name) if cacheable else None
    if cached is not None:
        return cached
    rows = _matching(store, sheet, query, seen)
    ordered = _ordered(store, sheet, rows, query)
    if cacheable:
        sheet.table.remember(query.name, ordered)
    return ordered


def page_of(store: HapStore, body: JsonObject) -> tuple[int, int]:
    """Return page size and offset from `pageSize` and the 1-based `pageIndex`.

    Raises:
        HapError: 10001 or 10002, as the settings have it.
    """
    settings = store.settings
    size = whole_number(body, "pageSize", settings.default_page_size)
    index = whole_number(body, "pageIndex", 1)
    if size < 1 or index < 1 or (size > MAX_PAGE and settings.oversized_page == "refuse"):
        raise HapError(VALUE_ERROR)
    size = min(size, MAX_PAGE)
    if settings.max_page_depth is not None and index * size > settings.max_page_depth:
        raise HapError(VALUE_ERROR)
    return size, (index - 1) * size


def with_total(store: HapStore, total: int) -> JsonObject:
    """Return the total under the name and in the type that the settings choose."""
    return {"total": total} if store.settings.total == "int" else {"total\t": str(total)}


def _query(store: HapStore, sheet: Worksheet, body: JsonObject) -> Query:
    parser = filters.FilterParser(store, sheet, empties=store.settings.isempty_honoured)
    sorts = tuple((str(s.get("field", "")), flag(s, "isAsc")) for s in objects(body, "sorts"))
    search = str(body.get("search") or "")
    return Query(parser.parse(body.get("filter")), search, sorts, _name(store, sheet, body))


def _name(store: HapStore, sheet: Worksheet, body: JsonObject) -> str:
    """Return what a list is remembered by; "" where it is sorted sooner than recognised."""
    if len(sheet.table.rows) < _WORTH_REMEMBERING:
        return ""
    asked = [body.get("filter"), body.get("search"), body.get("sorts")]
    return json.dumps([asked, store.settings.model_dump_json()], sort_keys=True)


def _without_view(store: HapStore, body: JsonObject) -> bool:
    if store.settings.view_null == "off" or body.get("viewId"):
        return False
    if store.settings.view_null == "10005":
        raise HapError(NO_PERMISSION)
    return True


def _system_fields(body: JsonObject, names: list[str]) -> frozenset[str]:
    if flag(body, "includeSystemFields"):
        return columns.SYSTEM_IDS
    return frozenset(columns.SYSTEM_COLUMNS[n].name for n in names if n in columns.SYSTEM_COLUMNS)


def _projection(sheet: Worksheet, names: list[str]) -> frozenset[str] | None:
    if not names:
        return None
    found = (sheet.field(name) for name in names)
    return frozenset(field.id for field in found if field is not None)


def _matching(store: HapStore, sheet: Worksheet, query: Query, seen: list[Row] | None) -> list[Row]:
    if query.filter is None:
        rows = sheet.table.live() if seen is None else seen
    else:
        test = filters.compiled(query.filter)
        rows = [row for row in _candidates(sheet, query.filter, seen) if test(row)]
    return _found(store, sheet, rows, query.search.casefold()) if query.search else rows


def _candidates(sheet: Worksheet, group: filters.Group, seen: list[Row] | None) -> list[Row]:
    if seen is not None:
        return seen
    ids = filters.candidates(group, sheet.table)
    if ids is None:
        return sheet.table.live()
    known = (sheet.table.get(rowid) for rowid in ids)
    return sorted((row for row in known if row is not None), key=lambda row: row.autoid)


def _found(store: HapStore, sheet: Worksheet, rows: list[Row], keyword: str) -> list[Row]:
    texts = [field.id for field in sheet.fields if field.family is Family.TEXT]
    lag = store.settings.search_lag_s
    newest = store.stamp(seconds_ago=lag) if lag else "9999"
    return [
        row
        for row in rows
        if row.utime <= newest
        and any(keyword in str(row.cells.get(field_id, "")).casefold() for field_id in texts)
    ]


def _ordered(store: HapStore, sheet: Worksheet, rows: list[Row], query: Query) -> list[Row]:
    newest_first = store.settings.default_order == "newest_first"
    ordered = rows[::-1] if newest_first else list(rows)
    if _shuffles(store, query):
        random.Random(store.calls).shuffle(ordered)
    for name, ascending in reversed(query.sorts):
        column = columns.find(store, sheet, name)
        if column is not None:
            ordered.sort(key=_sort_key(column), reverse=not ascending)
    return ordered


def _shuffles(store: HapStore, query: Query) -> bool:
    return store.settings.sort_ties == "shuffled" and bool(query.sorts)


def _sort_key(column: columns.Column) -> Callable[[Row], tuple[int, Decimal, str]]:
    return lambda row: _rank(column.read(row))


def _rank(cell: Cell) -> tuple[int, Decimal, str]:
    if isinstance(cell, Decimal):
        return 1, cell, ""
    text = "|".join(cell) if isinstance(cell, tuple) else cell
    return (2 if text else 0), Decimal(0), text
