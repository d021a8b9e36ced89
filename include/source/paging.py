"""Reads every row of a window, although rows move while they are read.

Paging by number over a list that changes skips rows, and comparing the number of rows with `total`
notices almost none of it. One answer is one snapshot: so only first pages are read. One whose rows
come in the order of time shows all of them up to its last second, and the next one begins there;
that it counts just as many fewer proves it. Where the rows come in another order or do not add up,
the time in question is read in steps that a single page holds, each as long as the density of the
rows before it lets hope. A single second that still overflows is read again until nothing moved
meanwhile.

Why that is complete: a window lies in the past, so a row can leave it but none can enter, apart
from rows that the shop shows late, and those are what the overlap of the next run is for.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Generic, TypeVar

from connectors.codes import FILTER_IGNORED, LATER, LIST_CUT
from connectors.errors import Bilingual, ContractError, RetryableError
from connectors.http.threads import Threads
from connectors.xiaoe.models import Page, UnreadableRow
from connectors.xiaoe.rows import UnreadableRows
from include.source.pages import RowCount
from include.source.windows import SECOND, SHOP_ZONE, Window

log = logging.getLogger(__name__)

Row = TypeVar("Row")
Kept = TypeVar("Kept")
MOST_PAGES_OF_A_SECOND = 1000
# A step aims at so full a page: fuller ones overflow more often, and an overflow costs a call.
FILL = 0.8
FASTEST_GROWTH = 4
SIDE_BY_SIDE = 5  # enough for 18 calls a second of a quarter of a second each
PART = 5  # pages; the last page of a part is half empty, so shorter parts would cost more calls
# Enough for a server that shuffles the rows of one second in each answer: a pass over n pages
# shows a row with a chance of about 2 in 3.
PASSES = 24
# Before the vendor's first shop opened: no order is this old.
NEVER = Window(datetime(2010, 1, 1, tzinfo=SHOP_ZONE), datetime(2010, 1, 1, 1, tzinfo=SHOP_ZONE))


@dataclass(frozen=True)
class _Front(Generic[Row]):
    """The rows of a window's beginning up to a second, and the first page of what is left."""

    rows: Iterable[Row]
    until: datetime
    following: Page[Row] | None = None


