from __future__ import annotations

import pytest

from connectors.errors import ContractError
from connectors.mingdao.field_types import NAME_BY_CODE, type_name
from connectors.mingdao.models import App, Field, Option, Row, RowPage, Worksheet
from connectors.mingdao.values import to_count, to_flag, to_ids, to_text

ORDERS = {
    "worksheetId": "66aa00000000000000000011",
    "name": "Orders",
    "alias": "orders",
    "fields": [
        {"id": "f1", "name": "Order no", "alias": "order_no", "type": "Text", "isTitle": True},
        {"id": "f2", "name": "Amount", "alias": "amount", "type": 6, "precision": "2"},
        {
            "id": "f3",
            "name": "Status",
            "alias": "status",
            "type": "9",
            "options": [
                {"key": "k1", "value": "paid", "index": 1, "isDeleted": "false"},
                {"key": "k2", "value": "old", "index": 2, "isDeleted": "true"},
                {"key": "k3", "value": "gone", "index": 3, "isDeleted": True},
                {"key": "k4", "value": "closed", "index": 4, "isDeleted": False},
            ],
        },
        {
            "id": "f4",
            "name": "Customer",
            "alias": "customer",
            "type": "Relation",
            "subType": 1,
            "dataSource": "66aa00000000000000000010",
            "relation": {"showFields": ["name"], "bidirectional": "1"},
        },
        {"id": "ctime", "name": "Created", "alias": None, "type": 16, "relation": {}},
    ],
}

APP = {
    "appId": "9b0c6a52",
    "name": "Order hub",
    "sections": [
        {
            "id": "s1",
            "name": "Sync",
            "items": [
                {"id": "w1", "name": "Customers", "alias": "customers", "type": 0},
                {"id": "p1", "name": "Chart", "alias": "", "type": "1"},
            ],
            "childSections": [
                {
                    "sectionId": "s2",
                    "name": "Inner",
                    "items": [{"id": "w2", "name": "Orders", "alias": "orders", "type": "0"}],
                    "childSections": None,
                }
            ],
        },
        {"id": "s3", "name": "Empty", "items": None},
    ],
}


def test_the_app_lists_the_items_of_child_sections_too():
    app = App.parse(APP)
    items = [item for section in app.sections for item in section.all_items]
    assert [(item.alias, item.type) for item in items] == [
        ("customers", 0),
        ("", 1),
        ("orders", 0),
    ]
    assert [item.id for item in app.worksheets] == ["w1", "w2"]


@pytest.mark.parametrize("name", ["orders", "w2"])
def test_a_worksheet_is_found_by_alias_and_by_id(name):
    found = App.parse(APP).worksheet(name)
    assert found is not None
    assert found.id == "w2"
    assert App.parse(APP).worksheet("nothing") is None


def test_the_structure_has_canonical_types_live_options_and_targets_of_relations():
    sheet = Worksheet.parse(ORDERS)
    assert [entry.type for entry in sheet.fields] == [
        "Text",
        "Number",
        "SingleSelect",
        "Relation",
        "DateTime",
    ]
    status, customer, created = sheet.field("status"), sheet.field("f4"), sheet.field("ctime")
    assert status is not None
    assert status.options == [Option(key="k1", value="paid"), Option(key="k4", value="closed")]
    assert customer is not None
    assert customer.data_source == "66aa00000000000000000010"
    assert created is not None
    assert (created.alias, created.precision) == ("", None)


def test_an_alias_wins_over_an_id_of_the_same_spelling():
    fields = [
        {"id": "amount", "name": "A", "alias": "", "type": 2},
        {"id": "f9", "name": "B", "alias": "amount", "type": 6},
    ]
    found = Worksheet.parse({**ORDERS, "fields": fields}).field("amount")
    assert found is not None
    assert found.id == "f9"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (2, "Text"),
        ("2", "Text"),
        ("Text", "Text"),
        ("datetime", "DateTime"),
        (17, "DateRange"),
        (24, "Region"),
        (10010, "RichText"),
        (99, "99"),
        ("Hologram", "Hologram"),
    ],
)
def test_a_field_type_is_known_by_name_and_by_code(given, name):
    assert type_name(given) == name
    assert Field.parse({"id": "f", "type": given}).type == name


def test_every_type_name_names_itself():
    assert all(type_name(name) == name for name in NAME_BY_CODE.values())


