"""How the vendor's spellings of a value are read."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.xiaoe.values import (
    BEIJING,
    to_certain,
    to_decimal,
    to_id,
    to_int,
    to_list,
    to_moment,
    to_past,
    to_text,
    to_texts,
    to_yuan,
)

NEW_YEAR = datetime(2024, 2, 1, 9, 10, 11, tzinfo=BEIJING)


@pytest.mark.parametrize(
    "nothing",
    [
        *("", " ", "--", None, 0, "0", "0000-00-00 00:00:00", "-0001-11-30 00:00:00"),
        *("1970-01-01 08:00:00", "2000-01-01 00:00:00", "o_xxxx", "长期有效", [], {}, False),
        *("2024-02-31 00:00:00", "99999-01-01", 10**30, "9" * 400, "9" * 5000, 1e400, True),
        *("20240231091011", "20240201091", "9999-12-31T23:59:59+00:00"),
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
        ("1706749811000", NEW_YEAR),
        (1706749811.0, NEW_YEAR),
        ("20240201091011", NEW_YEAR),
        (20240201091011, NEW_YEAR),
        ("202402010910", NEW_YEAR.replace(second=0)),
        ("20240201", datetime(2024, 2, 1, tzinfo=BEIJING)),
        ("2024-02-01", datetime(2024, 2, 1, tzinfo=BEIJING)),
        ("9999-12-31 23:59:59", datetime(9999, 12, 31, 23, 59, 59, tzinfo=BEIJING)),
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
        *(("", None), ("--", None), (None, None), ([], None), (False, None)),
        *((10**17, 10**17), ("1e17", 10**17), ("0e999999999", 0)),
    ],
)
def test_whole_numbers(value: object, number: int | None) -> None:
    assert to_int(value) == number


@pytest.mark.parametrize("value", ["x", "1.5", 1.5, "NaN", "Infinity", {}, "1,000", [1], "1_0"])
def test_a_number_that_cannot_be_read_is_an_error(value: object) -> None:
    with pytest.raises(ValueError, match="number"):
        to_int(value)


@pytest.mark.parametrize(
    "value", ["1e1000000", "1e300000", "1e-1000000", 2**70, "9" * 100_000, 1e400, -(10**30)]
)
def test_a_number_that_nobody_can_mean_is_an_error_at_once(value: object) -> None:
    with pytest.raises(ValueError, match="number"):
        to_int(value)


@pytest.mark.parametrize(
    ("value", "sum_"),
    [("1,299.00", "1299.00"), ("-12,345,678", "-12345678"), ("1299.00", "1299.00"), (False, None)],
)
def test_a_sum_in_yuan_may_be_grouped_as_php_writes_it(value: object, sum_: str | None) -> None:
    assert to_yuan(value) == (None if sum_ is None else Decimal(sum_))


@pytest.mark.parametrize("value", ["1.299,00", "12,99", "1,299,00", "￥1,299.00"])
def test_a_sum_that_is_grouped_otherwise_is_an_error(value: object) -> None:
    with pytest.raises(ValueError, match="number"):
        to_yuan(value)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        *((" o_1 ", "o_1"), (5001, "5001"), (2**70, str(2**70)), ("E1V2", "E1V2")),
        *((0, None), ("0", None), (" 0 ", None), ("false", None), ("null", None), ("00", "00")),
        *(("", None), ("--", None), (None, None), (False, None), ([], None), ({}, None)),
    ],
)
def test_ids(value: object, name: str | None) -> None:
    assert to_id(value) == name


@pytest.mark.parametrize(
    "value",
    [
        *("o 1", "o_1\to_2", "o_1\no_2", "o_1\u200d", "\u3164", "\ud83d", "x" * 201),
        *(1.5, 1e22, True, ["o_1"], {"id": "o_1"}),
    ],
)
def test_what_cannot_be_an_id_is_an_error(value: object) -> None:
    with pytest.raises(ValueError, match="id"):
        to_id(value)


def test_true_is_no_sum_of_money() -> None:
    for read in (to_certain, to_yuan):
        with pytest.raises(ValueError, match="sum"):
            read(True)


def test_something_that_happened_did_not_happen_at_the_end_of_time() -> None:
    assert to_past("9999-12-31 23:59:59") is None
    assert to_past("2024-02-01 09:10:11") == NEW_YEAR


@pytest.mark.parametrize(
    ("value", "number"), [(19.99, "19.99"), ("0.03", "0.03"), (199, "199"), ("", None), (0, "0")]
)
def test_money_is_exact(value: object, number: str | None) -> None:
    assert to_decimal(value) == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *(("示例", "示例"), (12345, "12345"), ("😀", "😀"), (" x ", " x "), ("a\ud800b", "a?b")),
        *(("", None), ("--", None), (None, None), ([], None), (False, None), (True, None)),
        ({"a": 1}, None),
    ],
)
def test_text(value: object, text: str | None) -> None:
    assert to_text(value) == text


@pytest.mark.parametrize(
    ("value", "items"),
    [
        *(([1], [1]), (None, []), ("", []), (False, []), ({"0": "a", "2": "b"}, ["a", "b"])),
        *(({}, []), ({"a": 1, "b": [2]}, [{"a": 1, "b": [2]}]), ("[1, 2]", [1, 2])),
        *(({"x": {"a": 1}, "y": {"a": 2}}, [{"a": 1}, {"a": 2}]), ('{"a": 1}', [{"a": 1}])),
    ],
)
def test_lists(value: object, items: list[Any]) -> None:
    assert to_list(value) == items


@pytest.mark.parametrize("value", ["text", "[1", 5, 1.5, True])
def test_what_is_no_list_is_an_error(value: object) -> None:
    with pytest.raises(ValueError, match="list"):
        to_list(value)


def test_lists_of_texts() -> None:
    assert to_texts(["a", "", None, 3]) == ["a", "3"]
    assert to_texts("one") == ["one"]
    assert to_texts(None) == []
    assert to_texts(False) == []
