"""Reads a list to its proven end, whatever it is paged by.

What a stranger would get wrong: rows are counted as they come, not by their keys. Two equal rows of
one answer are two rows (somebody bought the same twice), and so is a row that could not be read;
but a page that is shown again is no new page, and a row that moved from one page to the next while
they were read is not two. A list that ends before as many rows as it counts came is read again, and
is an error if it still does.
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from connectors.codes import LIST_CUT
from connectors.errors import Bilingual, ContractError
from connectors.http.threads import Threads
from connectors.xiaoe.models import Page

log = logging.getLogger(__name__)

Row = TypeVar("Row")
Cursor = TypeVar("Cursor")
MOST_PAGES = 20_000
PASSES = 3


class RowCount(Generic[Row]):
    """The rows of a list as its pages come.

    `rows` holds each of them once, by key; `came` counts them: of equal rows as many as one page
    showed together, rows that could not be read like others.
    """

    def __init__(self, key: Callable[[Row], str]) -> None:
        self._key = key
        self._most: Counter[str] = Counter()
        self._pages: set[tuple[str, ...]] = set()
        self.rows: dict[str, Row] = {}
        self.sequence: list[str] = []  # every row that came, but for pages that were shown again
        self.totals: set[int | None] = set()
        self.least = 0  # as few rows as any page with rows says that there are
        self.moved = False  # a page showed rows of an earlier page beside new ones

    @property
    def came(self) -> int:
        """Return how many rows there are at least."""
        return self._most.total()

    @property
    def keys(self) -> set[str]:
        """Return the keys of all that came, rows that could not be read among them."""
        return set(self._most)

    @property
    def order(self) -> list[str]:
        """Return each key once, in the order in which they came first."""
        return list(self._most)

    @property
    def total(self) -> int | None:
        """Return how many rows every page counted; None where they disagree or do not count."""
        return (next(iter(self.totals)) or None) if len(self.totals) == 1 else None

    def add(self, page: Page[Row]) -> bool:
        """Take the rows of a page; tell whether it showed any for the first time."""
        keys = (*map(self._key, page.rows), *(f"? {row.key}" for row in page.unreadable))
        shown = Counter(keys)
        fresh = shown.keys() - self._most.keys()
        self.moved |= bool(fresh) and len(fresh) < len(shown)
        self._most |= shown
        self.rows |= {self._key(row): row for row in page.rows}
        if keys not in self._pages:
            self._pages.add(keys)
            self.sequence += keys
        self.totals.add(page.total)
        if page.total and (keys or not self.least):
            self.least = min(page.total, self.least or page.total)
        return bool(fresh)

    def join(self, other: RowCount[Row]) -> None:
        """Take in what another reading of the same list showed."""
        self._most |= other._most
        self.rows |= other.rows

    def is_proven(self, before: RowCount[Row] | None) -> bool:
        """Tell whether as many rows came as the list counts.

        Equal rows on several pages look like rows that moved while they were read: they count where
        the reading before showed the very same.
        """
        if self.came >= self.least:
            return True
        same = before is not None and before.sequence == self.sequence
        return same and len(self.sequence) == self.least


def read_numbered(
    api: str, ask: Callable[[int], Page[Row]], key: Callable[[Row], str], threads: Threads
) -> Iterator[Row]:
    """Yield each row of a list that is paged by number from 1, those of one key once.

    As many pages as the first one promises are asked for side by side. The end is an empty page, a
    page that shows nothing new, or as many rows as `total`; never a short page, because a server
    may lower the page size, and no `total` that is less than what is there, such as the 0 of a
    server that does not count. Raises ContractError when the list ends before `total` rows came.
    """
    return _in_passes(api, key, lambda count: _numbered(ask, count, threads))


def read_by_cursor(
    api: str,
    ask: Callable[[Cursor | None], tuple[Page[Row], Cursor | None]],
    key: Callable[[Row], str],
) -> Iterator[Row]:
    """Yield each row of a list that tells where its next page begins, those of one key once.

    `ask` returns a page and the cursor of the next. The end is a page without a cursor, and one
    that is empty or shows nothing new; before `total` rows came, that is asked for once more.
    Raises ContractError when the list ends before `total` rows came.
    """
    return _in_passes(api, key, lambda count: _by_cursor(ask, count))


def _in_passes(
    api: str,
    key: Callable[[Row], str],
    read: Callable[[RowCount[Row]], Iterator[Page[Row]]],
) -> Iterator[Row]:
    """Yield the rows of each page that `read` counts, in as many readings as it takes."""
    yielded: set[str] = set()
    before: RowCount[Row] | None = None
    for _ in range(PASSES):
        count = RowCount(key)
        for page in read(count):
            for row in page.rows:
                if key(row) not in yielded:
                    yielded.add(key(row))
                    yield row
        if count.is_proven(before):
            return
        before = count
        log.warning(
            "%s: 列表应有 %d 条，只读到 %d 条，重新读取 / the list ended early, it is read again",
            *(api, count.least, count.came),
        )
    raise incomplete(api, count.came, count.least)


def _numbered(
    ask: Callable[[int], Page[Row]], count: RowCount[Row], threads: Threads
) -> Iterator[Page[Row]]:
    for page in _asked_side_by_side(ask, threads):
        is_new = count.add(page)
        yield page
        # By key: a page that shows a row twice may hide that others are still to come.
        # undetermined: xiaoe.md §13.3: how deep can a list be paged, and does it count?
        if not is_new or len(count.keys) == page.total:
            return


def _asked_side_by_side(ask: Callable[[int], Page[Row]], threads: Threads) -> Iterator[Page[Row]]:
    first = ask(1)
    yield first
    size = max(1, len(first.rows) + len(first.unreadable))
    promised = min(max(1, math.ceil((first.total or 0) / size)), MOST_PAGES)
    yield from threads.map(ask, range(2, promised + 1))
    yield from map(ask, range(promised + 1, MOST_PAGES + 1))


def _by_cursor(
    ask: Callable[[Cursor | None], tuple[Page[Row], Cursor | None]], count: RowCount[Row]
) -> Iterator[Page[Row]]:
    cursor: Cursor | None = None
    while True:
        page, following = ask(cursor)
        is_new = count.add(page)
        if not is_new and count.came < count.least:
            page, following = ask(cursor)
            is_new = count.add(page)
        yield page
        if not is_new or following is None or following == cursor:
            return
        cursor = following


def incomplete(api: str, came: int, total: int) -> ContractError:
    """Return the error for a list that shows fewer rows than it counts."""
    return ContractError(
        api,
        Bilingual(
            f"列表应有 {total} 条，只读到 {came} 条",
            f"the list says {total} rows and ended after {came}",
        ),
        LIST_CUT,
    )
