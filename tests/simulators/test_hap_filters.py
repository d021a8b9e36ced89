"""The filter grammar as it was measured: what HAP does not understand, it drops without a word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from include.simulators.hap.errors import HapError
from include.simulators.hap.filters import FilterParser, compiled
from tests.simulators.hap_service import TEXT, Hap, condition, group, options, served_hap

ALL = ["A1", "A10", "A2", "B1", "B2"]


@pytest.fixture(scope="module")
def orders() -> Iterator[Hap]:
    with served_hap() as service:
        yield filled(service)


def filled(hap: Hap) -> Hap:
    hap.make("people", {"alias": "user_id", **TEXT})
    hap.make(
        "orders",
        {"alias": "no", **TEXT},
        {"alias": "note", **TEXT},
        {"alias": "amount", "type": "Number", "precision": 2},
        {"alias": "paid_at", "type": "DateTime"},
        {"alias": "day", "type": "Date"},
        {"alias": "state", "type": "SingleSelect", "options": options("paid", "closed")},
        {"alias": "tags", "type": "MultipleSelect", "options": options("x", "y")},
        {"alias": "customer", "type": "Relation", "dataSource": hap.store.sheet("people").id},
    )
    person = hap.add("people", user_id="u1")
    paid, x, y = key(hap, "state", "paid"), key(hap, "tags", "x"), key(hap, "tags", "y")
    hap.add_many(
        "orders",
        [
            {"no": "A1", "note": "red apple", "amount": 10, "paid_at": "2026-11-01 00:00:00"},
            {"no": "A2", "note": "", "amount": "20.5", "state": [paid], "tags": [x, y]},
            {"no": "A10", "amount": 30, "day": "2026-11-02", "customer": [person], "tags": [x]},
            {"no": "B1", "note": "green apple", "paid_at": "2026-11-02 23:59:59"},
            {"no": "B2", "note": "pear", "paid_at": "2026-11-03 00:00:00", "day": "2026-11-03"},
        ],
    )
    return hap


def key(hap: Hap, field: str, label: str) -> str:
    option = hap.store.sheet("orders").need(field).option_named(label)
    assert option is not None
    return option.key


def found(hap: Hap, asked: Any) -> list[str]:
    return hap.values("orders", "no", filter=asked)


@pytest.mark.parametrize(
    ("field", "operator", "value", "expected"),
    [
        ("no", "eq", "A1", ["A1"]),
        ("no", "eq", ["A1", "B1"], ["A1", "B1"]),
        ("no", "EQ", "A1", ["A1"]),
        ("no", "=", "A1", ["A1"]),
        ("no", "ne", "A1", ["A10", "A2", "B1", "B2"]),
        ("no", "in", ["A1", "A2", "zz"], ["A1", "A2"]),
        ("no", "notin", ["A1", "A2"], ["A10", "B1", "B2"]),
        ("no", "contains", "A1", ["A1", "A10"]),
        ("no", "notcontains", "A", ["B1", "B2"]),
        ("no", "startswith", "B", ["B1", "B2"]),
        ("no", "notstartswith", "B", ["A1", "A10", "A2"]),
        ("no", "endswith", "2", ["A2", "B2"]),
        ("no", "notendswith", "2", ["A1", "A10", "B1"]),
        ("note", "concurrent", ["apple", "red"], ["A1"]),
        ("note", "ne", "pear", ["A1", "A10", "A2", "B1"]),
        ("amount", "eq", "20.50", ["A2"]),
        ("amount", "gt", 10, ["A10", "A2"]),
        ("amount", "gte", "20.5", ["A10", "A2"]),
        ("amount", "le", ["20.5"], ["A1", "A2"]),
        ("amount", "<", 20, ["A1"]),
        ("amount", "between", ["10", "20.5"], ["A1", "A2"]),
        ("amount", "notbetween", [10, 20.5], ["A10", "B1", "B2"]),
        ("paid_at", "between", ["2026-11-01", "2026-11-02"], ["A1", "B1"]),
        ("paid_at", "ge", "2026-11-02T15:59:59Z", ["B1", "B2"]),
        ("day", "between", ["2026-11-02", "2026-11-02"], ["A10"]),
        ("_createdAt", "ge", "2026-11-20 12:00:00", ALL),
        ("ctime", "gt", "2026-11-20 12:00:00", []),
        ("autoid", "le", 2, ["A1", "A2"]),
        ("caid", "eq", "user-api", ALL),
    ],
)
def test_an_operator_selects(
    orders: Hap, field: str, operator: str, value: Any, expected: list[str]
) -> None:
    assert found(orders, group(condition(field, operator, value))) == expected


def test_options_are_filtered_by_key_and_never_by_label(orders: Hap) -> None:
    paid, x, y = key(orders, "state", "paid"), key(orders, "tags", "x"), key(orders, "tags", "y")
    assert found(orders, group(condition("state", "in", [paid]))) == ["A2"]
    assert found(orders, group(condition("state", "notin", [paid]))) == ["A1", "A10", "B1", "B2"]
    assert found(orders, group(condition("tags", "in", [x, y]))) == ["A10", "A2"]
    assert found(orders, group(condition("tags", "concurrent", [x, y]))) == ["A2"]
    assert found(orders, group(condition("state", "eq", "paid"))) == []


def test_relations_are_filtered_by_row_id_from_both_sides(orders: Hap) -> None:
    person = orders.rows("people")[0]["rowId"]
    assert found(orders, group(condition("customer", "in", [person]))) == ["A10"]
    assert found(orders, group(condition("customer", "ne", [person]))) == ["A1", "A2", "B1", "B2"]


@pytest.mark.parametrize("spelling", ["rowid", "rowId"])
def test_the_row_id_can_be_filtered_under_both_names(orders: Hap, spelling: str) -> None:
    ids = {row["no"]: row["rowId"] for row in orders.rows("orders")}
    wanted = [ids["A1"], ids["B2"], "no-such-row"]
    assert found(orders, group(condition(spelling, "in", wanted))) == ["A1", "B2"]
    most = [*wanted, *(f"no-such-row-{n}" for n in range(997))]
    assert found(orders, group(condition(spelling, "in", most))) == ["A1", "B2"]
    assert found(orders, group(condition(spelling, "in", [*most, "one too many"]))) == ALL


def test_groups_join_conditions_one_level_down(orders: Hap) -> None:
    a = group(condition("no", "startswith", "A"), condition("amount", "ge", 20))
    b = group(condition("no", "eq", "B1"), condition("no", "eq", "B2"), logic="or")
    assert found(orders, group(a, b, logic="OR")) == ["A10", "A2", "B1", "B2"]
    assert found(orders, group(a, b)) == []


DROPPED: dict[str, Any] = {
    "a condition as the root": condition("no", "eq", "A1"),
    "a list as the root": [condition("no", "eq", "A1")],
    "a text as the root": "no = 'A1'",
    "an empty root": {},
    "an unknown field": group(condition("nope", "eq", "A1")),
    "a label for a field": group(condition("订单号", "eq", "A1")),
    "an unknown operator": group(condition("no", "equals", "A1")),
    "an operator with blanks": group(condition("no", " eq", "A1")),
    "an operator of another type": group(condition("amount", "contains", "1")),
    "a missing value": group({"type": "condition", "field": "no", "operator": "eq"}),
    "an empty list": group(condition("no", "in", [])),
    "not equal to nothing": group(condition("no", "ne", "")),
    "a text for a number": group(condition("amount", "gt", "many")),
    "a range with one end": group(condition("amount", "between", [1])),
    "a date that is none": group(condition("paid_at", "ge", "last week")),
    "an unknown logic": group(condition("no", "eq", "A1"), logic="XOR"),
    "a group without logic": {"type": "group", "children": [condition("no", "eq", "A1")]},
    "a group in a group in a group": group(group(group(condition("no", "eq", "A1")))),
    "groups beside conditions": group(
        group(condition("no", "eq", "A1")), condition("no", "eq", "A1")
    ),
    "a child without a type": group({"field": "no", "operator": "eq", "value": "A1"}),
}


@pytest.mark.parametrize("asked", DROPPED.values(), ids=DROPPED.keys())
def test_what_is_not_understood_selects_the_whole_table(orders: Hap, asked: Any) -> None:
    assert found(orders, asked) == ALL


@pytest.mark.parametrize("asked", DROPPED.values(), ids=DROPPED.keys())
def test_strict_filters_refuse_it_instead(
    orders: Hap, asked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders.settings, "strict_filters", True)
    parser = FilterParser(orders.store, orders.store.sheet("orders"), empties=False)
    with pytest.raises(HapError, match="10002"):
        parser.parse(asked)


def test_only_the_bad_condition_of_a_group_is_dropped(orders: Hap) -> None:
    good, bad = condition("no", "startswith", "A"), condition("nope", "eq", "x")
    assert found(orders, group(good, bad)) == ["A1", "A10", "A2"]
    assert found(orders, group(good, bad, logic="OR")) == ["A1", "A10", "A2"]


def test_equal_to_nothing_matches_nothing(orders: Hap) -> None:
    assert found(orders, group(condition("note", "eq", ""))) == []
    either = group(condition("note", "eq", ""), condition("no", "eq", "A1"), logic="OR")
    assert found(orders, either) == ["A1"]


@pytest.mark.parametrize(
    ("operator", "honoured"),
    [("isempty", ["A10", "A2"]), ("isnotempty", ["A1", "B1", "B2"])],
)
def test_emptiness_is_ignored_unless_it_is_switched_on(
    orders: Hap, operator: str, honoured: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = group(condition("note", operator))
    assert found(orders, asked) == ALL
    monkeypatch.setattr(orders.settings, "isempty_honoured", True)
    assert found(orders, asked) == honoured


@pytest.mark.parametrize(
    ("name", "value", "asked", "expected"),
    [
        ("root_condition", "honoured", condition("no", "eq", "A1"), ["A1"]),
        ("in_on_text", "dropped", group(condition("no", "in", ["A1"])), ALL),
        ("empty_in", "nothing", group(condition("no", "in", [])), []),
        ("date_comparisons", "dropped", group(condition("paid_at", "gt", "2027-01-01")), ALL),
        (
            "date_filter_shift_h",
            24,
            group(condition("paid_at", "between", ["2026-11-01", "2026-11-01"])),
            ["B1"],
        ),
    ],
)
def test_a_setting_turns_the_answer_round(
    orders: Hap,
    name: str,
    value: Any,
    asked: Any,
    expected: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert found(orders, asked) != expected
    monkeypatch.setattr(orders.settings, name, value)
    assert found(orders, asked) == expected


def test_an_indexed_look_up_equals_a_full_scan(hap: Hap) -> None:
    orders = filled(hap)
    sheet = orders.store.sheet("orders")
    asked = group(condition("no", "eq", "A1"), condition("no", "eq", "B2"), logic="OR")
    parsed = FilterParser(orders.store, sheet, empties=False).parse(asked)
    assert parsed is not None
    test = compiled(parsed)
    scanned = sorted(str(row.cells[sheet.need("no").id]) for row in sheet.table.live() if test(row))
    assert found(orders, asked) == scanned
    orders.patch("orders", orders.rows("orders", filter=asked)[0]["rowId"], no="C1")
    assert found(orders, asked) == ["A1"]
    assert found(orders, group(condition("no", "eq", "C1"))) == ["C1"]
