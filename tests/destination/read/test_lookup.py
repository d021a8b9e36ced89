"""Rows are found by key, and an answer that holds anybody else's row stops everything."""

from __future__ import annotations

import pytest

from connectors.errors import ContractError
from include.destination.read.lookup import chunked, look_up
from include.destination.sheets.record import Record
from tests.destination.desk import PEOPLE


def found(desk, *keys):
    return look_up(desk.client(), desk.sheet(), keys)


def nicknames(found) -> dict[str, str]:
    return {key: row.cells["nickname"] for key, row in found.rows.items()}


def test_only_the_rows_of_the_asked_keys_come_back(desk):
    desk.upsert(*(Record(f"p{n}", {"nickname": f"n{n}"}) for n in range(12)))
    assert nicknames(found(desk, "p1", "p11", "p99")) == {"p1": "n1", "p11": "n11"}


def test_more_keys_than_one_call_takes_are_asked_in_several(desk):
    desk.upsert(*(Record(f"p{n}", {}) for n in range(150)))
    desk.journal.clear()
    assert len(found(desk, *(f"p{n}" for n in range(250))).rows) == 150
    assert desk.journal.count("rows.list") == 3


def test_a_dropped_filter_stops_before_anything_is_written(desk):
    desk.upsert(Record("p1", {"nickname": "老王"}))
    sheet = desk.sheet()
    desk.client().edit_worksheet("people", edit_fields=[{"id": "person_id", "alias": "renamed"}])
    desk.journal.clear()
    with pytest.raises(ContractError, match="filter was ignored"):
        desk.upsert(Record("p2", {"nickname": "别人"}), sheet=sheet)
    assert desk.writes() == []
    assert [row["nickname"] for row in desk.rows()] == ["老王"]


def test_a_key_that_differs_in_case_alone_is_another_key(desk):
    desk.person.add("people", {"person_id": "ABC", "nickname": "大写"})
    desk.upsert(Record("abc", {"nickname": "小写"}))
    assert {row["person_id"]: row["nickname"] for row in desk.rows()} == {
        "ABC": "大写",
        "abc": "小写",
    }


def test_a_key_with_stray_blanks_is_still_one_row(desk):
    for _ in range(2):
        outcome = desk.upsert(Record(" p1 ", {"nickname": "老王"}))
        assert outcome.failures == {}
    assert len(desk.rows()) == 1


@pytest.mark.parametrize("order", ["newest_first", "oldest_first"])
def test_of_several_rows_of_a_key_the_oldest_counts(desk, order):
    desk.store.settings.default_order = order
    ids = [desk.person.add("people", {"person_id": "p1", "nickname": f"n{n}"}) for n in range(3)]
    known = found(desk, "p1")
    assert known.rows["p1"].id == ids[0]
    assert [row.id for row in known.duplicates["p1"]] == ids[1:]


def test_rows_without_a_key_are_nobody_s(desk):
    desk.person.add("people", {"nickname": "没有编号"})
    desk.upsert(Record("p1", {}))
    assert len(desk.rows()) == 2


def test_many_rows_of_one_key_are_read_to_the_end(desk):
    sheet = desk.sheet()
    client = desk.client()
    for _ in range(3):
        client.create_rows(sheet.id, [{"person_id": "p1"}] * 400)
    assert len(found(desk, "p1").duplicates["p1"]) == 1199


SWITCHES = [
    {"row_key": "id"},
    {"row_key": "rowid"},
    {"row_object_id": True},
    {"total": "tab_string"},
    {"default_page_size": None},
    {"sort_ties": "shuffled"},
    {"in_on_text": "dropped"},
    {"user_id_key": "id"},
    {"owner_as": "array"},
    {"created_at_key": "_createAt"},
    {"strict_filters": True},
]


@pytest.mark.parametrize("switches", SWITCHES, ids=str)
def test_look_ups_bear_whatever_is_not_determined(served, switches):
    desk = served.renew(**switches)
    desk.upsert(*(Record(f"p{n}", {"nickname": f"n{n}"}) for n in range(5)))
    assert nicknames(found(desk, "p3")) == {"p3": "n3"}
    assert PEOPLE.key == "person_id"


def test_a_stream_is_cut_into_lists_without_being_read_ahead():
    read = []
    stream = (read.append(number) or number for number in range(7))
    chunks = chunked(stream, 3)
    assert (next(chunks), read) == ([0, 1, 2], [0, 1, 2])
    assert list(chunks) == [[3, 4, 5], [6]]
    assert list(chunked((), 3)) == []
