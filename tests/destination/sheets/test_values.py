"""Values as they stand in HAP after a real write, and after a second one."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from include.destination.sheets.record import Record
from include.destination.sheets.sheet import open_sheet
from tests.destination.desk import PEOPLE

EVENING = datetime(2026, 11, 20, 13, 5, tzinfo=UTC)
STORED = [
    ("nickname", "=HYPERLINK(1)", "=HYPERLINK(1)"),
    ("nickname", "+86 138", "+86 138"),
    ("nickname", "-1", "-1"),
    ("nickname", "@all", "@all"),
    ("nickname", "老王🎉👨‍👩‍👧", "老王🎉👨‍👩‍👧"),
    ("nickname", "<script>alert(1)</script>", "<script>alert(1)</script>"),
    ("nickname", "长" * 10_000, "长" * 10_000),
    ("nickname", '"; DROP TABLE', '"; DROP TABLE'),
    ("paid", Decimal("0.01"), Decimal("0.01")),
    ("paid", Decimal("19.99"), Decimal("19.99")),
    ("paid", Decimal("12345678901234.56"), Decimal("12345678901234.56")),
    ("paid", Decimal("-5"), Decimal("-5.00")),
    ("paid", Decimal("0"), Decimal("0.00")),
    ("times", Decimal(7), Decimal(7)),
    ("paid_at", EVENING, "2026-11-20 21:05:00"),
    ("paid_at", datetime(2024, 2, 29, 16, 0, tzinfo=UTC), "2024-03-01 00:00:00"),
    ("paid_at", datetime(1990, 7, 1, 4, 0, tzinfo=UTC), "1990-07-01 13:00:00"),
    ("state", "已完成", "已完成"),
    ("state", "未知(9)", "未知(9)"),
]


@pytest.mark.parametrize(("field", "value", "stored"), STORED)
def test_a_value_arrives_whole_and_is_not_written_again(desk, field, value, stored):
    record = Record("p1", {field: value})
    assert desk.upsert(record).written == 1
    assert desk.row("p1")[field] == stored
    assert desk.upsert(record).written == 0


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Shanghai", "Pacific/Kiritimati"])
def test_times_are_the_app_s_whatever_the_host_s_zone(desk, monkeypatch, zone):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        desk.upsert(Record("p1", {"paid_at": EVENING}))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert desk.row("p1")["paid_at"] == "2026-11-20 21:05:00"


def test_an_emptied_value_empties_the_cell(desk):
    full = {"nickname": "小李", "paid": Decimal(1), "paid_at": EVENING, "state": "已完成"}
    desk.upsert(Record("p1", full))
    desk.upsert(Record("p1", dict.fromkeys(full)))
    assert {desk.row("p1")[name] for name in full} == {None}


# -- options --------------------------------------------------------------------------------------


def options(desk) -> list[str]:
    field = desk.client().worksheet("people").field("state")
    return [option.value for option in field.options]


def test_a_value_without_an_option_gets_one_once(desk):
    records = [Record(f"p{number}", {"state": "未知(9)"}) for number in range(5)]
    assert desk.upsert(*records).failures == {}
    assert options(desk) == ["待付款", "已完成", "未知(9)"]
    stale = desk.sheet()
    assert desk.upsert(Record("p9", {"state": "未知(9)"}), sheet=stale).failures == {}
    assert options(desk).count("未知(9)") == 1


def test_an_option_that_came_up_meanwhile_is_taken(desk):
    before = desk.sheet()
    desk.upsert(Record("p1", {"state": "未知(9)"}))
    desk.upsert(Record("p2", {"state": "未知(9)"}), sheet=before)
    assert options(desk).count("未知(9)") == 1
    assert desk.row("p2")["state"] == "未知(9)"


def test_an_option_that_a_person_renamed_comes_up_again_under_its_name(desk):
    field = next(f for f in desk.store.sheet("people").fields if f.alias == "state")
    next(option for option in field.options if option.value == "已完成").value = "完成"
    desk.upsert(Record("p1", {"state": "已完成"}))
    assert desk.row("p1")["state"] == "已完成"


def test_a_full_list_of_options_costs_that_record_alone(desk):
    desk.store.settings.max_options = 2
    outcome = desk.upsert(Record("p1", {"state": "未知(9)"}), Record("p2", {"state": "已完成"}))
    assert {key: error.code for key, error in outcome.failures.items()} == {"p1": "100006"}
    assert [row["person_id"] for row in desk.rows()] == ["p2"]


def test_a_deleted_option_is_not_written_by_its_old_key(desk):
    client = desk.client()
    sheet = open_sheet(client, PEOPLE)
    live = next(f for f in desk.store.sheet("people").fields if f.alias == "state")
    live.options.remove(next(option for option in live.options if option.value == "待付款"))
    desk.upsert(Record("p1", {"state": "待付款"}))
    assert sheet.id
    assert desk.row("p1")["state"] == "待付款"