class WindowReader(Generic[Row]):
    """Reads windows through one list endpoint.

    Args:
        api: The endpoint's name, for errors.
        ask: Fetches one page of a window: (window, page from 1) → rows and total.
        key: The row's id, to drop what is seen twice.
        moment: The row's time that the window is about; rows are asked for in the order of it.
        field: The name of that time, for errors.
        unreadable: Where a row is noted whose time cannot be right.
        narrow: A longer step that shows a row which cannot be read is read again in steps of this
            span, which tell more closely where the row stands; None where that does not matter.
    """

    def __init__(
        self,
        api: str,
        ask: Callable[[Window, int], Page[Row]],
        *,
        key: Callable[[Row], str],
        moment: Callable[[Row], datetime],
        field: str,
        unreadable: UnreadableRows,
        narrow: timedelta | None = None,
    ) -> None:
        self.api = api
        self.ask = ask
        self.key = key
        self.moment = moment
        self.field = field
        self.unreadable = unreadable
        self.narrow = narrow
        self._filters: bool | None = None  # None until a row outside makes it a question

    def read(self, window: Window) -> Iterator[Row]:
        """Yield each row of the window once.

        Raises:
            ContractError: Rows lie outside what was asked because the server ignored the filter; or
                the list never shows as many rows as it counts.
            RetryableError: The rows of one second keep moving.
        """
        yield from self._pages(window, self._page(window, 1))

    def read_side_by_side(
        self, window: Window, threads: Threads, keep: Callable[[Row], Kept]
    ) -> Iterator[Kept]:
        """Yield what is to be kept of each row of the window, which is read in parts at once.

        The parts come in no order. Raises as `read`.
        """
        page = self._page(window, 1)
        pages = math.ceil(page.total / _size(page)) if page.total and _size(page) else 0
        parts = min(threads.number, SIDE_BY_SIDE, pages // PART)
        if parts <= 1:
            yield from map(keep, self._pages(window, page))
            return

        seconds = math.ceil(_seconds(window) / parts)
        cut = window.cut((seconds - 1) * SECOND)
        yield from threads.merge(map(keep, self.read(part)) for part in cut)

    def _pages(self, window: Window, page: Page[Row]) -> Iterator[Row]:
        """Yield the window's rows, of which `page` is the first; each page goes on from another.

        What a page counts begins a second early. Where the page before has not shown all rows of
        that second, none of the counts would tell: so they are taken from either.
        """
        left, known = window, set[str]()
        while True:
            early = Window(max(window.since, left.since - SECOND), left.until)
            front = self._front(early, left, page)
            last = set[str]()
            for row in self._of(Window(early.since, front.until), front.rows):
                if self.moment(row) >= front.until:
                    last.add(self.key(row))
                if self.key(row) not in known:
                    yield row
            if front.following is None:
                return
            left, known = Window(front.until + SECOND, left.until), last
            page = front.following

    def _front(self, early: Window, left: Window, page: Page[Row]) -> _Front[Row]:
        """Return what is known of a window by its first page; `early` begins a second before it."""
        whole = None if self._is_to_narrow(left, page) else self._whole(left, page)
        if whole is not None:
            return _Front(whole, left.until)
        reached = self._reached(left, page)
        if reached is None:
            steps = self._steps(early, self._shorter(early, page), _size(page))
            return _Front(steps, left.until)
        if reached > left.since:
            following = self._page(Window(reached, left.until), 1)
            shown = Window(early.since, reached - SECOND)
            if self._goes_on(page, reached, following):
                return _Front(self._counted(page).rows.values(), shown.until, following)
            return _Front(self._steps(shown, shown.span, _size(page)), shown.until, following)
        second = Window(left.since, left.since)  # it has more rows than a page
        rest = Window(left.since + SECOND, left.until) if left.span else None
        return _Front(self._again(second), left.since, self._page(rest, 1) if rest else None)

    def _of(self, window: Window, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows that lie in the window itself; what is asked is a little wider."""
        return (row for row in rows if window.covers(self.moment(row)))

    def _reached(self, left: Window, page: Page[Row]) -> datetime | None:
        """Return a second of the window before which its first page shows all rows.

        None where that is not known.
        """
        # undetermined: xiaoe.md §6.4.1: is `total` exact and stable, and is it told at all?
        if page.unreadable or not page.rows or not page.total:
            return None
        times = [self.moment(row) for row in page.rows]
        in_order = all(before <= after for before, after in pairwise(times))
        # What is asked ends a second after the window, and so may the page.
        return min(times[-1].replace(microsecond=0), left.until) if in_order else None

    def _goes_on(self, page: Page[Row], reached: datetime, following: Page[Row]) -> bool:
        """Tell whether the next page, from `reached` on, leaves out what this one shows before it.

        Only a server that sorted the first page by another time, or in which a row changed between
        the two, counts otherwise. The second before is asked for as well; whether its rows come
        depends on how the server takes the ends of a window.
        """
        if not (page.total and following.total):
            return False
        again = any(self.moment(row) < reached for row in following.rows)
        since = reached - SECOND if again else reached
        left_out = {self.key(row) for row in page.rows if self.moment(row) < since}
        return page.total - following.total == len(left_out)

    def _is_to_narrow(self, window: Window, page: Page[Row]) -> bool:
        return bool(page.unreadable and self.narrow is not None and window.span > self.narrow)

    def _shorter(self, window: Window, page: Page[Row]) -> timedelta:
        """Return the span of the first step through a window of which a page shows too little."""
        if self.narrow is not None and self._is_to_narrow(window, page):
            return self.narrow
        return _shorter(window, _size(page), page.total) if _size(page) else window.span

    def _steps(self, window: Window, span: timedelta, fits: int) -> Iterator[Row]:
        """Yield the window's rows in steps that a page holds; the first one is of that span."""
        left = window
        while True:
            step = left.first(span)
            page = self._page(step, 1)
            if self.narrow is not None and self._is_to_narrow(step, page):
                fits, span = max(fits, _size(page)), self.narrow
                continue
            whole = self._whole(step, page)
            if whole is None and (step.span < SECOND or not _size(page)):
                whole = self._again(step)  # no shorter step would tell more
            if whole is None:
                fits = _size(page)
                span = _shorter(step, fits, page.total)
                continue
            rows = list(self._of(step, whole))
            yield from rows
            if step.until == window.until:
                return
            left = Window(step.until + SECOND, window.until)
            span = _next(step, len(rows), fits)

    def _whole(self, window: Window, page: Page[Row]) -> Iterable[Row] | None:
        """Return the window's rows if one page holds them all, else None.

        An order is counted once however often a page shows it: a row that is shown twice must never
        stand for one that is still to come.
        """
        count = self._counted(page)
        if page.total == len(count.keys):
            return count.rows.values()
        # undetermined: xiaoe.md §6.4.1: is `total` exact and stable, and is it told at all?
        if page.total is not None and page.total > count.came:
            return None
        if not count.came:
            return ()
        # The server does not tell how many there are, or counts a row for each time it shows it.
        # The next page tells whether there are more: only an empty one, or this one again, is the
        # end, for a server that shuffles one second's rows may show there what is known, and what
        # is not known nowhere. By then rows may have moved up from it to this one: so this one is
        # read once more.
        if self._counted(self._page(window, 2)).keys not in (set(), count.keys):
            return None
        again = self._counted(self._page(window, 1))
        return again.rows.values() if again.keys <= count.keys else None

    def _again(self, window: Window) -> Iterable[Row]:
        """Return the rows of one crowded second, or of a window that counts rows and shows none.

        Where the server counts, passes are joined until they hold as many orders as it counts, and
        begun anew when the count changes. Where it does not, or counts an order for each time that
        it is shown, two passes in a row must be alike.
        """
        # undetermined: xiaoe.md §6.4.1: in which order come rows of one second?
        joined = RowCount(self.key)
        last: RowCount[Row] | None = None
        for _ in range(PASSES):
            one = self._pass(window)
            if last is None or one.totals != last.totals:
                joined = RowCount(self.key)
            joined.join(one)
            if one.total == len(joined.keys):
                return joined.rows.values()
            if _is_alike(one, last):
                return one.rows.values()
            last = one
            log.info("数据尚未读全，重新读取 / incomplete, reading again")
        raise self._unfinished(window, len(joined.keys), last.total if last else None)

    def _pass(self, window: Window) -> RowCount[Row]:
        count = RowCount(self.key)
        for number in range(1, MOST_PAGES_OF_A_SECOND + 1):
            page = self._page(window, number)
            if not count.add(page) or (page.total and len(count.keys) >= page.total):
                return count
        raise self._unfinished(window, count.came, None)

    def _page(self, window: Window, number: int) -> Page[Row]:
        """Return a page without the rows that lie outside what was asked.

        Where the server filters, such a row has a time that cannot be right: it is noted as a row
        that could not be read.
        """
        page = self.ask(window, number)
        outside = [row for row in page.rows if not window.covers_when_asked(self.moment(row))]
        if not outside:
            return page
        # undetermined: xiaoe.md §13.1: does the list heed its window?
        if not self._is_filtered():
            raise filter_ignored(self.api)
        apart = [self._set_apart(window, row) for row in outside]
        self.unreadable.add(apart)
        inside = [row for row in page.rows if window.covers_when_asked(self.moment(row))]
        return Page(inside, page.total, [*page.unreadable, *apart])

    def _is_filtered(self) -> bool:
        """Tell whether the server heeds the window: it shows nothing of a time without orders."""
        if self._filters is None:
            shown = self.ask(NEVER, 1)
            self._filters = not shown.rows and not shown.unreadable
        return self._filters

    def _set_apart(self, window: Window, row: Row) -> UnreadableRow:
        since, until = (moment.strftime("%Y-%m-%d %H:%M:%S") for moment in window.asked)
        key = self.key(row)
        return UnreadableRow(self.api, key, f"{since} {until}", key, self.field)

    def _counted(self, page: Page[Row]) -> RowCount[Row]:
        count = RowCount(self.key)
        count.add(page)
        return count

    def _unfinished(
        self, window: Window, seen: int, total: int | None
    ) -> ContractError | RetryableError:
        where, there = ("同一秒", "one second") if window.span < SECOND else ("一段时间", "a while")
        if total is not None and seen < total:
            return ContractError(
                self.api,
                Bilingual(
                    f"{where}内应有 {total} 条，反复读取只得到 {seen} 条",
                    f"the list counts {total} rows in {there} and never shows more than {seen}",
                ),
                LIST_CUT,
            )
        return RetryableError(
            self.api,
            Bilingual(
                f"{where}内的数据一直在变化，无法完整读取",
                f"the rows of {there} keep moving and cannot be read completely",
            ),
            LATER,
        )


def _size(page: Page[Row]) -> int:
    return len(page.rows) + len(page.unreadable)


def _is_alike(one: RowCount[Row], last: RowCount[Row] | None) -> bool:
    """Tell whether two readings of a second prove each other.

    A row that two pages show counts once: a database that sorts one second's rows otherwise for
    each page does so every time, and hides another row behind it.
    """
    if last is None or one.moved or one.order != last.order:
        return False
    return one.total is None or one.came == last.came == one.total


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
    action = FILTER_IGNORED
    if api == "order.list":
        action = Bilingual(
            "在小鹅通连接的扩展项把 order_feed 设为 create，再重新运行",
            'set "order_feed" to "create" in the connection\'s extra, then run again',
        )
    return ContractError(
        api,
        Bilingual(
            "返回的数据超出查询的时间范围，说明时间条件被忽略",
            "rows outside the asked time range came back: the time filter was ignored",
        ),
        action,
    )
