"""Windows of a list: every row once, whatever its pages are sorted by and while rows move."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.http.threads import Threads
from connectors.xiaoe.models import Page
from connectors.xiaoe.rows import UnreadableRows
from include.simulators.clock import SHANGHAI
from include.source.paging import WindowReader
from include.source.windows import SECOND, Window

START = datetime(2026, 11, 11, 10, 0, tzinfo=SHANGHAI)
PAGE = 3


@dataclass(frozen=True)
class Sold:
    """An order that was created and last changed so many seconds after the start."""

    name: str
    created: int
    updated: int


SORTS: dict[str, Callable[[Sold], object]] = {
    "update": lambda row: row.updated,
    "update, newest first": lambda row: -row.updated,
    "creation": lambda row: (row.created, row.updated),
    "name": lambda row: row.name,
}


class Shop:
    """A list by update time; `moves` are the requests with which an order changes."""

    def __init__(
        self, rows: list[Sold], sort: str = "update", *, size: int = PAGE, pad: bool = True
    ) -> None:
        self.rows = {row.name: row for row in rows}
        self.sort = SORTS[sort]
        self.size = size
        self.pad = pad  # the ends of what is asked for belong to it
        self.shuffles = False  # rows of one second come in another order each time
        self.moves: dict[int, str] = {}
        self.off = 0  # what the count is wrong by
        self.calls = 0

    def ask(self, window: Window, number: int) -> Page[Sold]:
        self.calls += 1
        if moved := self.rows.get(self.moves.get(self.calls, "")):
            self.rows[moved.name] = replace(moved, updated=10_000 + self.calls)
        since, until = window.asked
        found = [row for row in self.rows.values() if self.lies(moment(row), since, until)]
        if self.shuffles:
            random.Random(self.calls).shuffle(found)
        found.sort(key=self.sort)
        rows = found[(number - 1) * self.size : number * self.size]
        return Page(rows, len(found) + self.off if rows else len(found))

    def lies(self, at: datetime, since: datetime, until: datetime) -> bool:
        return since <= at <= until if self.pad else since < at < until

    def reader(self) -> WindowReader[Sold]:
        return WindowReader[Sold](
            "order.list",
            self.ask,
            key=lambda row: row.name,
            moment=moment,
            field="update_time",
            unreadable=UnreadableRows(),
        )


def moment(row: Sold) -> datetime:
    return START + row.updated * SECOND


def window(seconds: int) -> Window:
    return Window(START, START + seconds * SECOND)


def spread(number: int, every: int = 7) -> list[Sold]:
    return [Sold(f"o{n:05d}", n * every, n * every + 1) for n in range(number)]


SOLD = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 6)),
    max_size=30,
).map(
    lambda drawn: [
        Sold(f"o{n}", created, created + later) for n, (created, later) in enumerate(drawn)
    ]
)
# Sorted by creation, the first page comes in the order of updates, too, and leaves out one of them.
IN_ORDER_BY_CHANCE = [Sold("a", 0, 1), Sold("b", 2, 3), Sold("c", 4, 30), Sold("d", 6, 7)]


@settings(max_examples=400, deadline=None)
@given(SOLD, st.sampled_from(sorted(SORTS)), st.booleans(), st.integers(2, 5))
@example(IN_ORDER_BY_CHANCE, "creation", True, PAGE)
@example(IN_ORDER_BY_CHANCE, "creation", False, PAGE)
def test_every_row_comes_once_whatever_the_pages_are_sorted_by(rows, sort, pad, size):
    shop = Shop(rows, sort, size=size, pad=pad)
    found = [row.name for row in shop.reader().read(window(60))]
    assert sorted(found) == sorted(shop.rows)


@settings(max_examples=400, deadline=None)
@given(SOLD, st.sampled_from(sorted(SORTS)), st.booleans(), st.integers(2, 5), st.integers(0, 20))
@example([Sold("a", 0, 20), Sold("b", 0, 23), Sold("c", 0, 23)], "update", True, 2, 20)
def test_orders_just_outside_the_window_do_not_matter(rows, sort, pad, size, span):
    """What is asked for is a second wider: a full page may end in the second after the window."""
    shop = Shop(rows, sort, size=size, pad=pad)
    read = Window(START + 2 * SECOND, START + (2 + span) * SECOND)
    found = [row.name for row in shop.reader().read(read)]
    assert sorted(found) == sorted(row.name for row in rows if read.covers(moment(row)))


@settings(max_examples=400, deadline=None)
@given(
    SOLD,
    st.sampled_from(["update", "creation"]),
    st.booleans(),
    st.dictionaries(st.integers(1, 15), st.integers(0, 29).map(lambda n: f"o{n}"), max_size=4),
)
def test_no_row_that_stays_is_missed_while_others_change(rows, sort, pad, moves):
    shop = Shop(rows, sort, pad=pad)
    shop.moves = moves
    found = {row.name for row in shop.reader().read(window(60))}
    assert set(shop.rows) - set(moves.values()) <= found


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(1, 3), max_size=30), st.booleans(), st.data())
def test_every_row_comes_once_although_those_of_a_second_change_places(seconds, pad, data):
    rows = [
        Sold(f"o{second}-{n}", 0, second * data.draw(st.integers(1, 2)))
        for second, number in enumerate(seconds)
        for n in range(number)
    ]
    shop = Shop(rows, size=20, pad=pad)
    shop.shuffles = True
    found = [row.name for row in shop.reader().read(window(60))]
    assert sorted(found) == sorted(shop.rows)


@pytest.mark.parametrize("off", [0, 1])
@pytest.mark.parametrize("threads", [1, 8])
def test_pages_are_full_where_they_come_in_order(threads, off):
    """Each page shows the last second of the one before it again, and the second before that."""
    shop = Shop(spread(2000), size=100)
    found = list(
        shop.reader().read_side_by_side(window(14_000), Threads(threads), lambda row: row.name)
    )
    assert sorted(found) == sorted(shop.rows)
    assert shop.calls <= 20 + 1 + 4


def test_a_window_of_a_few_pages_is_not_cut_into_parts():
    shop = Shop(spread(150), size=100)
    assert len(list(shop.reader().read_side_by_side(window(1_100), Threads(8), str))) == 150
    assert shop.calls == 2


def test_a_row_that_changes_costs_a_call_or_two():
    shop = Shop(spread(1000), size=100)
    shop.moves = {4: "o00900"}
    found = {row.name for row in shop.reader().read(window(7_100))}
    assert found == set(shop.rows) - {"o00900"}
    assert shop.calls <= 10 + 4


def test_seconds_that_a_page_hardly_holds_are_read_whole():
    """As a shop settles: sixty orders a second, for half a minute."""
    rows = [Sold(f"o{n:05d}", n // 60, 600 + n // 60) for n in range(1800)]
    shop = Shop(rows, size=100)
    found = [row.name for row in shop.reader().read(window(1_000))]
    assert sorted(found) == sorted(shop.rows)
    assert shop.calls <= 30 * 4
