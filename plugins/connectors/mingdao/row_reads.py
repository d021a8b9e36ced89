"""Calls that read rows (contracts: hap §7). All are repeatable and share HAP's 50 calls a second.

What a stranger would get wrong: a filter that HAP does not understand is dropped without a word,
and a field name in `fields` that it does not know yields rows that hold nothing but their id. An
authorisation with "no data when the view is empty" switched on lists no rows at all, with success
(contracts: hap §2): an empty answer alone does not prove that a row is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from connectors.errors import NotFound
from connectors.mingdao.calls import HapCalls, segment, worksheet_path
from connectors.mingdao.filters import Filter
from connectors.mingdao.models import Row, RowPage

MAX_PAGE_SIZE = 1000


class Sort(NamedTuple):
    """One sort key: a field's alias or id, or a system field such as `ctime`."""

    field: str
    ascending: bool = True


class RowReads:
    """Queries of rows."""

    _calls: HapCalls

    def list_rows(
        self,
        ws: str,
        *,
        page_size: int = MAX_PAGE_SIZE,
        page_index: int = 1,
        filter: Filter | None = None,  # noqa: A002 - the word of the API
        fields: Sequence[str] | None = None,
        sorts: Sequence[Sort] | None = None,
        count: bool = False,
        system_fields: bool = False,
    ) -> RowPage:
        """Return one page of rows, keyed by alias; pages count from 1.

        A server may return fewer rows than asked for although more exist, so page until a page is
        empty or `total` is reached, sort by something unique, and drop repeated ids. `total` is
        None unless `count` is set. `system_fields` adds `_createdAt`, `_updatedAt` and others.

        Raises:
            ValueError: A page size outside 1..1000, a page before the first, or an empty filter.
            ConfigurationError: No such worksheet, or no permission.
        """
        _check_page(page_size, page_index)
        body: dict[str, Any] = {
            "pageSize": page_size,
            "pageIndex": page_index,
            "useFieldIdAsKey": False,
            "includeTotalCount": count,
            "includeSystemFields": system_fields,
            "responseFormat": "json",
        }
        if filter is not None:
            body["filter"] = _real_filter(filter)
        if fields:
            body["fields"] = list(fields)
        if sorts:
            # a sort without isAsc is descending
            body["sorts"] = [{"field": key.field, "isAsc": key.ascending} for key in sorts]
        path = worksheet_path(ws, "rows", "list")
        return self._calls.read("hap.rows.list", "POST", path, RowPage.parse, json=body)

    def get_row(self, ws: str, row_id: str, *, system_fields: bool = False) -> Row | None:
        """Return one row, or None when it is missing, deleted, or not permitted: HAP tells no more.

        Here a relation to many rows may be a count, see `cells.relation_ids`.
        """
        params = {"responseFormat": "json", "includeSystemFields": _word(system_fields)}
        path = worksheet_path(ws, "rows", segment(row_id))
        with suppress(NotFound):
            return self._calls.read("hap.row.get", "GET", path, Row.parse, params=params)
        return None

    def related_rows(
        self,
        ws: str,
        row_id: str,
        field: str,
        page_index: int = 1,
        page_size: int = MAX_PAGE_SIZE,
    ) -> RowPage:
        """Return one page of the rows that a relation field of a row points to.

        Raises:
            NotFound: The row is not there.
        """
        _check_page(page_size, page_index)
        params = {
            "pageSize": str(page_size),
            "pageIndex": str(page_index),
            "isReturnSystemFields": _word(False),
        }
        path = worksheet_path(ws, "rows", segment(row_id), "relations", segment(field))
        return self._calls.read("hap.row.relations", "GET", path, RowPage.parse, params=params)

    def pivot(self, ws: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - not documented
        """Return the raw `data` of an aggregation over a worksheet; its shape is not documented.

        The body takes `rows` and `columns` (`field`; `granularity` 1 day, 2 week, 3 month),
        `values` (`field`, `aggregation`), `filter`, `viewId`, `pageSize` up to 1000, `pageIndex`.

        Raises:
            ValueError: An empty body, which HAP refuses.
        """
        if not body:
            raise ValueError("a pivot needs a body")
        path = worksheet_path(ws, "rows", "pivot")
        return self._calls.read("hap.rows.pivot", "POST", path, lambda data: data, json=body)


def _check_page(page_size: int, page_index: int) -> None:
    if not 1 <= page_size <= MAX_PAGE_SIZE:
        raise ValueError(f"page_size must be 1..{MAX_PAGE_SIZE}")
    if page_index < 1:
        raise ValueError("page_index counts from 1")


def _real_filter(given: Filter) -> Filter:
    if not given.get("children"):
        raise ValueError("an empty filter would return the whole worksheet")
    return given


def _word(flag: bool) -> str:
    return "true" if flag else "false"
