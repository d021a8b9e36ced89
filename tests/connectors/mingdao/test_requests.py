"""What the client puts on the wire, call by call, and how it reads the several answers to it."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.errors import (
    ContractError,
    NotFound,
)
from connectors.mingdao.filters import any_equal
from connectors.mingdao.models import Row
from connectors.mingdao.row_reads import Sort
from tests.connectors.loopback import Loopback
from tests.connectors.mingdao.loopback import APPKEY, SIGN, Script

BASE = "/v3/app/worksheets"


@pytest.fixture
def script(server: Loopback) -> Script:
    return Script(server)


CELLS = {"order_id": "A1", "goods": ["r9"]}
WRITTEN: list[dict[str, Any]] = [
    {"id": "order_id", "value": "A1"},
    {"id": "goods", "value": ["r9"]},
]
REPLACED: list[dict[str, Any]] = [{**entry, "updateType": "0"} for entry in WRITTEN]
EQUAL = any_equal("order_id", ["A1"])
LIST_BODY: dict[str, Any] = {
    "pageSize": 1000,
    "pageIndex": 1,
    "useFieldIdAsKey": False,
    "includeTotalCount": False,
    "includeSystemFields": False,
    "responseFormat": "json",
}
NO_ROWS: dict[str, Any] = {"rows": []}


@pytest.mark.parametrize(
    ("call", "data", "method", "path", "body"),
    [
        (
            lambda c: c.app(),
            {"appId": "a", "sections": []},
            "GET",
            "/v3/app",
            None,
        ),
        (
            lambda c: c.worksheets(),
            [],
            "POST",
            f"{BASE}/list",
            {"responseFormat": "json", "worksheets": []},
        ),
        (
            lambda c: c.worksheet("orders"),
            {"worksheetId": "w", "fields": []},
            "GET",
            f"{BASE}/orders?responseFormat=json",
            None,
        ),
        (
            lambda c: c.create_worksheet("订单", "orders", [{"name": "n", "type": "Text"}]),
            {"worksheetId": "w"},
            "POST",
            BASE,
            {
                "name": "订单",
                "alias": "orders",
                "sectionId": "",
                "fields": [{"name": "n", "type": "Text"}],
            },
        ),
        (
            lambda c: c.edit_worksheet("orders", add_fields=[{"name": "n"}], remove_fields=["x"]),
            None,
            "POST",
            f"{BASE}/orders",
            {"addFields": [{"name": "n"}], "removeFields": ["x"]},
        ),
        (
            lambda c: c.edit_worksheet("orders", name="N", alias="a", edit_fields=[{"id": "x"}]),
            {},
            "POST",
            f"{BASE}/orders",
            {"name": "N", "alias": "a", "editFields": [{"id": "x"}]},
        ),
        (lambda c: c.list_rows("orders"), NO_ROWS, "POST", f"{BASE}/orders/rows/list", LIST_BODY),
        (
            lambda c: c.list_rows(
                "orders",
                page_size=50,
                page_index=2,
                filter=EQUAL,
                fields=["order_id"],
                sorts=[Sort("ctime"), Sort("order_id", ascending=False)],
                count=True,
                system_fields=True,
            ),
            NO_ROWS,
            "POST",
            f"{BASE}/orders/rows/list",
            {
                **LIST_BODY,
                "pageSize": 50,
                "pageIndex": 2,
                "filter": EQUAL,
                "fields": ["order_id"],
                "sorts": [
                    {"field": "ctime", "isAsc": True},
                    {"field": "order_id", "isAsc": False},
                ],
                "includeTotalCount": True,
                "includeSystemFields": True,
            },
        ),
        (
            lambda c: c.get_row("orders", "r1"),
            {"rowId": "r1"},
            "GET",
            f"{BASE}/orders/rows/r1?responseFormat=json&includeSystemFields=false",
            None,
        ),
        (
            lambda c: c.related_rows("orders", "r1", "goods", 2, 100),
            NO_ROWS,
            "GET",
            f"{BASE}/orders/rows/r1/relations/goods"
            "?pageSize=100&pageIndex=2&isReturnSystemFields=false",
            None,
        ),
        (
            lambda c: c.pivot("orders", {"columns": []}),
            {"anything": 1},
            "POST",
            f"{BASE}/orders/rows/pivot",
            {"columns": []},
        ),
        (
            lambda c: c.create_row("orders", CELLS),
            {"id": "r1"},
            "POST",
            f"{BASE}/orders/rows",
            {"fields": WRITTEN, "triggerWorkflow": False},
        ),
        (
            lambda c: c.create_rows("orders", [CELLS, CELLS], trigger_workflow=True),
            {"rowIds": ["r1", "r2"]},
            "POST",
            f"{BASE}/orders/rows/batch",
            {"rows": [{"fields": WRITTEN}, {"fields": WRITTEN}], "triggerWorkflow": True},
        ),
        (
            lambda c: c.update_row("orders", "r1", CELLS),
            "r1",
            "PATCH",
            f"{BASE}/orders/rows/r1",
            {"fields": REPLACED, "triggerWorkflow": False},
        ),
        (
            lambda c: c.update_rows("orders", ["r1", "r2"], CELLS),
            {},
            "PATCH",
            f"{BASE}/orders/rows/batch",
            {"rowIds": ["r1", "r2"], "fields": REPLACED, "triggerWorkflow": False},
        ),
        (
            lambda c: c.delete_rows("orders", ["r1"], permanent=False, trigger_workflow=True),
            None,
            "DELETE",
            f"{BASE}/orders/rows/batch",
            {"rowIds": ["r1"], "permanent": False, "triggerWorkflow": True},
        ),
    ],
)
def test_each_call_as_it_is_sent(script, call, data, method, path, body):
    script.answer(data)
    call(script.client())
    assert len(script.requests) == 1
    sent = script.last
    arrived = sent.json if sent.body else None
    assert (sent.method, sent.target, arrived) == (method, path, body)
    assert sent.headers["hap-appkey"] == APPKEY
    assert sent.headers["hap-sign"] == SIGN


def test_the_client_can_trigger_workflows_unless_a_call_says_no(script):
    script.answer({"id": "r1"})
    client = script.client(trigger_workflow=True)
    client.create_row("orders", CELLS)
    assert script.last.json["triggerWorkflow"] is True
    client.create_row("orders", CELLS, trigger_workflow=False)
    assert script.last.json["triggerWorkflow"] is False


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("a/b", "a%2Fb"),
        ("订单", "%E8%AE%A2%E5%8D%95"),
        ("a?b#c", "a%3Fb%23c"),
        ("..%2f", "..%252f"),
    ],
)
def test_a_worksheet_name_stays_one_part_of_the_path(script, name, quoted):
    script.answer(NO_ROWS)
    script.client().list_rows(name)
    assert script.last.target == f"{BASE}/{quoted}/rows/list"


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda c: c.worksheet(""), "blank"),
        (lambda c: c.worksheet(".."), "blank"),
        (lambda c: c.update_row("orders", " ", CELLS), "blank"),
        (lambda c: c.list_rows("orders", page_size=0), "page_size"),
        (lambda c: c.list_rows("orders", page_size=1001), "page_size"),
        (lambda c: c.list_rows("orders", page_index=0), "page_index"),
        (lambda c: c.related_rows("orders", "r1", "goods", 0), "page_index"),
        (lambda c: c.list_rows("orders", filter={}), "whole worksheet"),
        (lambda c: c.list_rows("orders", filter={"type": "group", "children": []}), "whole"),
        (lambda c: c.pivot("orders", {}), "body"),
        (lambda c: c.create_row("orders", {}), "without cells"),
        (lambda c: c.create_rows("orders", [CELLS, {}]), "without cells"),
        (lambda c: c.update_row("orders", "r1", {}), "without cells"),
        (lambda c: c.create_rows("orders", [CELLS] * 1001), "1000"),
        (lambda c: c.update_rows("orders", ["r"] * 1001, CELLS), "1000"),
        (lambda c: c.delete_rows("orders", ["r"] * 1001, permanent=False), "1000"),
        (lambda c: c.edit_worksheet("orders"), "nothing"),
    ],
)
def test_a_call_that_hap_would_misunderstand_is_not_sent(script, call, reason):
    with pytest.raises(ValueError, match=reason):
        call(script.client())
    assert script.requests == []


def test_an_empty_batch_is_no_call(script):
    client = script.client()
    assert client.create_rows("orders", []) == []
    assert client.update_rows("orders", [], CELLS) == []
    client.delete_rows("orders", [], permanent=True)
    assert script.requests == []


@pytest.mark.parametrize(
    ("data", "row_id"),
    [({"id": "r1"}, "r1"), ({"rowId": "r1"}, "r1"), ("r1", "r1"), ({}, None), (None, None)],
)
def test_a_created_row_may_or_may_not_be_named(script, data, row_id):
    script.answer(data)
    assert script.client().create_row("orders", CELLS) == row_id


@pytest.mark.parametrize(
    ("data", "row_ids"),
    [
        ({"rowIds": ["r1", "r2"]}, ["r1", "r2"]),
        ({"rowIds": [], "rows": ["r1"]}, ["r1"]),
        ({"rows": [{"id": "r1"}, {"rowId": "r2"}]}, ["r1", "r2"]),
        ({"rows": []}, []),
        ({"rowIds": "r1"}, []),
        ({"rowIds": [{"phone": 1}, None, "r2"]}, ["r2"]),
        (["r1"], ["r1"]),
        (2, []),
        (None, []),
    ],
)
def test_created_rows_may_or_may_not_be_named(script, data, row_ids):
    script.answer(data)
    assert script.client().create_rows("orders", [CELLS, CELLS]) == row_ids


@pytest.mark.parametrize(
    ("data", "failed"),
    [
        ({"failedRowIds": [], "successfulRowIds": ["r1", "r2"]}, []),
        ({"failedRowIds": ["r2"], "successfulRowIds": ["r1"]}, ["r2"]),
        ({"failedRowIds": ["r2"], "succeededRowIds": ["r1"]}, ["r2"]),
        ({"failedRowIds": [], "successfulRowIds": ["r1"]}, ["r2"]),
        ({"failedRowIds": ["r2"]}, ["r2"]),
        ({"failedRowIds": [], "successfulRowIds": []}, []),
        ({"failedRowIds": None}, []),
        (True, []),
        (None, []),
    ],
)
def test_updated_rows_that_failed_are_returned(script, data, failed):
    script.answer(data)
    assert script.client().update_rows("orders", ["r1", "r2"], CELLS) == failed


@pytest.mark.parametrize("data", [{"worksheetId": "w1"}, {"id": "w1"}, "w1"])
def test_a_created_worksheet_is_named(script, data):
    script.answer(data)
    assert script.client().create_worksheet("N", "n", [{"name": "n", "type": "Text"}]) == "w1"


def test_a_created_worksheet_without_an_id_breaks_the_contract(script):
    script.answer({})
    with pytest.raises(ContractError):
        script.client().create_worksheet("N", "n", [{"name": "n", "type": "Text"}])


@pytest.mark.parametrize("code", [430002, 10007])
def test_a_missing_row_is_none_when_read_and_an_error_when_written(script, code):
    script.answer(success=False, error_code=code)
    client = script.client()
    assert client.get_row("orders", "r1") is None
    with pytest.raises(NotFound):
        client.update_row("orders", "r1", CELLS)


def test_a_read_survives_one_bad_answer(script):
    script.answer_raw("<html>bad gateway</html>", 502)
    script.answer({"rowId": "r1", "name": "x"})
    assert script.client().get_row("orders", "r1") == Row("r1", {"name": "x"})
    assert len(script.requests) == 2
