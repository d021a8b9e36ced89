"""What one record changes in one row, by tables: no HTTP, no clock."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from connectors.mingdao.models import Row
from include.destination.sheets.fingerprint import filled_mark
from include.destination.sheets.record import Record
from include.destination.write.plan import Action, Plan
from tests.destination.desk import NOW, PEOPLE, row_of, sheet_of

SHEET = sheet_of(PEOPLE)
T1, T2 = NOW - timedelta(hours=2), NOW - timedelta(hours=1)
FULL = {
    "nickname": "小李",
    "note": "首次",
    "phone": "13800000001",
    "segment": "甲",
    "state": "待付款",
    "paid": Decimal("129.9"),
    "times": Decimal(3),
    "paid_at": T1,
    "team": ("t1",),
    "teams": ("t1", "t2"),
}


def record(at=T1, fill_blank_only=(), **values) -> Record:
    return Record(
        "p1", {**FULL, **values}, updated_at=at, fill_blank_only=frozenset(fill_blank_only)
    )


def masked() -> Record:
    return record(T2, phone="138****0001", fill_blank_only=["phone"])


def held(of: Record | None = None, **cells) -> Row:
    """Return the row that this record made, with some cells changed since."""
    created = Plan(SHEET, of or record()).change(None, NOW)
    return row_of(SHEET, {**created.values, **cells})


def change(new: Record, row: Row | None) -> dict:
    planned = Plan(SHEET, new).change(row, NOW)
    bookkeeping = {"source_hash", "synced_at", "filled", "source_updated_at"}
    return {name: value for name, value in planned.values.items() if name not in bookkeeping}


def action(new: Record, row: Row | None) -> Action:
    return Plan(SHEET, new).change(row, NOW).action


POLICIES = {
    "nothing changed": (record(), {}, {}),
    "own: the source changed": (record(T2, nickname="老李"), {}, {"nickname": "老李"}),
    "own: the source is empty now": (record(T2, nickname=None), {}, {"nickname": None}),
    "own: a person's edit stays while the source stands still": (
        record(),
        {"nickname": "手改"},
        {},
    ),
    "own: a person's edit goes with the next change": (
        record(T2, paid=Decimal(1)),
        {"nickname": "手改"},
        {"nickname": "小李", "paid": Decimal("1.00")},
    ),
    "once: the source changed": (record(T2, note="另一"), {}, {}),
    "once: a person changed it": (record(T2), {"note": "手改"}, {}),
    "fill: the pipeline's own value is improved": (record(T2, phone="139"), {}, {"phone": "139"}),
    "fill: a correction survives": (record(T2, phone="139"), {"phone": "手改"}, {}),
    "fill: what a person blanked is filled again": (
        record(),
        {"phone": None},
        {"phone": "13800000001"},
    ),
    "fill: a blank source never blanks": (record(T2, phone=None), {}, {}),
    "fill: an empty source text never blanks": (record(T2, phone=""), {}, {}),
    "fill: a weak value improves nothing": (
        masked(),
        {},
        {},
    ),
    "fill: a weak value fills a blank": (
        masked(),
        {"phone": None},
        {"phone": "138****0001"},
    ),
    "fill: an option is improved": (record(T2, segment="乙"), {}, {"segment": "乙"}),
    "fill: an option that a person picked stays": (record(T2), {"segment": "乙"}, {}),
    "relation: another row": (
        record(T2, team=("t9",)),
        {},
        {"team": ("t9",), "teams": ("t1", "t2")},
    ),
}


@pytest.mark.parametrize(("new", "edits", "wanted"), POLICIES.values(), ids=POLICIES.keys())
def test_each_policy_writes_what_it_says_and_no_more(new, edits, wanted):
    written = change(new, held(**edits))
    if "team" not in wanted:
        written.pop("teams", None)  # a list does not tell a multiple relation: it is written anew
    assert written == wanted


STALE = {
    "older than the row": (T1, T2, Action.STALE),
    "as old as the row": (T2, T2, Action.PATCH),
    "newer than the row": (T2, T1, Action.PATCH),
    "without a version": (None, T2, Action.PATCH),
    "the row is without a version": (T1, None, Action.PATCH),
}


@pytest.mark.parametrize(("offered", "stored", "wanted"), STALE.values(), ids=STALE.keys())
def test_an_older_version_never_overwrites_a_newer_one(offered, stored, wanted):
    row = held(record(stored, nickname="当时"))
    assert action(record(offered, nickname="别的"), row) is wanted


def test_an_unchanged_record_costs_no_write():
    assert action(record(), held()) is Action.UNCHANGED


def unasked(at=T1, **values) -> Record:
    return replace(record(at, nickname=None, **values), new_row_only=frozenset({"nickname"}))


def test_what_was_told_of_a_new_row_alone_leaves_a_row_that_is_there_as_it_is():
    assert action(unasked(), held()) is Action.UNCHANGED
    patch = change(unasked(T2, times=Decimal(4)), held())
    assert (patch["times"], "nickname" in patch) == (Decimal(4), False)
    later = held(record(T2, times=Decimal(4)))
    assert Plan(SHEET, unasked(T2, times=Decimal(4))).change(later, NOW).values == {}


def test_a_new_row_of_which_something_was_not_asked_is_whole():
    row = held(unasked())
    assert action(unasked(), row) is Action.UNCHANGED
    assert action(record(nickname=None), row) is Action.UNCHANGED


MANGLED = {
    "rounded": {"paid": Decimal("130")},
    "trimmed": {"nickname": "小"},
    "cut off": {"nickname": ""},
    "unreadable number": {"times": "三"},
    "an option that HAP blanked": {"state": None},
    "a time that HAP blanked": {"paid_at": None},
}


@pytest.mark.parametrize("cells", MANGLED.values(), ids=MANGLED.keys())
def test_what_hap_made_of_a_value_is_not_written_for_ever(cells):
    assert action(record(), held(**cells)) is Action.UNCHANGED


def test_a_relation_that_hap_dropped_is_written_again_and_nothing_else():
    assert change(record(), held(team=())) == {"team": ("t1",)}
    assert action(record(team=()), held(record(team=()))) is Action.UNCHANGED


def test_a_fingerprint_of_another_mapping_is_replaced_once():
    row = held(source_hash="v0:abc")
    planned = Plan(SHEET, record()).change(row, NOW)
    assert planned.action is Action.PATCH
    assert str(planned.values["source_hash"]).startswith("v1:")
    again = row_of(SHEET, {**FULL, **planned.values, "source_updated_at": T1})
    assert action(record(), again) is Action.UNCHANGED


def test_exact_comparison_restores_a_person_s_edit_of_an_owned_field():
    row = held(nickname="手改")
    whole = Row(row.id, {**row.cells, "teams": [{"sid": "t1"}, {"sid": "t2"}]})
    planned = Plan(SHEET, record()).change(whole, NOW, compare_all_cells=True)
    assert planned.values["nickname"] == "小李"
    assert "phone" not in planned.values


def test_a_new_row_carries_its_provenance_and_the_marks_of_what_was_filled():
    values = Plan(SHEET, record(phone=None)).change(None, NOW).values
    marks = json.loads(str(values["filled"]))
    assert marks == {"segment": filled_mark("p1", "segment", "甲")}
    assert values["person_id"] == "p1"
    assert values["source_updated_at"] == T1
    assert "phone" not in values


def test_marks_that_a_person_broke_are_no_licence_to_overwrite():
    for broken in ("", "{", "[]", "null", '{"phone": 1}'):
        assert change(record(T2, phone="139"), held(filled=broken)).get("phone") is None


SAME = [
    ("money", "paid", Decimal("129.90"), Decimal("129.900")),
    ("money in another scale", "paid", Decimal(130), Decimal("1.3e2")),
    ("money below a cent", "paid", Decimal("1.005"), Decimal("1.01")),
    ("an hour in two zones", "paid_at", T1, T1.astimezone(UTC)),
    ("a moment within the second", "paid_at", T1, T1.replace(microsecond=999)),
    ("relations in another order", "teams", ("t1", "t2"), ("t2", "t1", "t1")),
    ("empty text and nothing", "nickname", "", None),
]


@pytest.mark.parametrize(("name", "field", "one", "other"), SAME, ids=[s[0] for s in SAME])
def test_equal_values_in_other_clothes_are_no_change(name, field, one, other):
    row = held(record(**{field: one}))
    assert action(record(**{field: other}), row) is Action.UNCHANGED


def test_a_naive_moment_is_refused_rather_than_shifted():
    naive = datetime(2026, 11, 20, 12)
    with pytest.raises(ValueError, match="zone"):
        SHEET.write(PEOPLE.field("paid_at"), naive)
