"""Every row of HAP's pages comes once, whatever the pages and their count say meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from connectors.mingdao.models import Row, RowPage
from include.destination.rows import Unreadable, paged

Given = tuple[str, int | None, int]  # the ids of a page's rows, `total`, and rows without an id


def read(pages: Sequence[Given], *, last: Given = ("", None, 0)) -> tuple[list[str], int, int]:
    """Return the ids that came, how many rows could not be read, and how many pages were asked."""
    asked: list[int] = []

    def ask(number: int) -> RowPage:
        asked.append(number)
        assert number < 50, "it never ends"
        ids, total, unreadable = pages[number - 1] if number <= len(pages) else last
        return RowPage([Row(one, {}) for one in ids], total, unreadable)

    unread = Unreadable()
    return [row.id for row in paged(ask, unread)], unread.rows, len(asked)


@pytest.mark.parametrize(
    ("pages", "came", "unread", "calls"),
    [
        ([("ab", 3, 0), ("c", 3, 0)], "abc", 0, 2),
        ([("", 0, 0)], "", 0, 1),
        ([("ab", None, 0), ("c", None, 0)], "abc", 0, 3),
        ([("aab", 3, 0), ("bc", 3, 0)], "abc", 0, 2),  # one page shows a row twice
        ([("ab", 3, 0), ("ab", 3, 0)], "ab", 0, 2),  # the second page is the first one again
        ([("ab", 4, 0), ("c", 3, 0)], "abc", 0, 2),  # it shrinks
        ([("ab", 2, 0)], "ab", 0, 1),
        ([("ab", 3, 0), ("c", 4, 0), ("d", 4, 0)], "abcd", 0, 3),  # it grows
        ([("ab", 1, 0), ("c", 1, 0)], "abc", 0, 3),  # the count lies: more have come by now
        ([("ab", 0, 0), ("c", 0, 0)], "abc", 0, 3),
        ([("ab", 9, 0), ("c", 9, 0)], "abc", 0, 3),  # and here fewer are there than it says
        ([("ab", 4, 1), ("c", 4, 0)], "abc", 1, 2),
        ([("", 3, 2), ("a", 3, 0)], "a", 2, 2),
    ],
)
def test_each_row_comes_once_and_none_is_left_out(pages, came, unread, calls):
    assert read(pages) == (list(came), unread, calls)


def test_a_page_that_comes_for_ever_with_a_row_that_cannot_be_read_ends():
    came, _, calls = read([], last=("ab", 4, 3))
    assert (came, calls) == (["a", "b"], 2)
