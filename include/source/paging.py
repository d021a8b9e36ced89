"""Reads every row of a window, although rows move while they are read.

Paging by number over a list that changes skips rows, and comparing the number of rows with `total`
notices almost none of it. One answer is one snapshot: so a window is read in steps that a single
page holds, each as long as the density of the rows before it lets hope. A single second that still
overflows is read again until nothing moved meanwhile.

Why that is complete: a window lies in the past, so a row can leave it but none can enter, apart
from rows that the shop shows late, and those are what the overlap of the next run is for.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from connectors.errors import ContractError, RetryableError, Words
from connectors.threads import Threads
from connectors.xiaoe.models import Page
from include.source.windows import SECOND, Window

log = logging.getLogger(__name__)

Row = TypeVar("Row")
Kept = TypeVar("Kept")
MOST_PAGES_OF_A_SECOND = 1000
# A step aims at so full a page: fuller ones overflow more often, and an overflow costs a call.
FILL = 0.8
FASTEST_GROWTH = 4
SIDE_BY_SIDE = 4  # enough for 15 calls a second of a quarter of a second each
# Enough for a server that shuffles the rows of one second in each answer: a pass over n pages
# shows a row with a chance of about 2 in 3.
PASSES = 24


@dataclass(frozen=True)
class _Pass(Generic[Row]):
    """One reading of a second through all its pages, rows in the order in which they came."""

    rows: dict[str, Row]
    totals: frozenset[int | None]
    repeated: bool  # a page showed rows of an earlier page beside new ones

    @property
    def total(self) -> int | None:
        """Return how many rows every page counted; None where they disagree or do not count."""
        return (next(iter(self.totals)) or None) if len(self.totals) == 1 else None


class WindowReader(Generic[Row]):
    """Reads windows through one list endpoint.

    Args:
        api: The endpoint's name, for errors.
        ask: Fetches one page of a window: (window, page from 1) → rows and total.
        key: The row's id, to drop what is seen twice.
        inside: Whether a row lies in what was asked, which is a little wider than the window.
        wanted: Whether a row lies in the window itself.
    """

    def __init__(
        self,
        api: str,
        ask: Callable[[Window, int], Page[Row]],
        *,
        key: Callable[[Row], str],
        inside: Callable[[Window, Row], bool],
        wanted: Callable[[Window, Row], bool],
    ) -> None:
        self.api = api
        self.ask = ask
        self.key = key
        self.inside = inside
        self.wanted = wanted

    def read(self, window: Window) -> Iterator[Row]:
        """Yield each row of the window once.

        Raises:
            ContractError: A row lies outside what was asked, so the server ignored the filter; or
                the list never shows as many rows as it counts.
            RetryableError: The rows of one second keep moving.
        """
        yield from self._steps(window, window.span, 0)

    def read_side_by_side(
        self, window: Window, threads: Threads, keep: Callable[[Row], Kept]
    ) -> Iterator[Kept]:
        """Yield what is to be kept of each row of the window, which is read in parts at once.

        What is kept of a part waits in memory until the parts before it are through. Raises as
        `read`.
        """
        page = self._page(window, 1)
        whole = self._whole(window, page)
        if whole is not None:
            yield from (keep(row) for row in whole if self.wanted(window, row))
            return
        fits, span = len(page.rows), _shorter(window, len(page.rows), page.total)

        def read(part: Window) -> list[Kept]:
            return [keep(row) for row in self._steps(part, span, fits)]

        seconds = math.ceil(_seconds(window) / min(threads.number, SIDE_BY_SIDE))
        for kept in threads.map(read, window.cut((seconds - 1) * SECOND)):
            yield from kept

    def _steps(self, window: Window, span: timedelta, fits: int) -> Iterator[Row]:
        """Yield the window's rows, step by step; the first one is of that span."""
        left = window
        while True:
            step = left.first(span)
            page = self._page(step, 1)
            whole = self._whole(step, page)
            if whole is None and step.span < SECOND:
                whole = self._second(step)
            if whole is None:
                fits = len(page.rows)
                span = _shorter(step, fits, page.total)
                continue
            rows = [row for row in whole if self.wanted(step, row)]
            yield from rows
            if step.until == window.until:
                return
            left = Window(step.until + SECOND, window.until)
            span = _next(step, len(rows), fits)

    def _whole(self, window: Window, page: Page[Row]) -> Iterable[Row] | None:
        """Return the window's rows if one page holds them all, else None."""
        rows = self._by_key(page.rows)
        if page.total is not None and page.total >= len(rows):
            return rows.values() if page.total == len(rows) else None
        if not rows:
            return ()
        # The server does not tell how many there are. The next page does, but by then rows may
        # have moved up from it to this one: so this one is read once more.
        if self._by_key(self._page(window, 2).rows).keys() - rows.keys():
            return None
        again = self._by_key(self._page(window, 1).rows)
        return again.values() if again.keys() <= rows.keys() else None

    def _second(self, window: Window) -> Iterable[Row]:
        """Return the rows of one crowded second.

        Where the server counts, passes are joined until they hold as many rows as it counts, and
        begun anew when the count changes. Where it does not, two passes in a row must be alike.
        """
        joined: dict[str, Row] = {}
        last: _Pass[Row] | None = None
        for _ in range(PASSES):
            one = self._pass(window)
            if last is None or one.totals != last.totals:
                joined = {}
            joined |= one.rows
            if one.total is not None:
                if one.total == len(joined):
                    return joined.values()
            elif last and not one.repeated and [*one.rows] == [*last.rows]:
                return one.rows.values()
            last = one
            log.info("同一秒的数据尚未读全,重新读取 / one second is incomplete, reading again")
        raise self._unfinished(len(joined), last.total if last else None)

    def _pass(self, window: Window) -> _Pass[Row]:
        rows: dict[str, Row] = {}
        totals: set[int | None] = set()
        repeated = False
        for number in range(1, MOST_PAGES_OF_A_SECOND + 1):
            page = self._page(window, number)
            totals.add(page.total)
            shown = self._by_key(page.rows)
            if shown.keys() <= rows.keys():
                break
            repeated |= not shown.keys().isdisjoint(rows)
            rows |= shown
            if page.total and len(rows) >= page.total:
                break
        else:
            raise self._unfinished(len(rows), None)
        return _Pass(rows, frozenset(totals), repeated)

    def _page(self, window: Window, number: int) -> Page[Row]:
        page = self.ask(window, number)
        if not all(self.inside(window, row) for row in page.rows):
            raise filter_ignored(self.api)
        return page

    def _by_key(self, rows: Iterable[Row]) -> dict[str, Row]:
        return {self.key(row): row for row in rows}

    def _unfinished(self, seen: int, total: int | None) -> ContractError | RetryableError:
        if total is not None and seen < total:
            return ContractError(
                self.api,
                Words(
                    f"同一秒内应有 {total} 条,反复读取只得到 {seen} 条",
                    f"the list counts {total} rows in one second and never shows more than {seen}",
                ),
                Words(
                    "稍后重新运行;若反复出现请联系小鹅通", "run again later, then ask the vendor"
                ),
            )
        return RetryableError(
            self.api,
            Words(
                "同一秒内的数据一直在变化,无法完整读取",
                "the rows of one second keep moving and cannot be read completely",
            ),
            Words("稍后自动重试", "it is tried again later"),
        )


def _shorter(step: Window, fits: int, total: int | None) -> timedelta:
    """Return the span to try instead of one of `total` rows, of which a page holds `fits`."""
    part = FILL * fits / total if total else 0.5
    return (max(1, int(part * _seconds(step))) - 1) * SECOND


def _next(step: Window, rows: int, fits: int) -> timedelta:
    """Return the span to try after a step with so many rows."""
    growth = min(FASTEST_GROWTH, FILL * fits / rows) if rows else FASTEST_GROWTH
    return (max(1, int(growth * _seconds(step))) - 1) * SECOND


def _seconds(window: Window) -> int:
    return int(window.span / SECOND) + 1


def filter_ignored(api: str) -> ContractError:
    """Return the error for rows that lie outside the time range that was asked for."""
    action = Words("联系小鹅通", "ask the vendor")
    if api == "order.list":
        action = Words(
            "在小鹅通连接的扩展项把 order_feed 设为 create,再重新运行",
            'set "order_feed" to "create" in the connection\'s extra, then run again',
        )
    return ContractError(
        api,
        Words(
            "返回的数据超出查询的时间范围,说明时间条件被忽略",
            "rows outside the asked time range came back: the time filter was ignored",
        ),
        action,
    )
