"""What a written value becomes, and how it reads back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from include.simulators.hap.plain import plain_rows
from tests.simulators.hap_service import TEXT, Hap, entries, options, quiet, served_hap


@pytest.fixture(scope="module")
def sheet() -> Iterator[Hap]:
    with served_hap() as service:
        service.settings.creatable = "union"
        people = service.make("people", {"alias": "name", **TEXT})
        service.make(
            "things",
            {"alias": "text", **TEXT},
            {"alias": "money", "type": "Number", "precision": 2},
            {"alias": "count", "type": "Number", "precision": 0},
            {"alias": "at", "type": "DateTime"},
            {"alias": "day", "type": "Date"},
            {"alias": "clock", "type": "Time"},
            {"alias": "ticked", "type": "Checkbox"},
            {"alias": "state", "type": "SingleSelect", "options": options("paid", "closed")},
            {"alias": "tags", "type": "MultipleSelect", "options": options("x", "y", "z")},
            {"alias": "member", "type": "Collaborator", "subType": 0},
            {"alias": "friend", "type": "Relation", "dataSource": people.id},
            {"alias": "friends", "type": "Relation", "subType": 2, "dataSource": people.id},
        )
        yield service


def written(hap: Hap, field: str, value: Any, **more: Any) -> Any:
    body = quiet(fields=[{"id": field, "value": value, **more}])
    made = hap.ok("POST", "/v3/app/worksheets/things/rows", body)
    return hap.row("things", made["id"])[field]


def key(hap: Hap, field: str, label: str) -> str:
    option = hap.store.sheet("things").need(field).option_named(label)
    assert option is not None
    return option.key


@pytest.mark.parametrize(
    ("field", "value", "read"),
    [
        ("text", "  李雷 \n second line ", "  李雷 \n second line "),
        ("text", 12, "12"),
        ("text", "😀‍💻\u0000", "😀‍💻\u0000"),
        ("text", "half \ud83d", "half \ufffd"),
        ("money", 129.9, "129.90"),
        ("money", "15", "15.00"),
        ("money", "0.005", "0.01"),
        ("money", "-0.014", "-0.01"),
        ("money", "1,234.50", ""),
        ("money", "１２", ""),
        ("money", "NaN", ""),
        ("money", 0, "0.00"),
        ("count", 2.5, "3"),
        ("count", "12345678901234567890123456789012345", "12345678901234567890123456789012345"),
        ("at", "2026-11-20 13:05:00", "2026-11-20 13:05:00"),
        ("at", "2026-11-20 13:05", "2026-11-20 13:05:00"),
        ("at", "2026-11-20T05:05:00Z", "2026-11-20 13:05:00"),
        ("at", "2026-11-20T05:05:00.000Z", "2026-11-20 13:05:00"),
        ("at", "2026-11-20T13:05:00+08:00", "2026-11-20 13:05:00"),
        ("at", "2026-11-20", "2026-11-20 00:00:00"),
        ("at", "0000-00-00 00:00:00", ""),
        ("at", "2026-02-30 00:00:00", ""),
        ("day", "2026-11-20", "2026-11-20"),
        ("day", "2026-11-19T20:00:00Z", "2026-11-20"),
        ("clock", "9:05", "09:05"),
        ("clock", "13:05:09", "13:05:09"),
        ("clock", "25:00", ""),
        ("ticked", 1, "1"),
        ("ticked", False, "0"),
        ("ticked", "true", "1"),
    ],
)
def test_a_value_reads_back_as(sheet: Hap, field: str, value: Any, read: str) -> None:
    assert written(sheet, field, value) == read


@pytest.mark.parametrize("empty", ["", None, []])
def test_an_empty_value_clears_the_cell(sheet: Hap, empty: Any) -> None:
    cells = {"text": "x", "money": 1, "state": [key(sheet, "state", "paid")], "at": "2026-11-20"}
    row = sheet.add("things", **cells)
    sheet.patch("things", row, **dict.fromkeys(cells, empty))
    read = sheet.row("things", row)
    assert (read["text"], read["money"], read["state"], read["at"]) == ("", "", [], "")


def test_options_are_written_as_keys_in_an_array(sheet: Hap) -> None:
    paid, x, y = key(sheet, "state", "paid"), key(sheet, "tags", "x"), key(sheet, "tags", "y")
    assert written(sheet, "state", [paid]) == [{"key": paid, "value": "paid"}]
    assert written(sheet, "state", paid) == [{"key": paid, "value": "paid"}]
    assert written(sheet, "tags", x) == []
    assert written(sheet, "tags", [x, y]) == [
        {"key": x, "value": "x"},
        {"key": y, "value": "y"},
    ]
    assert written(sheet, "state", ["paid"]) == [{"key": "paid", "value": None}]


def test_a_new_option_is_created_only_where_it_is_allowed(sheet: Hap) -> None:
    made = written(sheet, "tags", ["brand new"], allowNewOptions=True)
    assert made == [{"key": key(sheet, "tags", "brand new"), "value": "brand new"}]
    assert written(sheet, "tags", ["brand new"], allowNewOptions=True) == made
    assert written(sheet, "tags", ["older"], type="2")[0]["value"] == "older"


def test_update_type_adds_to_and_removes_from_a_list(sheet: Hap) -> None:
    x, y = key(sheet, "tags", "x"), key(sheet, "tags", "y")
    row = sheet.add("things", tags=[x], text="old")
    for update_type, value, left in [("1", y, [x, y]), ("2", x, [y]), ("0", x, [x])]:
        fields = [{"id": "tags", "value": [value], "updateType": update_type}]
        fields.append({"id": "text", "value": "new", "updateType": update_type})
        sheet.ok("PATCH", f"/v3/app/worksheets/things/rows/{row}", quiet(fields=fields))
        read = sheet.row("things", row)
        assert [option["key"] for option in read["tags"]] == left
        assert read["text"] == "new"


def test_a_relation_reads_back_with_the_title_of_the_other_row(sheet: Hap) -> None:
    li, han = sheet.add("people", name="李雷"), sheet.add("people", name="韩梅梅")
    assert written(sheet, "friend", [li]) == [{"sid": li, "name": "李雷"}]
    assert written(sheet, "friend", [li, han]) == [{"sid": li, "name": "李雷"}]
    assert written(sheet, "friend", [{"sid": han}]) == [{"sid": han, "name": "韩梅梅"}]
    assert written(sheet, "friends", [li, han, "no-such-row"]) == 2


def test_a_relation_to_no_row_is_stored_and_reads_as_deleted(
    sheet: Hap, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = {"sid": "no-such-row", "name": "已删除"}
    assert written(sheet, "friend", ["no-such-row"]) == [gone]
    monkeypatch.setattr(sheet.settings, "relation_unknown_row", "ignored")
    assert written(sheet, "friend", ["no-such-row"]) == []


def test_a_related_row_that_is_deleted_is_shown_no_more(sheet: Hap) -> None:
    gone = sheet.add("people", name="过客")
    row = sheet.add("things", friend=[gone])
    sheet.ok("DELETE", f"/v3/app/worksheets/people/rows/{gone}")
    assert sheet.row("things", row)["friend"] == []


@pytest.mark.parametrize(
    ("name", "value", "field", "sent", "read"),
    [
        ("number_read", "number", "money", "129.90", 129.9),
        ("number_read", "number", "count", "3", 3),
        ("number_zeros", "trimmed", "money", "129.90", "129.9"),
        ("number_zeros", "trimmed", "count", "120", "120"),
        ("datetime_read", "iso_z", "at", "2026-11-20 13:05:00", "2026-11-20T05:05:00Z"),
        ("datetime_read", "iso_ms_z", "at", "2026-11-20 13:05:00", "2026-11-20T05:05:00.000Z"),
        ("naive_write_zone", "UTC", "at", "2026-11-20 13:05:00", "2026-11-20 21:05:00"),
        ("app_zone", "UTC", "at", "2026-11-20T05:05:00Z", "2026-11-20 05:05:00"),
        ("invalid_number", "stored", "money", "many", "many"),
        ("invalid_datetime", "stored", "at", "soon", "soon"),
        ("select_scalar", "accepted", "state", "later", [{"key": "later", "value": None}]),
        ("select_scalar", "blank", "state", "later", []),
        ("select_label", "blank", "state", ["paid"], []),
        ("text_trim", True, "text", " a ", "a"),
        ("text_max", 3, "text", "abcdef", "abc"),
        ("relation_write", "dropped", "friends", ["x"], 0),
        ("multi_relation_in_get", "array", "friends", [], []),
    ],
)
def test_a_setting_changes_how_a_value_is_kept_or_shown(
    sheet: Hap,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: Any,
    field: str,
    sent: Any,
    read: Any,
) -> None:
    monkeypatch.setattr(sheet.settings, name, value)
    assert written(sheet, field, sent) == read


@pytest.mark.parametrize(
    ("switches", "field", "value"),
    [
        ({"invalid_number": "refused"}, "money", "many"),
        ({"invalid_datetime": "refused"}, "at", "soon"),
        ({"select_label": "refused"}, "state", ["paid"]),
        ({"text_max": 3, "text_overflow": "refuse"}, "text", "abcd"),
        ({"relation_unknown_row": "refused"}, "friend", ["no-such-row"]),
        ({"unknown_write_field": "refused"}, "nope", "x"),
    ],
)
def test_a_setting_refuses_a_value_with_10002(
    sheet: Hap, monkeypatch: pytest.MonkeyPatch, switches: dict[str, Any], field: str, value: Any
) -> None:
    for name, setting in switches.items():
        monkeypatch.setattr(sheet.settings, name, setting)
    before = len(plain_rows(sheet.store, "things"))
    body = quiet(fields=entries({"text": "x", field: value}))
    assert sheet.code("POST", "/v3/app/worksheets/things/rows", body) == 10002
    assert len(plain_rows(sheet.store, "things")) == before


def test_an_unknown_field_is_ignored_and_the_write_succeeds(sheet: Hap) -> None:
    row = sheet.add("things", text="kept", tekst="lost")
    assert sheet.row("things", row)["text"] == "kept"


def test_options_beyond_the_limit_are_refused(sheet: Hap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet.settings, "max_options", 2)
    fields = [{"id": "state", "value": ["one more"], "allowNewOptions": True}]
    path = "/v3/app/worksheets/things/rows"
    assert sheet.code("POST", path, quiet(fields=fields)) == 100006


def test_plain_rows_give_python_values(sheet: Hap) -> None:
    li = sheet.add("people", name="李雷")
    sheet.add("things", text="t", money="1.50", state=[key(sheet, "state", "paid")], friend=[li])
    last = plain_rows(sheet.store, "things")[-1]
    assert (last["text"], str(last["money"]), last["state"]) == ("t", "1.50", "paid")
    assert (last["friend"], last["tags"], last["at"]) == ([li], [], None)