@pytest.mark.parametrize(
    ("data", "row_id", "cells"),
    [
        ({"rowId": "r1", "amount": "1.00"}, "r1", {"amount": "1.00"}),
        ({"rowid": "r1", "amount": "1.00"}, "r1", {"amount": "1.00"}),
        ({"id": "r1", "amount": "1.00"}, "r1", {"amount": "1.00"}),
        ({"_id": "66aa", "rowid": "r1"}, "r1", {}),
        ({"rowId": "r1", "rowid": "r1", "_id": "66aa", "a": None}, "r1", {"a": None}),
        (
            {"rowId": "r1", "id": "a cell with the alias id"},
            "r1",
            {"id": "a cell with the alias id"},
        ),
        ({"rowId": "", "id": "r1"}, "r1", {}),
    ],
)
def test_a_row_has_one_id_under_whatever_key(data, row_id, cells):
    assert Row.parse(data) == Row(row_id, cells)


def test_a_row_is_printed_without_its_cells():
    assert "13800138000" not in repr(RowPage([Row("r1", {"phone": "13800138000"})]))


@pytest.mark.parametrize(
    ("total", "read"),
    [
        ({}, None),
        ({"total": None}, None),
        ({"total": ""}, None),
        ({"total": 2}, 2),
        ({"total": "2"}, 2),
        ({"total\t": "2"}, 2),
        ({"total": 0}, 0),
    ],
)
def test_the_total_is_read_under_every_spelling(total, read):
    assert RowPage.parse({"rows": [], **total}).total == read


@pytest.mark.parametrize(
    ("parse", "data"),
    [
        (RowPage.parse, None),
        (RowPage.parse, []),
        (RowPage.parse, "| md | table |"),
        (RowPage.parse, {}),
        (RowPage.parse, {"rows": None}),
        (RowPage.parse, {"rows": {}}),
        (RowPage.parse, {"rows": [], "total": "13800138000x"}),
        (Worksheet.parse, {"worksheetId": "w"}),
        (Worksheet.parse, {"fields": []}),
        (Worksheet.parse, {"worksheetId": "w", "fields": [{"id": "f"}]}),
        (App.parse, {"appId": "a"}),
        (App.parse, {"appId": "a", "sections": [{"items": [{"id": "w"}]}]}),
    ],
)
def test_an_answer_of_another_shape_is_an_error_and_never_empty(parse, data):
    with pytest.raises(ContractError) as caught:
        parse(data)
    assert "13800138000" not in str(caught.value)


@pytest.mark.parametrize("odd", ["13800138000", None, [], {"_id": "66aa", "phone": "1"}])
def test_a_row_without_an_id_is_counted_and_costs_no_other(odd):
    page = RowPage.parse({"rows": [{"rowId": "r1"}, odd, {"rowId": "r2"}], "total": 3})
    assert [row.id for row in page.rows] == ["r1", "r2"]
    assert (page.total, page.unreadable) == (3, 1)


@pytest.mark.parametrize("value", [True, "true", "True", "1", 1])
def test_yes_in_every_spelling(value):
    assert to_flag(value)


@pytest.mark.parametrize("value", [False, "false", "0", 0, None, ""])
def test_no_in_every_spelling(value):
    assert not to_flag(value)


def test_a_negative_count_is_not_a_count():
    with pytest.raises(ValueError, match="no count"):
        to_count(-1)
    with pytest.raises(ContractError, match="total"):
        RowPage.parse({"rows": [], "total": -1})


def test_null_and_blank_count_as_absent():
    field = {"id": "f", "name": None, "alias": "", "type": 2, "options": None, "precision": ""}
    sheet = Worksheet.parse({"worksheetId": None, "id": "w", "alias": None, "fields": [field]})
    assert (sheet.id, sheet.alias, sheet.fields[0].options) == ("w", "", [])


def test_an_odd_hint_and_an_unknown_key_cost_nothing():
    field = {"id": "f", "type": 6, "precision": {"n": 2}, "subType": [], "isTitle": 7, "new": {}}
    read = Worksheet.parse({"worksheetId": "w", "fields": [field], "views": "none"}).fields[0]
    assert (read.precision, read.sub_type, read.is_title) == (None, None, False)


def test_an_error_says_where_and_never_what():
    fields = [{"id": "f", "type": 2}, {"id": {"phone": "13800138000"}, "type": 2}]
    with pytest.raises(ContractError, match=r"fields\.1\.id") as caught:
        Worksheet.parse({"worksheetId": "w", "fields": fields})
    assert "13800138000" not in str(caught.value)


def test_php_s_true_is_no_text_and_no_id() -> None:
    assert (to_text(True), to_ids([True, "r1"]), to_flag(True), to_flag("True")) == (
        "",
        ["r1"],
        True,
        True,
    )


@pytest.mark.parametrize("told", [[], {}, False, "many"])
def test_a_total_that_is_no_count_is_an_error_and_never_none(told: object) -> None:
    with pytest.raises(ValueError, match="no count"):
        to_count(told)
