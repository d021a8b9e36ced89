"""Page arithmetic, and the distortions that lists suffer on their way out.

The vendor's interfaces differ in first page, default size, maximum and total key; what they do with
a size over the maximum or a page below the first is undetermined but for goods (xiaoe §12 row 10).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import count
from typing import TypeVar

from include.simulators.xiaoe.call import Call
from include.simulators.xiaoe.dialect import Json

T = TypeVar("T")
Fetch = Callable[[int, int], Iterable[T]]
_jumps = count()


@dataclass(frozen=True, slots=True)
class Page:
    """Rows `start` up to but without `end`; `number` is the page as the client counts."""

    number: int
    size: int
    start: int

    @property
    def end(self) -> int:
        """The row behind the page's last one."""
        return self.start + self.size


@dataclass(frozen=True, slots=True)
class Paging:
    """One interface's convention."""

    key: str = "page"
    first: int = 1
    default_size: int = 10
    max_size: int = 50
    always_clamps: bool = False

    def read(self, call: Call) -> Page:
        """Return the page that the call asks for, after the server's own corrections."""
        size = self._size(call)
        number = call.number(self.key, self.first)
        index = (self.first if number is None else number) - self.first
        if index < 0:
            if call.settings.page_zero == "error":
                raise call.bad_parameter(self.key)
            if call.settings.page_zero == "empty":
                return Page(index + self.first, 0, 0)
            index = 0
        return Page(index + self.first, size, index * size)

    def _size(self, call: Call) -> int:
        size = call.number("page_size", self.default_size) or self.default_size
        if size < 0:
            raise call.bad_parameter("page_size")
        if size > self.max_size:
            if call.settings.page_size_over_limit == "error" and not self.always_clamps:
                raise call.bad_parameter("page_size")
            size = self.max_size
        cap = call.settings.page_size_cap
        return min(size, cap) if cap and is_distorted(call) else size


def is_distorted(call: Call) -> bool:
    """Tell whether the list distortions apply to this interface."""
    return fnmatchcase(call.api, call.settings.distorted_apis)


def listing(
    call: Call,
    page: Page,
    total: int,
    fetch: Fetch[T],
    row: Callable[[Call, T], dict[str, Json]],
    *,
    list_key: str = "list",
    total_key: str = "total",
) -> dict[str, Json]:
    """Return `{total, list}` for a page of `total` rows; `fetch(start, end)` gives the records."""
    if not is_distorted(call):
        return {total_key: total, list_key: _rows(call, page.start, page.end, total, fetch, row)}
    settings = call.settings
    shown = {"normal": total, "empty": 0, "tenth": total // 10}[settings.stream]
    start = page.start
    if settings.last_page_repeats and page.size and shown:
        start = min(start, (shown - 1) // page.size * page.size)
    rows = _rows(call, start, start + page.size, shown, fetch, row)
    return {**_total(call, total_key, shown), **_list(call, list_key, _bent(call, rows))}


def of_sequence(records: Sequence[T]) -> Fetch[T]:
    """Return a `fetch` over records that are all at hand."""
    return lambda start, end: records[start:end]


def beyond(call: Call, page: Page, cap: int | None, answer: str) -> Page | None:
    """Apply a limit on the depth of paging; None stands for an empty page."""
    if cap is None or page.end <= cap:
        return page
    if answer == "error":
        raise call.bad_parameter("page")
    if answer == "last_page":
        return Page(page.number, page.size, max(0, (cap - 1) // page.size * page.size))
    return None


def _rows(
    call: Call,
    start: int,
    end: int,
    total: int,
    fetch: Fetch[T],
    row: Callable[[Call, T], dict[str, Json]],
) -> list[dict[str, Json]]:
    stop = min(end, total)
    return [row(call, record) for record in fetch(start, stop)] if start < stop else []


def _bent(call: Call, rows: list[dict[str, Json]]) -> list[dict[str, Json]]:
    if call.settings.short_list and rows:
        rows = rows[:-1]
    if call.settings.duplicate_rows and rows:
        rows = [*rows, rows[0]]
    return rows


def _total(call: Call, key: str, total: int) -> dict[str, Json]:
    shapes: dict[str, dict[str, Json]] = {
        "exact": {key: total},
        "string": {key: str(total)},
        "missing": {},
        "zero": {key: 0},
        "one_more": {key: total + 1},
        "jumping": {key: total + next(_jumps) % 3},
    }
    return shapes[call.settings.total]


def _list(call: Call, key: str, rows: list[dict[str, Json]]) -> dict[str, Json]:
    shapes: dict[str, dict[str, Json]] = {
        "list": {key: rows},
        "null_when_empty": {key: rows or None},
        "missing": {},
        "renamed": {f"{key}_v2": rows},
        "object": {key: {str(i): r for i, r in enumerate(rows)}},
    }
    return shapes[call.settings.list_shape]
