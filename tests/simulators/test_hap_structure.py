"""Creating, editing and reading worksheets, and relations between them."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.simulators.hap_service import KEYS, TEXT, Hap, options, served_hap

SHEETS = "/v3/app/worksheets"


def structure(hap: Hap, sheet: str) -> dict[str, Any]:
    return dict(hap.ok("GET", f"{SHEETS}/{sheet}"))


def field(hap: Hap, sheet: str, name: str) -> dict[str, Any]:
    return next(f for f in structure(hap, sheet)["fields"] if name in (f["alias"], f["name"]))


def spec(name: str = "x", **more: Any) -> dict[str, Any]:
    return {"name": name, "alias": name, **TEXT, **more}


def refused(hap: Hap, *fields: dict[str, Any], alias: str = "refused") -> int:
    return hap.code("POST", SHEETS, {"name": alias, "alias": alias, "fields": list(fields)})


def test_a_new_worksheet_has_ids_option_keys_and_a_default_view(hap: Hap) -> None:
    made = hap.make("orders", spec("no"), spec("state", type="SingleSelect", options=options("a")))
    read = structure(hap, "orders")
    assert re.fullmatch("[0-9a-f]{24}", read["worksheetId"])
    assert read["worksheetId"] == made.id
    assert [view["name"] for view in read["views"]] == ["全部"]
    [option] = field(hap, "orders", "state")["options"]
    assert re.fullmatch("[0-9a-f-]{36}", option["key"])
    assert (option["value"], option["isDeleted"]) == ("a", False)


def test_the_first_text_field_becomes_the_title_where_none_is_declared(hap: Hap) -> None:
    hap.make("orders", spec("amount", type="Number"), spec("no"), spec("note"))
    titles = [f["alias"] for f in structure(hap, "orders")["fields"] if f["isTitle"]]
    assert titles == ["no"]


def test_a_title_may_be_declared_with_a_number_and_only_once(hap: Hap) -> None:
    hap.make("orders", spec("no"), spec("name", isTitle=1), spec("other", isTitle=True))
    titles = [f["alias"] for f in structure(hap, "orders")["fields"] if f["isTitle"]]
    assert titles == ["name"]
    hap.ok("POST", f"{SHEETS}/orders", {"editFields": [{"id": "other", "isTitle": True}]})
    titles = [f["alias"] for f in structure(hap, "orders")["fields"] if f["isTitle"]]
    assert titles == ["other"]


@pytest.mark.parametrize(
    ("mode", "type_name", "creatable"),
    [
        ("vendor", "Time", True),
        ("measured", "Time", False),
        ("vendor", "Checkbox", False),
        ("measured", "Checkbox", True),
        ("union", "Dropdown", True),
        ("union", "Department", False),
        ("union", "PhoneNumber", False),
        ("union", "6", True),
        ("union", 16, True),
        ("union", "Wormhole", False),
    ],
)
def test_which_types_can_be_created(hap: Hap, mode: Any, type_name: Any, creatable: bool) -> None:
    hap.settings.creatable = mode
    wanted = {"name": "x", "alias": "x", "fields": [spec("no"), spec("other", type=type_name)]}
    answer = hap.send("POST", SHEETS, wanted).json()
    assert answer["success"] is creatable
    assert creatable or answer["error_code"] == 10002


def test_a_refused_type_is_named_in_the_message(hap: Hap) -> None:
    body = {"name": "x", "fields": [spec(type="Department")]}
    message = hap.send("POST", SHEETS, body).json()["error_msg"]
    assert message == "开放平台新建工作表不支持Department控件"


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"name": ""}, 10001),
        ({"type": None}, 10001),
        ({"alias": "1st"}, 10002),
        ({"alias": "no-dash"}, 10002),
        ({"type": "Number", "precision": 15}, 10002),
        ({"type": "Collaborator", "required": True}, 10002),
        ({"type": "Relation", "dataSource": "f" * 24}, 10002),
    ],
)
def test_a_bad_definition_is_refused_and_leaves_no_worksheet(
    hap: Hap, bad: dict[str, Any], code: int
) -> None:
    assert refused(hap, spec("no"), {**spec(), **bad}) == code
    assert hap.store.sheets() == []


def test_an_alias_is_unique_in_the_app_and_in_the_worksheet(hap: Hap) -> None:
    hap.make("orders", spec("no"))
    assert refused(hap, spec("no"), alias="orders") == 10006
    assert refused(hap, spec("no"), spec("no")) == 10006
    assert hap.code("POST", f"{SHEETS}/orders", {"addFields": [spec("no")]}) == 10006
    hap.settings.alias_clash_code = 10002
    assert refused(hap, spec("no"), alias="orders") == 10002


def test_two_worksheets_may_share_a_name_unless_refused(hap: Hap) -> None:
    hap.make("one", spec("no"), name="订单")
    hap.make("two", spec("no"), name="订单")
    hap.settings.duplicate_name = "refused"
    body = {"name": "订单", "alias": "three", "fields": [spec("no")]}
    assert hap.code("POST", SHEETS, body) == 10006


def test_limits_on_fields_and_options(hap: Hap) -> None:
    hap.settings.max_fields, hap.settings.max_options = 2, 2
    assert refused(hap, spec("a"), spec("b"), spec("c")) == 10002
    many = spec("s", type="SingleSelect", options=options("1", "2", "3"))
    assert refused(hap, many) == 100006


def test_an_edit_renames_adds_and_removes(hap: Hap) -> None:
    hap.make("orders", spec("no"), spec("note"))
    edit = {
        "name": "订单 2",
        "alias": "orders_2",
        "addFields": [spec("amount", type="Number", precision=2)],
        "editFields": [{"id": "no", "name": "单号", "alias": "number"}],
        "removeFields": ["note"],
    }
    assert hap.ok("POST", f"{SHEETS}/orders", edit) is None
    read = structure(hap, "orders_2")
    own = [f["alias"] for f in read["fields"] if not f["alias"].startswith("_") and f["alias"]]
    assert (read["name"], own) == ("订单 2", ["number", "amount"])
    assert hap.code("GET", f"{SHEETS}/orders") == 430022


def test_an_edit_is_checked_whole_before_any_of_it_is_applied(hap: Hap) -> None:
    hap.make("orders", spec("no"))
    edit = {"name": "other", "addFields": [spec("fine")], "removeFields": ["nope"]}
    assert hap.code("POST", f"{SHEETS}/orders", edit) == 10002
    assert structure(hap, "orders")["name"] == "orders"
    assert hap.store.sheet("orders").field("fine") is None


@pytest.mark.parametrize(
    ("mode", "keys", "in_use", "same_key"),
    [
        ("replace", "kept", ["b", "c"], True),
        ("replace", "new", ["b", "c"], False),
        ("merge", "kept", ["a", "b", "c"], True),
    ],
)
def test_editing_options(hap: Hap, mode: Any, keys: Any, in_use: list[str], same_key: bool) -> None:
    hap.settings.edit_options, hap.settings.edit_option_keys = mode, keys
    hap.make("orders", spec("state", type="SingleSelect", options=options("a", "b")))
    before = {o["value"]: o["key"] for o in field(hap, "orders", "state")["options"]}
    edit = {"editFields": [{"id": "state", "options": options("b", "c")}]}
    hap.ok("POST", f"{SHEETS}/orders", edit)
    after = field(hap, "orders", "state")["options"]
    assert sorted(o["value"] for o in after if not o["isDeleted"]) == in_use
    [b] = [o for o in after if o["value"] == "b" and not o["isDeleted"]]
    assert (b["key"] == before["b"]) is same_key


def test_a_bidirectional_relation_shows_on_both_sides(hap: Hap) -> None:
    people = hap.make("people", spec("name"))
    hap.make("orders", spec("no"))
    relation = spec("customer", type="Relation", subType=1, dataSource=people.id)
    relation["relation"] = {"showFields": [], "bidirectional": True}
    hap.ok("POST", f"{SHEETS}/orders", {"addFields": [relation]})
    forth, back = field(hap, "orders", "customer"), field(hap, "people", "orders")
    assert (forth["sourceField"], back["sourceField"]) == (back["id"], forth["id"])
    li = hap.add("people", name="李雷")
    rows = hap.add_many("orders", [{"no": "A1", "customer": [li]}, {"no": "A2"}])
    hap.settings.multi_relation_in_get = "array"
    assert hap.row("people", li)[back["id"]] == [{"sid": rows[0], "name": "A1"}]
    hap.patch("people", li, **{back["id"]: [rows[1]]})
    related = hap.ok("GET", f"{SHEETS}/people/rows/{li}/relations/{back['id']}")
    assert ([row["no"] for row in related["rows"]], related["total"]) == (["A2"], 1)
    assert hap.row("orders", rows[0])["customer"] == []
    hap.ok("POST", f"{SHEETS}/orders", {"removeFields": ["customer"]})
    assert hap.store.sheet("people").field(back["id"]) is None


def test_a_one_way_relation_can_be_paired_later(hap: Hap) -> None:
    people = hap.make("people", spec("name"))
    orders = hap.make("orders", spec("no"), spec("who", type="Relation", dataSource=people.id))
    li = hap.add("people", name="李雷")
    row = hap.add("orders", no="A1", who=[li])
    paired = spec("their_orders", type="Relation", subType=2, dataSource=orders.id)
    hap.ok("POST", f"{SHEETS}/people", {"addFields": [{**paired, "sourceField": "who"}]})
    related = hap.ok("GET", f"{SHEETS}/people/rows/{li}/relations/their_orders")
    assert [found["rowId"] for found in related["rows"]] == [row]


@pytest.mark.parametrize(
    ("in_list", "in_get", "listed", "read"),
    [
        ("omitted", "count", None, 2),
        ("count", "array", 2, ["x", "y"]),
        ("array", "omitted", 2, None),
    ],
)
def test_relations_to_many_rows(
    hap: Hap, in_list: Any, in_get: Any, listed: Any, read: Any
) -> None:
    hap.settings.multi_relation_in_list, hap.settings.multi_relation_in_get = in_list, in_get
    goods = hap.make("goods", spec("name"))
    hap.make("orders", spec("no"), spec("goods", type="Relation", subType=2, dataSource=goods.id))
    ids = hap.add_many("goods", [{"name": "x"}, {"name": "y"}])
    row = hap.add("orders", no="A1", goods=ids)
    shown = hap.rows("orders")[0].get("goods")
    assert (len(shown) if isinstance(shown, list) else shown) == listed
    cell = hap.row("orders", row).get("goods")
    assert ([item["name"] for item in cell] if isinstance(cell, list) else cell) == read


def test_relations_can_be_paged(hap: Hap) -> None:
    goods = hap.make("goods", spec("name"))
    hap.make("orders", spec("no"), spec("goods", type="Relation", subType=2, dataSource=goods.id))
    ids = hap.add_many("goods", [{"name": str(n)} for n in range(5)])
    row = hap.add("orders", goods=ids)
    path = f"{SHEETS}/orders/rows/{row}/relations/goods"
    second = hap.ok("GET", f"{path}?pageSize=2&pageIndex=2&isReturnSystemFields=true")
    assert [r["name"] for r in second["rows"]] == ["2", "3"]
    assert (second["total"], "_createdAt" in second["rows"][0]) == (5, True)
    assert hap.code("GET", f"{SHEETS}/orders/rows/{row}/relations/no") == 10002


def test_a_batch_with_relations_may_have_a_limit_of_its_own(hap: Hap) -> None:
    people = hap.make("people", spec("name"))
    hap.make("orders", spec("no"), spec("who", type="Relation", dataSource=people.id))
    hap.settings.max_batch_with_relations = 1
    rows = [{"fields": [{"id": "who", "value": []}]}] * 2
    assert hap.code("POST", f"{SHEETS}/orders/rows/batch", {"rows": rows}) == 10002
    hap.add_many("orders", [{"no": "A1"}, {"no": "A2"}])


@pytest.mark.parametrize(
    ("place", "first", "child", "last"),
    [("first", 1, 0, 0), ("child", 0, 1, 0), ("last", 0, 0, 1), ("hidden", 0, 0, 0)],
)
def test_where_a_worksheet_shows_in_the_app(
    hap: Hap, place: Any, first: int, child: int, last: int
) -> None:
    hap.settings.new_sheet_section = place
    made = hap.make("orders", spec("no"))
    top, bottom = hap.ok("GET", "/v3/app")["sections"]
    counts = [len(top["items"]), len(top["childSections"][0]["items"]), len(bottom["items"])]
    assert counts == [first, child, last]
    listed = hap.ok("POST", f"{SHEETS}/list", {"responseFormat": "json"})
    assert listed == [{"id": made.id, "name": "orders", "remark": ""}]
    assert made.id in hap.ok("POST", f"{SHEETS}/list", {})


def test_a_section_can_be_chosen_and_its_id_has_two_names(hap: Hap) -> None:
    chosen = hap.store.app.sections[1].id
    body = {"name": "x", "alias": "x", "sectionId": chosen, "fields": [spec("no")]}
    hap.ok("POST", SHEETS, body)
    hap.settings.section_id_key = "sectionId"
    section = hap.ok("GET", "/v3/app")["sections"][1]
    assert (section["sectionId"], section["items"][0]["alias"]) == (chosen, "x")


def test_the_structure_has_variants(hap: Hap) -> None:
    hap.make("orders", spec("no"), spec("s", type="SingleSelect", options=options("a")))
    assert field(hap, "orders", "_createdAt")["id"] == "ctime"
    hap.settings.system_fields_in_structure = False
    hap.settings.structure_type, hap.settings.option_deleted_as = "code", "string"
    fields = structure(hap, "orders")["fields"]
    assert [(f["alias"], f["type"]) for f in fields] == [("no", 2), ("s", 9)]
    assert fields[1]["options"][0]["isDeleted"] == "false"
    assert "no" in hap.ok("GET", f"{SHEETS}/orders?responseFormat=md")


def test_a_deleted_worksheet_is_gone_with_its_reverse_fields(hap: Hap) -> None:
    people = hap.make("people", spec("name"))
    relation = {"showFields": [], "bidirectional": True}
    who = spec("who", type="Relation", dataSource=people.id, relation=relation)
    hap.make("orders", spec("no"), who)
    hap.ok("DELETE", f"{SHEETS}/orders")
    assert hap.code("POST", f"{SHEETS}/orders/rows/list", {}) == 430022
    assert [f.alias for f in people.fields] == ["name"]
    assert hap.ok("GET", "/v3/app")["sections"][0]["items"][0]["alias"] == "people"


@pytest.mark.parametrize(("mode", "stale"), [("serial", 0), ("stale", 2)])
def test_overlapping_structure_edits(mode: Any, stale: int) -> None:
    with served_hap(in_process=False) as hap:
        overlap(hap, mode, stale)


def overlap(hap: Hap, mode: Any, stale: int) -> None:
    hap.make("orders", spec("no"))
    hap.settings.structure_overlap, hap.settings.structure_edit_s = mode, 0.2

    def add(name: str) -> str:
        body = {"addFields": [spec(name)]}
        answer = requests.post(f"{hap.url}{SHEETS}/orders", json=body, headers=KEYS, timeout=60)
        return str(answer.json().get("error_msg", ""))

    with ThreadPoolExecutor(3) as pool:
        messages = list(pool.map(add, "abc"))
    assert messages.count("数据过时") == stale
    assert len(list(hap.store.sheet("orders").fields)) == 4 - stale


def test_option_sets_can_be_made_and_listed(hap: Hap) -> None:
    body = {"name": "状态", "options": options("a", "b"), "enableColor": True, "enableScore": False}
    made = hap.ok("POST", "/v3/app/optionsets", body)["optionsetId"]
    [found] = hap.ok("GET", "/v3/app/optionsets")["optionsets"]
    assert (found["id"], [o["value"] for o in found["options"]]) == (made, ["a", "b"])
    twice = {**body, "options": options("a", "a")}
    assert hap.code("POST", "/v3/app/optionsets", twice) == 10002
