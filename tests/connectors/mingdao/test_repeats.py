"""Which calls are sent again, and what is never told about any of them."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from connectors.errors import (
    AlreadyExists,
    ConnectorError,
    OutcomeUnknown,
    RateLimited,
)
from connectors.mingdao.calls import ROW_BUDGETS
from connectors.mingdao.filters import any_equal
from tests.connectors.loopback import Loopback
from tests.connectors.mingdao.loopback import APPKEY, SIGN, Script

PHONE = "13800138000"
CELLS = {"order_id": "A1", "goods": ["r9"]}


@pytest.fixture
def script(server: Loopback) -> Script:
    return Script(server)


WRITES = [
    lambda c: c.create_row("orders", CELLS),
    lambda c: c.create_rows("orders", [CELLS]),
    lambda c: c.update_row("orders", "r1", CELLS),
    lambda c: c.update_rows("orders", ["r1"], CELLS),
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
    assert len(script.requests) == 6


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
    script.answer_raw(answer[1], answer[0])
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
