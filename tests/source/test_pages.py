"""Every list has a proven end: what came is counted, and an early end is never taken for one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from connectors.errors import ContractError
from connectors.http.threads import Threads
from connectors.xiaoe.models import Page, UnreadableRow
from include.source.pages import read_by_cursor, read_numbered

ODD = UnreadableRow("some.list", "", "第 3 行", "abc", "row")
OTHER = UnreadableRow("some.list", "", "第 4 行", "def", "row")


def page_of(rows: Sequence[str], total: int | None) -> Page[str]:
    odd = [ODD if row == "?" else OTHER for row in rows if row in "?!"]
    return Page([row for row in rows if row not in "?!"], total, odd)


def numbered(ask: Callable[[int], Page[str]]) -> list[str]:
    return list(read_numbered("some.list", ask, lambda row: row, Threads()))


def by_cursor(ask: Callable[[int], Page[str]]) -> list[str]:
    """Read pages each of which tells the number of the next."""

    def asked(cursor: int | None) -> tuple[Page[str], int | None]:
        page = ask((cursor or 0) + 1)
        return page, (cursor or 0) + 1 if page.rows or page.unreadable else None

    return list(read_by_cursor("some.list", asked, lambda row: row))


READERS = [numbered, by_cursor]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    ("pages", "total"),
    [
        (["ab", "cd", "e"], 5),
        (["ab", "cd", "e"], None),
        (["abcde"], 5),
        (["aab", "c"], 4),  # two equal rows on one page
        (["ab", "bc"], 4),  # and on two
        (["ab?", "c"], 4),  # one that could not be read
        (["?!", "ab"], 4),
        (["?!"], 2),
        ([], 0),
        ([], None),
    ],
)
def test_rows_are_counted_as_they_come(read: Any, pages: list[str], total: int | None) -> None:
    rows = read(lambda number: page_of("".join(pages[number - 1 : number]), total))
    assert rows == sorted(set("".join(pages)) - {"?", "!"})


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    "pages",
    [
        ["ab", "ab", "ab"],  # a server that knows one page
        ["ab", "", "cd"],  # an empty page in the middle
        ["ab", "ab", "cd"],  # a page that is shown again
        ["ab"],  # a server that does not go on
        [""],
    ],
)
@pytest.mark.parametrize("total_of_empty", [6, 0, None])
def test_a_list_that_ends_early_is_an_error(
    read: Any, pages: list[str], total_of_empty: int | None
) -> None:
    def ask(number: int) -> Page[str]:
        rows = "".join(pages[number - 1 : number])
        return page_of(rows, 6 if rows or number == 1 else total_of_empty)

    with pytest.raises(ContractError, match="应有 6 条"):
        read(ask)


def test_a_server_that_always_shows_the_first_page_is_found_out_even_if_the_count_fits() -> None:
    with pytest.raises(ContractError, match="应有 4 条"):
        numbered(lambda _: page_of("ab", 4))


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("glitch", ["", "ab"])
def test_a_page_that_fails_once_is_read_again(read: Any, glitch: str) -> None:
    pages: list[str] = ["ab", "cd", "ef"]
    asked: list[int] = []

    def ask(number: int) -> Page[str]:
        asked.append(number)
        if number == 2 and asked.count(2) == 1:
            return page_of(glitch, 6)
        return page_of("".join(pages[number - 1 : number]), 6)

    assert sorted(read(ask)) == list("abcdef")


def test_a_row_that_moved_to_the_next_page_while_it_was_read_is_not_counted_twice() -> None:
    shown = [["ab", "bc", ""], ["ab", "cd", ""]]
    readings: list[int] = []

    def ask(number: int) -> Page[str]:
        readings.extend([number] if number == 1 else [])
        return page_of(shown[min(len(readings), 2) - 1][number - 1], 4)

    assert numbered(ask) == ["a", "b", "c", "d"]
    assert len(readings) == 2


def test_users_who_register_meanwhile_are_not_waited_for() -> None:
    pages, totals = ["ab", "cd", ""], [4, 5, 5]
    assert by_cursor(lambda number: page_of(pages[number - 1], totals[number - 1])) == list("abcd")
