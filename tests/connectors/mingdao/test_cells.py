from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import ContractError
from connectors.mingdao import cells

SHANGHAI = ZoneInfo("Asia/Shanghai")
AFTERNOON = datetime(2026, 11, 20, 5, 5, tzinfo=UTC)
PHONE = "13800138000"


@pytest.mark.parametrize(
    ("value", "read"),
    [(None, ""), ("", ""), ("张伟", "张伟"), (15, "15"), (1.5, "1.5"), (" a\n", " a\n")],
)
def test_text(value, read):
    assert cells.text(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (None, None),
        ("", None),
        ("129.90", Decimal("129.90")),
        (129.9, Decimal("129.9")),
        (0, Decimal(0)),
        ("0", Decimal(0)),
        ("-3", Decimal(-3)),
        (" 7 ", Decimal(7)),
        ("12345678901234567890.12", Decimal("12345678901234567890.12")),
    ],
)
def test_number_is_exact(value, read):
    assert cells.number(value) == read


@pytest.mark.parametrize(
    ("value", "keys", "labels"),
    [
        (None, [], []),
        ("", [], []),
        ([], [], []),
        ("[]", [], []),
        ([{"key": "k1", "value": "paid"}], ["k1"], ["paid"]),
        ([{"key": "k1", "value": "a"}, {"key": "k2", "value": "b"}], ["k1", "k2"], ["a", "b"]),
        ('[{"key": "k1", "value": "paid"}]', ["k1"], ["paid"]),
        ([{"key": "typed text", "value": None}], ["typed text"], []),
        (["paid"], ["paid"], ["paid"]),
    ],
)
def test_options(value, keys, labels):
    assert cells.option_keys(value) == keys
    assert cells.option_labels(value) == labels


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ([], []),
        ("", []),
        ("[]", []),
        (0, []),
        ("0", []),
        ([{"sid": "r1", "name": "Li Lei"}], ["r1"]),
        ('[{"sid": "r1", "name": "Li Lei"}]', ["r1"]),
        ([{"sid": "r1"}, {"rowid": "r2"}, {"rowId": "r3"}, {"id": "r4"}], ["r1", "r2", "r3", "r4"]),
        (["r1", "r2"], ["r1", "r2"]),
        (None, None),
        (2, None),
        ("2", None),
        ("Li Lei", None),
        (True, None),
    ],
)
def test_a_relation_is_known_only_where_the_cell_lists_its_rows(value, read):
    assert cells.relation_ids(value) == read


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-20 13:05:00",
        "2026-11-20 13:05",
        "2026-11-20T13:05:00",
        "2026-11-20T05:05:00Z",
        "2026-11-20T05:05:00.000Z",
        "2026-11-20T13:05:00+08:00",
    ],
)
def test_a_date_time_in_every_form_is_the_same_moment(value):
    assert cells.datetime(value, SHANGHAI) == AFTERNOON


@pytest.mark.parametrize("value", [None, ""])
def test_an_empty_date_time_is_none(value):
    assert cells.datetime(value, SHANGHAI) is None


def test_wall_time_belongs_to_the_zone_of_the_app():
    read = cells.datetime("2026-11-20 13:05:00", ZoneInfo("Europe/Berlin"))
    assert read == datetime(2026, 11, 20, 12, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (cells.text, {"phone": PHONE}),
        (cells.text, [PHONE]),
        (cells.number, f"{PHONE}x"),
        (cells.number, "1,234.50"),
        (cells.number, True),
        (cells.number, "NaN"),
        (cells.number, "Infinity"),
        (cells.number, [PHONE]),
        (cells.option_keys, PHONE),
        (cells.option_keys, [1]),
        (cells.option_labels, {"key": PHONE}),
        (cells.relation_ids, [{"name": PHONE}]),
        (cells.relation_ids, [3]),
        (lambda value: cells.datetime(value, SHANGHAI), PHONE),
        (lambda value: cells.datetime(value, SHANGHAI), "0000-00-00 00:00:00"),
    ],
)
def test_a_cell_of_another_shape_is_an_error_that_does_not_quote_it(read, value):
    with pytest.raises(ContractError) as caught:
        read(value)
    assert PHONE not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (15, 15),
        (Decimal("15.00"), 15),
        (Decimal("129.90"), 129.9),
        (Decimal("0.1"), 0.1),
        (Decimal("12345678901234567890.12"), "12345678901234567890.12"),
        (Decimal("-0.01"), -0.01),
    ],
)
def test_a_number_is_written_without_losing_a_digit(value, written):
    assert cells.write_number(value) == written
    assert type(cells.write_number(value)) is type(written)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2))
def test_a_written_number_reads_back_as_itself(value):
    assert cells.number(cells.write_number(value)) == value


@given(st.datetimes(min_value=datetime(1992, 1, 1), max_value=datetime(2099, 1, 1)))
def test_a_written_date_time_reads_back_to_the_second(naive):
    moment = naive.replace(microsecond=0, tzinfo=UTC)
    assert cells.datetime(cells.write_datetime(moment, SHANGHAI), SHANGHAI) == moment


def test_a_date_time_is_written_in_the_zone_of_the_app():
    elsewhere = AFTERNOON.astimezone(timezone(timedelta(hours=-3)))
    assert cells.write_datetime(elsewhere, SHANGHAI) == "2026-11-20 13:05:00"


def test_options_and_relations_are_written_as_arrays():
    assert cells.write_options(["k1"]) == ["k1"]
    assert cells.write_options([]) == []
    assert cells.write_relation(["r1", "", "r2", "r1"]) == ["r1", "r2"]


@pytest.mark.parametrize(
    ("type_name", "value"),
    [("Text", ""), ("Number", ""), ("DateTime", ""), ("SingleSelect", []), ("Relation", [])],
)
def test_a_cell_is_emptied_by_the_form_of_its_type(type_name, value):
    assert cells.cleared(type_name) == value


@pytest.mark.parametrize(
    ("write", "value"),
    [
        (cells.write_number, Decimal("NaN")),
        (cells.write_number, Decimal("Infinity")),
        (lambda value: cells.write_datetime(value, SHANGHAI), datetime(2026, 1, 1)),
    ],
)
def test_what_has_no_written_form_is_refused(write, value):
    with pytest.raises(ValueError, match=r"finite|time zone"):
        write(value)
