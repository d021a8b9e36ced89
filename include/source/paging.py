"""Reads every row of a window, although rows move while they are read.

Paging by number over a list that changes skips rows, and comparing the number of rows with `total`
notices almost none of it. One answer is one snapshot: so a window is split until a single page
holds it, and a single second that still overflows is read again until `total` stands still.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from connectors.errors import ContractError, RetryableError, Words
from connectors.xiaoe.models import Page
from include.source.windows import SECOND, Window

log = logging.getLogger(__name__)

Row = TypeVar("Row")
MOST_PAGES_OF_A_SECOND = 200
STABLE_TRIES = 8


class WindowReader(Generic[Row]):
    """Reads windows through one list endpoint.

    Args:
        api: The endpoint's name, for errors.
        ask: Fetches one page of a window: (since, until, page from 1) → rows and total.
        key: The row's id, to drop what is seen twice.
        moment: The row's time in the dimension of the window; None when the row has none.
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

        Raises ContractError when a returned row lies outside what was asked: the server ignored
        the filter, and what it sent is not the window.
        """
        page = self._page(window, 1)
        if self._holds_all(window, page):
            yield from self._cut(window, page.rows)
        elif window.span < SECOND:
            yield from self._cut(window, self._second(window))
        else:
            parts = 2 if page.total is None else 2 * page.total // max(1, len(page.rows))
            for part in window.parts(parts):
                yield from self.read(part)

    def _holds_all(self, window: Window, page: Page[Row]) -> bool:
        if page.total is not None and page.total >= len(page.rows):
            return page.total == len(page.rows)
        # The server does not tell how many there are: the next page does.
        return not page.rows or not self._page(window, 2).rows

    def _second(self, window: Window) -> list[Row]:
        """Return the rows of one crowded second, read again until nothing moved meanwhile."""
        for _ in range(STABLE_TRIES):
            rows, first, last = self._all_pages(window)
            if first == last and (first is None or len(rows) == first):
                return list(rows.values())
            log.info("窗口读取期间有变化,重新读取 / rows moved while reading, reading again")
        raise RetryableError(
            self.api,
            Words("同一秒内的数据一直在变化,无法完整读取", "rows of one second keep moving"),
            Words("稍后自动重试", "it is tried again later"),
        )

    def _all_pages(self, window: Window) -> tuple[dict[str, Row], int | None, int | None]:
        rows: dict[str, Row] = {}
        first = last = None
        for number in range(1, MOST_PAGES_OF_A_SECOND + 1):
            page = self._page(window, number)
            if number == 1:
                first = page.total
            last = page.total
            fresh = {self.key(row): row for row in page.rows}
            if not fresh or fresh.keys() <= rows.keys():
                break
            rows |= fresh
            if page.total is not None and len(rows) >= page.total:
                break
        return rows, first, last

    def _page(self, window: Window, number: int) -> Page[Row]:
        page = self.ask(window, number)
        for row in page.rows:
            if not self.inside(window, row):
                raise ContractError(
                    self.api,
                    Words(
                        "返回的数据超出查询的时间范围,说明时间条件被忽略",
                        "rows outside the asked time range came back: the time filter was ignored",
                    ),
                    Words(
                        "在连接 xiaoe_default 的扩展项把 order_feed 设为 create,再重新运行",
                        'set "order_feed" to "create" in the connection\'s extra, then run again',
                    ),
                )
        return page

    def _cut(self, window: Window, rows: list[Row]) -> Iterator[Row]:
        seen: set[str] = set()
        for row in rows:
            if self.wanted(window, row) and self.key(row) not in seen:
                seen.add(self.key(row))
                yield row
