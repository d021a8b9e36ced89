"""V2: keys in the body, everything a string, and "contains" where a stranger reads "equals"."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from include.simulators.hap.plain import plain_rows
from tests.simulators.hap_service import TEXT, Hap, options, served_hap

KEYS_IN_BODY = {"appKey": "demo-appkey", "sign": "demo-sign"}


@pytest.fixture
def orders() -> Iterator[Hap]:
    with served_hap() as service:
        people = service.make("people", {"alias": "name", **TEXT})
        service.make(
            "orders",
            {"alias": "no", **TEXT},
            {"alias": "amount", "type": "Number", "precision": 2},
            {"alias": "state", "type": "SingleSelect", "options": options("paid", "closed")},
            {"alias": "tags", "type": "MultipleSelect", "options": options("x", "y")},
            {"alias": "who", "type": "Relation", "dataSource": people.id},
        )
        yield service


def call(hap: Hap, name: str, sheet: str = "orders", /, **body: Any) -> dict[str, Any]:
    body = {**KEYS_IN_BODY, "worksheetId": sheet, **body}
    answer = requests.post(f"{hap.url}/v2/open/worksheet/{name}", json=body, timeout=60)
    return dict(answer.json())


def data(hap: Hap, name: str, sheet: str = "orders", /, **body: Any) -> Any:
    answer = call(hap, name, sheet, **body)
    assert answer["success"] is True, answer
    return answer["data"]


def controls(**cells: Any) -> list[dict[str, Any]]:
    return [{"controlId": name, "value": value} for name, value in cells.items()]


def matching(hap: Hap, *filters: dict[str, Any]) -> list[str]:
    found = data(hap, "getFilterRows", filters=list(filters), pageSize=100, pageIndex=1)
    return sorted(row["no"] for row in found["rows"])


def element(kind: int, value: Any = "", **more: Any) -> dict[str, Any]:
    return {"controlId": "no", "dataType": 2, "spliceType": 1, "filterType": kind, **more} | (
        {"value": value} if "values" not in more else {}
    )


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"appKey": "x"}, 10101),
        ({"sign": "x"}, 10001),
        ({"sign": None}, 10001),
        ({"worksheetId": "nope"}, 430022),
        ({"worksheetId": None}, 10001),
    ],
)
def test_keys_and_worksheet_come_in_the_body(
    orders: Hap, changed: dict[str, Any], code: int
) -> None:
    assert call(orders, "getFilterRows", **changed)["error_code"] == code


def test_the_lower_case_key_name_is_accepted(orders: Hap) -> None:
    answer = call(orders, "getFilterRows", appKey=None, appkey="demo-appkey")
    assert answer["success"] is True


def test_an_unknown_v2_call_is_not_there(orders: Hap) -> None:
    url = f"{orders.url}/v2/open/worksheet/upsertRow"
    assert requests.post(url, json=KEYS_IN_BODY, timeout=60).status_code == 404


def test_cells_are_strings_and_lists_are_json_in_strings(orders: Hap) -> None:
    li = data(orders, "addRow", "people", controls=controls(name="李雷"))
    cells = controls(no="A1", amount="129.9", state="paid", tags="x,y", who=li)
    row = data(orders, "getRowByIdPost", rowId=data(orders, "addRow", controls=cells))
    assert (row["no"], row["amount"], row["state"]) == ("A1", "129.90", "paid")
    assert row["tags"] == ["x", "y"]
    assert json.loads(row["who"]) == [{"sid": li, "name": "李雷"}]
    assert (row["autoid"], row["caid"]["accountId"]) == (1, "user-api")
    assert {"_id", "rowid", "ctime", "utime", "ownerid"} <= set(row)


def test_an_option_may_be_named_by_text_by_key_or_created(orders: Hap) -> None:
    option = orders.store.sheet("orders").need("state").option_named("closed")
    assert option is not None
    data(orders, "addRow", controls=controls(no="key", state=option.key))
    data(orders, "addRow", controls=controls(no="unknown", state="later"))
    creating = {"controlId": "state", "value": "later", "valueType": "2"}
    data(orders, "addRow", controls=[*controls(no="new"), creating])
    states = {row["no"]: row["state"] for row in plain_rows(orders.store, "orders")}
    assert states == {"key": "closed", "unknown": None, "new": "later"}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([element(1, "A1")], ["A1", "A10"]),
        ([element(2, "A1")], ["A1"]),
        ([element(2, values=["A1", "B1"])], ["A1", "B1"]),
        ([element(3, "A")], ["A1", "A10"]),
        ([element(5, "A")], ["", "B1"]),
        ([element(7)], [""]),
        ([element(8)], ["A1", "A10", "B1"]),
        ([element(2, "A1", spliceType=2), element(2, "B1", spliceType=2)], ["A1", "B1"]),
        ([element(2, "A1"), element(2, "B1")], []),
        ([{**element(11), "controlId": "amount", "minValue": "2", "maxValue": "3"}], ["A10", "B1"]),
        ([{**element(14, "3"), "controlId": "amount"}], ["B1"]),
        ([element(99, "A1")], ["", "A1", "A10", "B1"]),
        (
            [
                {"isGroup": True, "spliceType": 1, "groupFilters": [element(3, "A")]},
                element(2, "A1"),
            ],
            ["A1"],
        ),
    ],
)
def test_v2_filters(orders: Hap, filters: list[dict[str, Any]], expected: list[str]) -> None:
    rows = [controls(no="A1", amount=1), controls(no="A10", amount=2), controls(no="B1", amount=3)]
    data(orders, "addRows", rows=[*rows, controls(amount=None)])
    assert matching(orders, *filters) == expected
    assert data(orders, "getFilterRowsTotalNum", filters=filters) == str(len(expected))


def test_lists_are_paged_sorted_searched_and_counted(orders: Hap) -> None:
    data(orders, "addRows", rows=[controls(no=f"A{n}") for n in range(5)])
    page: dict[str, Any] = {"pageSize": 2, "pageIndex": 2, "sortId": "no", "isAsc": True}
    found = data(orders, "getFilterRows", **page)
    assert ([row["no"] for row in found["rows"]], found["total"]) == (["A2", "A3"], 5)
    assert "total" not in data(orders, "getFilterRows", notGetTotal=1)
    assert len(data(orders, "getFilterRows", keyWords="a3")["rows"]) == 1
    by_id = data(orders, "getFilterRows", useControlId=True)["rows"][0]
    assert orders.store.sheet("orders").need("no").id in by_id


def test_a_batch_answers_its_count_or_its_ids(orders: Hap) -> None:
    rows = [controls(no="A1"), controls(no="A2")]
    assert data(orders, "addRows", rows=rows) == 2
    assert len(data(orders, "addRows", rows=rows, returnRowIds=True)) == 2


def test_partial_success_must_be_asked_for(orders: Hap) -> None:
    orders.store.sheet("orders").add_unique_index("no")
    data(orders, "addRow", controls=controls(no="A1"))
    rows = [controls(no="A1"), controls(no="A2")]
    assert call(orders, "addRows", rows=rows)["error_code"] == 100005
    assert data(orders, "addRows", rows=rows, allowPartialSuccess=True) == 1


def test_rows_are_edited_and_deleted(orders: Hap) -> None:
    rows = [controls(no=f"A{n}") for n in range(4)]
    ids = data(orders, "addRows", rows=rows, returnRowIds=True)
    assert data(orders, "editRow", rowId=ids[0], controls=controls(amount="1")) is True
    assert data(orders, "editRows", rowIds=ids[1:3], control=controls(amount="2")[0]) is True
    assert data(orders, "editRows", rowIds=ids[3:], controls=controls(amount="3")) is True
    amounts = [str(row["amount"]) for row in plain_rows(orders.store, "orders")]
    assert amounts == ["1.00", "2.00", "2.00", "3.00"]
    assert data(orders, "deleteRow", rowId=",".join(ids[:3])) is True
    assert data(orders, "deleteRow", rowId=ids[3], thoroughDelete=True) is True
    assert len(plain_rows(orders.store, "orders", recycled=True)) == 3
    assert call(orders, "editRow", rowId=ids[0], controls=[])["error_code"] == 430002


def test_a_worksheet_can_be_made_and_described(orders: Hap) -> None:
    wanted = [
        {"controlName": "名称", "type": 2, "alias": "name", "attribute": 1, "required": True},
        {"controlName": "金额", "type": 6, "alias": "sum", "dot": 2, "required": False},
    ]
    made = data(orders, "addWorksheet", name="goods", alias="goods", controls=wanted)
    info = data(orders, "getWorksheetInfo", "goods")
    assert info["worksheetId"] == made
    shown = [(c["alias"], c["type"], c["attribute"], c["dot"]) for c in info["controls"]]
    assert shown == [("name", 2, 1, 0), ("sum", 6, 0, 2)]


def test_a_row_and_the_app_can_be_read_with_get(orders: Hap) -> None:
    row = data(orders, "addRow", controls=controls(no="A1"))
    query = {**KEYS_IN_BODY, "worksheetId": "orders", "rowId": row}
    url = f"{orders.url}/api/v2/open/worksheet/getRowById"
    assert requests.get(url, params=query, timeout=60).json()["data"]["no"] == "A1"
    url = f"{orders.url}/v1/open/app/get"
    app = requests.get(url, params=KEYS_IN_BODY, timeout=60).json()["data"]
    assert [item["alias"] for item in app["sections"][0]["items"]] == ["people", "orders"]


def test_related_rows(orders: Hap) -> None:
    li = data(orders, "addRow", "people", controls=controls(name="李雷"))
    row = data(orders, "addRow", controls=controls(no="A1", who=json.dumps([{"sid": li}])))
    found = data(orders, "getRowRelations", rowId=row, controlId="who", pageSize=10, pageIndex=1)
    assert ([r["name"] for r in found["rows"]], found["total"]) == (["李雷"], 1)
    assert call(orders, "getRowRelations", rowId=row, controlId="no")["error_code"] == 10002
