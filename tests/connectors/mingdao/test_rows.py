"""The real client on the simulator: structure, rows and filters in every form of HAP's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest

from connectors.errors import (
    AlreadyExists,
    ConnectorError,
    NotFound,
)
from connectors.mingdao import cells
from connectors.mingdao.filters import all_of, any_equal, between
from connectors.mingdao.row_reads import Sort
from tests.connectors.mingdao.world import (
    NOON,
    ORDER_FIELDS,
    World,
    all_rows,
    order,
    served_world,
    state_key,
)


@pytest.fixture(scope="module")
def served() -> Iterator[World]:
    with served_world() as world:
        yield world


@pytest.fixture
def world(served: World) -> World:
    return served.renew()


@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"structure_type": "code"},
        {"option_deleted_as": "string"},
        {"section_id_key": "sectionId", "new_sheet_section": "child"},
        {"system_fields_in_structure": False},
        {"success_code": "absent"},
    ],
)
def test_the_structure_reads_the_same_in_every_form(world, switches):
    world.renew(**switches)
    client = world.client()
    found = client.app().worksheet("orders")
    assert found is not None
    assert (found.id, found.name) in [(one.id, one.name) for one in client.worksheets()]
    sheet = client.worksheet("orders")
    assert (sheet.id, sheet.name, sheet.alias) == (found.id, "订单", "orders")
    ours = {field.alias: field for field in sheet.fields}
    types = {alias: ours[alias].type for alias in ("order_id", "amount", "paid_at", "state")}
    assert types == {
        "order_id": "Text",
        "amount": "Number",
        "paid_at": "DateTime",
        "state": "SingleSelect",
    }
    assert ours["order_id"].is_title
    assert ours["amount"].precision == 2
    assert [option.value for option in ours["state"].options] == ["待付款", "已完成"]
    assert ours["customer"].data_source == client.worksheet("customers").id
    assert client.worksheet(sheet.id) == sheet


def test_a_deleted_option_is_not_offered_any_more(world):
    client = world.client()
    options = [{"value": "已完成", "index": 1}, {"value": "已关闭", "index": 2}]
    client.edit_worksheet("orders", edit_fields=[{"id": "state", "options": options}])
    field = client.worksheet("orders").field("state")
    assert field is not None
    assert [option.value for option in field.options] == ["已完成", "已关闭"]


def test_an_alias_that_is_taken_already_exists(world):
    with pytest.raises(AlreadyExists):
        world.client().create_worksheet("订单", "orders", ORDER_FIELDS)


def test_overlapping_structure_edits_wait_for_each_other(world):
    world.renew(structure_overlap="stale")
    world.store.settings.structure_edit_s = 0.2
    failures: list[ConnectorError] = []

    def add(alias: str) -> None:
        field = {"name": alias, "alias": alias, "type": "Text", "required": False}
        try:
            world.client().edit_worksheet("orders", add_fields=[field])
        except ConnectorError as error:
            failures.append(error)

    threads = [Thread(target=add, args=(alias,)) for alias in ("note_a", "note_b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    sheet = world.client().worksheet("orders")
    assert sheet.field("note_a")
    assert sheet.field("note_b")
    assert world.calls("worksheet.edit") > 2  # one of the two was sent again


@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"row_key": "id"},
        {"row_key": "rowid", "row_object_id": True},
        {"number_read": "number"},
        {"number_zeros": "trimmed"},
        {"datetime_read": "iso_z"},
        {"datetime_read": "iso_ms_z"},
        {"app_zone": "America/New_York"},
        {"total": "tab_string"},
        {"success_code": "absent"},
        {"update_answer": "id"},
        {"update_answer": "none"},
        {"batch_update_type_required": True},
    ],
)
def test_a_row_reads_back_as_it_was_written_in_every_form(world, switches):
    world.renew(**switches)
    client = world.client(timezone=switches.get("app_zone", "Asia/Shanghai"))
    customer = client.create_row("customers", {"user_id": "u1"})
    assert customer
    client.create_row("orders", order(client, customer=cells.write_relation([customer])))
    page = client.list_rows("orders", filter=any_equal("order_id", ["A1"]), count=True)
    assert page.total == 1
    [row] = page.rows
    assert cells.text(row.cells["order_id"]) == "A1"
    assert cells.number(row.cells["amount"]) == Decimal("129.90")
    assert cells.datetime(row.cells["paid_at"], client.zone) == NOON
    assert cells.option_labels(row.cells["state"]) == ["已完成"]
    assert cells.option_keys(row.cells["state"]) == [state_key(client, "已完成")]
    assert cells.relation_ids(row.cells["customer"]) == [customer]
    single = client.get_row("orders", row.id)
    assert single is not None
    assert single.id == row.id
    assert cells.number(single.cells["amount"]) == Decimal("129.90")
    client.update_row("orders", row.id, {"amount": 0})
    assert client.update_rows("orders", [row.id], {"order_id": "A2"}) == []
    [changed] = all_rows(client)
    assert cells.number(changed.cells["amount"]) == 0
    assert changed.cells["order_id"] == "A2"
    assert cells.datetime(changed.cells["paid_at"], client.zone) == NOON


@pytest.mark.parametrize("in_list", ["omitted", "count", "array"])
@pytest.mark.parametrize("in_get", ["omitted", "count", "array"])
def test_a_relation_to_many_rows_is_known_or_asked_for(world, in_list, in_get):
    world.renew(multi_relation_in_list=in_list, multi_relation_in_get=in_get)
    client = world.client()
    friends = client.create_rows("customers", [{"user_id": "u1"}, {"user_id": "u2"}])
    row_id = client.create_row("orders", order(client, friends=friends))
    assert row_id
    [listed] = all_rows(client)
    single = client.get_row("orders", row_id)
    assert single is not None
    for form, row in ((in_list, listed), (in_get, single)):
        known = cells.relation_ids(row.cells.get("friends"))
        assert known == (friends if form == "array" else None)
    related = client.related_rows("orders", row_id, "friends")
    assert {row.id for row in related.rows} == set(friends)
    assert related.total == 2
    assert len(client.related_rows("orders", row_id, "friends", 2, 1).rows) == 1


def test_cells_are_emptied(world):
    client = world.client()
    customer = client.create_row("customers", {"user_id": "u1"})
    row_id = client.create_row("orders", order(client, customer=[customer]))
    assert row_id
    sheet = client.worksheet("orders")
    types = {field.alias: field.type for field in sheet.fields}
    emptied = {alias: cells.cleared(types[alias]) for alias in order(client, customer=None)}
    client.update_row("orders", row_id, emptied)
    [row] = all_rows(client)
    assert cells.text(row.cells.get("order_id")) == ""
    assert cells.number(row.cells.get("amount")) is None
    assert cells.datetime(row.cells.get("paid_at"), client.zone) is None
    assert cells.option_keys(row.cells.get("state")) == []
    assert cells.relation_ids(row.cells.get("customer", "")) == []


@pytest.mark.parametrize(("answer", "named"), [("rowIds", True), ("rows", False), ("none", False)])
def test_a_batch_is_created_whatever_its_answer_names(world, answer, named):
    world.renew(batch_create_answer=answer)
    client = world.client()
    ids = client.create_rows("customers", [{"user_id": f"u{n}"} for n in range(3)])
    rows = all_rows(client, "customers")
    assert len(rows) == 3
    assert not named or {row.id for row in rows} == set(ids)


@pytest.mark.parametrize("key", ["successfulRowIds", "succeededRowIds"])
def test_a_batch_update_names_the_rows_that_failed(world, key):
    world.renew(batch_update_key=key)
    client = world.client()
    ids = client.create_rows("customers", [{"user_id": "u1"}, {"user_id": "u2"}])
    client.delete_rows("customers", ids[:1], permanent=True)
    assert client.update_rows("customers", ids, {"phone": "x"}) == [ids[0]]
    assert [row.cells["phone"] for row in all_rows(client, "customers")] == ["x"]


@pytest.mark.parametrize("answer", ["success", "quirk"])
@pytest.mark.parametrize("permanent", [True, False])
def test_deleted_rows_are_gone_whatever_the_answer_says(world, answer, permanent):
    world.renew(batch_delete_answer=answer)
    client = world.client()
    ids = client.create_rows("customers", [{"user_id": f"u{n}"} for n in range(3)])
    client.delete_rows("customers", ids[:2], permanent=permanent)
    client.delete_rows("customers", ids[2:], permanent=permanent)
    assert all_rows(client, "customers") == []
    assert client.get_row("customers", ids[0]) is None


@pytest.mark.parametrize("code", [430002, 10007])
def test_a_row_that_is_not_there(world, code):
    world.renew(missing_row_code=code)
    client = world.client()
    assert client.get_row("orders", "no-such-row") is None
    with pytest.raises(NotFound):
        client.update_row("orders", "no-such-row", {"order_id": "A1"})


CAREFUL: list[dict[str, Any]] = [
    {},
    {"strict_filters": True},
    {"in_on_text": "dropped"},
    {"date_comparisons": "dropped"},
    {"isempty_honoured": True},
    {"root_condition": "honoured"},
]


@pytest.mark.parametrize("switches", CAREFUL)
def test_every_filter_of_ours_is_understood_under_every_switch(world, switches):
    world.renew(**switches)
    client = world.client()
    days = [NOON - timedelta(days=days) for days in range(6)]
    client.create_rows(
        "orders",
        [
            order(
                client,
                order_id=f"A{number}",
                paid_at=cells.write_datetime(day, client.zone),
                state=[state_key(client, "待付款" if number % 2 else "已完成")],
            )
            for number, day in enumerate(days)
        ],
    )

    def matching(given: dict[str, Any]) -> set[str]:
        rows = client.list_rows("orders", filter=given).rows
        return {row.cells["order_id"] for row in rows}

    assert matching(any_equal("order_id", ["A1", "A3", "A99"])) == {"A1", "A3"}
    assert matching(any_equal("order_id", ["A"])) == set()
    unpaid = any_equal("state", [state_key(client, "待付款")])
    assert matching(unpaid) == {"A1", "A3", "A5"}
    exact = between("paid_at", days[3], days[1], zone=client.zone, slack=timedelta(0))
    assert {"A2"} <= matching(exact) <= {"A1", "A2", "A3"}
    wide = between("paid_at", days[3], days[1], zone=client.zone)
    assert {"A1", "A2", "A3"} <= matching(wide) <= {"A0", "A1", "A2", "A3", "A4"}
    assert matching(all_of(unpaid, wide)) == {"A1", "A3"}


def test_pages_sorted_by_something_unique_hold_every_row_once(world):
    client = world.client()
    client.create_rows("customers", [{"user_id": f"u{number:02}"} for number in range(25)])
    seen: list[str] = []
    for page_index in (1, 2, 3, 4):
        page = client.list_rows(
            "customers",
            page_size=10,
            page_index=page_index,
            fields=["user_id"],
            sorts=[Sort("user_id")],
            count=True,
        )
        assert page.total == 25
        seen += [row.cells["user_id"] for row in page.rows]
    assert seen == [f"u{number:02}" for number in range(25)]


def test_system_fields_come_when_asked_for(world):
    client = world.client()
    client.create_row("customers", {"user_id": "u1"})
    [plain] = client.list_rows("customers").rows
    [full] = client.list_rows("customers", system_fields=True).rows
    assert "_createdAt" not in plain.cells
    assert cells.datetime(full.cells["_createdAt"], client.zone) is not None


def test_a_pivot_returns_the_raw_data(world):
    client = world.client()
    client.create_rows("customers", [{"user_id": "u1"}, {"user_id": "u2"}])
    assert client.pivot("customers", {"pageSize": 10, "pageIndex": 1}) is not None
