"""How the vendor's spellings of a value are read."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.xiaoe.values import (
    BEIJING,
    to_decimal,
    to_int,
    to_ints,
    to_list,
    to_moment,
    to_text,
    to_texts,
)

NEW_YEAR = datetime(2024, 2, 1, 9, 10, 11, tzinfo=BEIJING)


@pytest.mark.parametrize(
    "nothing",
    [
        *("", " ", "--", None, 0, "0", "0000-00-00 00:00:00", "-0001-11-30 00:00:00"),
        *("1970-01-01 08:00:00", "2000-01-01 00:00:00", "o_xxxx", "长期有效", [], {}, False),
        *("2024-02-31 00:00:00", "99999-01-01", 10**30, "9" * 400),
    ],
)
def test_the_vendors_dates_that_are_none(nothing: object) -> None:
    assert to_moment(nothing) is None


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2024-02-01 09:10:11", NEW_YEAR),
        (" 2024-02-01 09:10:11 ", NEW_YEAR),
        ("2024-02-01T01:10:11+00:00", NEW_YEAR),
        (1706749811, NEW_YEAR),
        ("1706749811", NEW_YEAR),
        (1706749811000, NEW_YEAR),
        ("2024-02-01", datetime(2024, 2, 1, tzinfo=BEIJING)),
        ("2000-01-01 00:00:01", datetime(2000, 1, 1, 0, 0, 1, tzinfo=BEIJING)),
    ],
)
def test_times_are_beijing_time(value: object, moment: datetime) -> None:
    read = to_moment(value)
    assert read == moment
    assert read is not None
    assert read.utcoffset() == timedelta(hours=8)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        *((5, 5), ("5", 5), (5.0, 5), ("5.00", 5), (" 7 ", 7), (-1, -1), (True, 1)),
        *(("", None), ("--", None), (None, None), ([], None)),
    ],
)
def test_whole_numbers(value: object, number: int | None) -> None:
    assert to_int(value) == number


@pytest.mark.parametrize("value", ["x", "1.5", 1.5, "NaN", "Infinity", {}, "1,000"])
def test_a_number_that_cannot_be_read_is_an_error(value: object) -> None:
    with pytest.raises(ValueError, match="number"):
        to_int(value)


@pytest.mark.parametrize(
    ("value", "number"), [(19.99, "19.99"), ("0.03", "0.03"), (199, "199"), ("", None), (0, "0")]
)
def test_money_is_exact(value: object, number: str | None) -> None:
    assert to_decimal(value) == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *(("示例", "示例"), (12345, "12345"), ("😀", "😀"), (" x ", " x "), ("a\ud800b", "a?b")),
        *(("", None), ("--", None), (None, None), ([], None)),
    ],
)
def test_text(value: object, text: str | None) -> None:
    assert to_text(value) == text


@pytest.mark.parametrize(
    ("value", "items"),
    [([1], [1]), (None, []), ("", []), ({"0": "a", "2": "b"}, ["a", "b"]), ({}, [])],
)
def test_lists(value: object, items: list[Any]) -> None:
    assert to_list(value) == items


def test_lists_of_texts_and_numbers() -> None:
    assert to_texts(["a", "", None, 3]) == ["a", "3"]
    assert to_texts("one") == ["one"]
    assert to_texts(None) == []
    assert to_ints([6, "8", None]) == [6, 8]
    assert to_ints(6) == [6]
    assert to_ints(None) == []
