"""What the client puts on the wire, call by call, and how it reads the several answers to it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connectors.errors import (
    AlreadyExists,
    ConnectorError,
    ContractError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
)
from connectors.mingdao.calls import ROW_BUDGETS
from connectors.mingdao.filters import any_equal
from connectors.mingdao.models import Row
from connectors.mingdao.row_reads import Sort
from tests.connectors.mingdao_loopback import APPKEY, SIGN, Script, scripted_server

BASE = "/v3/app/worksheets"
PHONE = "13800138000"


@pytest.fixture(scope="module")
def shared() -> Iterator[Script]:
    with scripted_server() as script:
        yield script


@pytest.fixture
def script(shared: Script) -> Script:
    shared.answers.clear()
    shared.requests.clear()
    return shared


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
            lambda c: c.delete_row("orders", "r1", permanent=True),
            None,
            "DELETE",
            f"{BASE}/orders/rows/r1",
            {"permanent": True, "triggerWorkflow": False},
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
    assert (sent.method, sent.path, sent.body) == (method, path, body)
    assert sent.headers["hap-appkey"] == APPKEY
    assert sent.headers["hap-sign"] == SIGN


def test_the_client_can_trigger_workflows_unless_a_call_says_no(script):
    script.answer({"id": "r1"})
    client = script.client(trigger_workflow=True)
    client.create_row("orders", CELLS)
    assert script.last.body["triggerWorkflow"] is True
    client.create_row("orders", CELLS, trigger_workflow=False)
    assert script.last.body["triggerWorkflow"] is False


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
    assert script.last.path == f"{BASE}/{quoted}/rows/list"


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda c: c.worksheet(""), "blank"),
        (lambda c: c.worksheet(".."), "blank"),
        (lambda c: c.delete_row("orders", " ", permanent=True), "blank"),
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
    with pytest.raises(NotFound):
        client.delete_row("orders", "r1", permanent=False)


def test_a_read_survives_one_bad_answer(script):
    script.answer_raw("<html>bad gateway</html>", 502)
    script.answer({"rowId": "r1", "name": "x"})
    assert script.client().get_row("orders", "r1") == Row("r1", {"name": "x"})
    assert len(script.requests) == 2


WRITES = [
    lambda c: c.create_row("orders", CELLS),
    lambda c: c.create_rows("orders", [CELLS]),
    lambda c: c.update_row("orders", "r1", CELLS),
    lambda c: c.update_rows("orders", ["r1"], CELLS),
    lambda c: c.delete_row("orders", "r1", permanent=True),
    lambda c: c.delete_rows("orders", ["r1"], permanent=True),
    lambda c: c.create_worksheet("N", "n", [{"name": "n", "type": "Text"}]),
    lambda c: c.edit_worksheet("orders", name="N"),
]


@pytest.mark.parametrize("write", WRITES)
def test_a_write_of_unknown_outcome_is_sent_once(script, write):
    script.answer_raw("<html>gateway timeout</html>", 504)
    with pytest.raises(OutcomeUnknown):
        write(script.client())
    assert len(script.requests) == 1


@pytest.mark.parametrize("write", WRITES)
def test_a_write_that_was_throttled_is_sent_again(script, write):
    script.answer(status=503, success=False, error_code=90001)
    script.answer({"worksheetId": "w"})
    write(script.client())
    assert len(script.requests) == 2


def test_a_structure_edit_that_meets_another_one_is_sent_again(script):
    script.answer(success=False, error_code=99999, error_msg="数据过时")
    script.answer()
    script.client().edit_worksheet("orders", name="N")
    assert len(script.requests) == 2


def test_stale_structure_that_stays_ends_in_an_error_to_try_later(script):
    script.answer(success=False, error_code=99999, error_msg="数据过时")
    with pytest.raises(RateLimited):
        script.client().edit_worksheet("orders", name="N")
    assert len(script.requests) == 3


def test_any_other_refusal_of_a_structure_edit_is_not_repeated(script):
    script.answer(success=False, error_code=10006, error_msg="别名重复")
    with pytest.raises(AlreadyExists):
        script.client().edit_worksheet("orders", alias="taken")
    assert len(script.requests) == 1


def test_all_row_calls_share_one_budget_and_structure_calls_have_none(script):
    script.answer({"rows": [], "rowId": "r", "worksheetId": "w"})
    assert {budget.name for budget in ROW_BUDGETS.values()} == {"hap.rows"}
    assert {(budget.calls, budget.seconds) for budget in ROW_BUDGETS.values()} == {(50, 1.0)}
    assert "hap.app" not in ROW_BUDGETS
    assert "hap.worksheet.edit" not in ROW_BUDGETS


ANSWERS = [
    (200, {"success": False, "error_code": 10002, "error_msg": f"{PHONE} {SIGN}"}),
    (200, {"success": False, "code": 123456, "msg": f"{PHONE} {SIGN}", "data": {"p": PHONE}}),
    (200, {"success": True, "data": {"rows": [{"phone": PHONE}], "total": PHONE + "x"}}),
    (200, {"success": True, "data": [PHONE]}),
    (200, f"<html>{SIGN} {PHONE}</html>"),
    (500, f"{SIGN} {PHONE}"),
    (401, {"error_code": 10001, "error_msg": SIGN}),
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_no_credential_and_no_persons_data_in_errors_or_logs(script, caplog, answer):
    caplog.set_level(logging.DEBUG)
    script.answers.append(answer)
    client = script.client()
    spoken = []
    calls: list[Callable[[], object]] = [
        lambda: client.list_rows("people", filter=any_equal("phone", [PHONE])),
        lambda: client.create_worksheet(PHONE, PHONE, [{"name": PHONE}]),
    ]
    for call in calls:
        with pytest.raises(ConnectorError) as caught:
            call()
        error: BaseException | None = caught.value
        while error is not None:
            spoken.append(f"{error!s} {error!r}")
            error = error.__cause__ or error.__context__
    spoken.append(caplog.text)
    for canary in (SIGN, APPKEY, PHONE):
        assert canary not in "".join(spoken)
