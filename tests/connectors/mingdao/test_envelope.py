from __future__ import annotations

from typing import Any

import pytest

from connectors import codes
from connectors.errors import (
    AlreadyExists,
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    ContractError,
    NotFound,
    OutcomeUnknown,
    PayloadTooLarge,
    RateLimited,
    RejectedError,
    RetryableError,
)
from connectors.http.answers import Answer
from connectors.mingdao.envelope import (
    data_of,
    data_of_delete,
    data_of_structure_edit,
    interpreter,
)
from tests.connectors.loopback import Loopback
from tests.connectors.mingdao.loopback import Script

SPELLINGS = [("error_code", "error_msg"), ("errorCode", "errorMsg"), ("code", "msg")]
PHONE = "13800138000"


@pytest.fixture
def script(server: Loopback) -> Script:
    return Script(server)


def read(body: Any, status: int = 200, outcome: Any = data_of) -> Any:
    answer = Answer("hap.rows.list", status, body, {})
    return interpreter(outcome, lambda data: data)(answer)


def refusal(body: Any, status: int = 200, outcome: Any = data_of) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        read(body, status, outcome)
    assert caught.value.api == "hap.rows.list"
    return caught.value


@pytest.mark.parametrize(
    "envelope",
    [
        {"success": True, "error_code": 1},
        {"success": True},
        {"success": True, "error_code": 0},
        {"success": True, "error_code": None, "error_msg": ""},
        {"success": True, "errorCode": 1},
        {"success": "true", "error_code": "", "errorCode": 1},
        {"success": True, "code": "1"},
    ],
)
def test_success_yields_the_data(envelope):
    assert read({"data": {"rows": []}, **envelope}) == {"rows": []}


@pytest.mark.parametrize(("code_key", "message_key"), SPELLINGS)
@pytest.mark.parametrize(
    ("code", "error"),
    [
        (10101, AuthenticationError),
        (10102, AuthenticationError),
        (10105, AuthenticationError),
        (10000, ConfigurationError),
        (10005, ConfigurationError),
        (430013, ConfigurationError),
        (430022, ConfigurationError),
        (1001, ConfigurationError),
        (2, ConfigurationError),
        (51, RateLimited),
        (90000, RateLimited),
        (90001, RateLimited),
        (99999, RetryableError),
        (100005, AlreadyExists),
        (10006, AlreadyExists),
        (430002, NotFound),
        (10007, NotFound),
        (430019, RejectedError),
        (0, RejectedError),
        (-1, RejectedError),
        (123456, RejectedError),
    ],
)
def test_a_code_in_every_spelling_is_the_error_of_the_table(code_key, message_key, code, error):
    body = {"success": False, code_key: code, message_key: f"row of {PHONE}", "data": {}}
    for given in (code, str(code)):
        raised = refusal({**body, code_key: given})
        assert type(raised) is error
        assert raised.code == str(code)
        assert PHONE not in str(raised)


def test_every_code_of_the_table_is_a_refusal():
    for code, meaning in codes.HAP.items():
        assert type(refusal({"success": False, "error_code": code})) is meaning.error


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (401, 10001, AuthenticationError),
        (401, None, AuthenticationError),
        (413, 10001, PayloadTooLarge),
        (429, 51, RateLimited),
        (429, 77, RateLimited),
        (503, 90001, RateLimited),
        (503, 77, RetryableError),
        (500, 99999, RetryableError),
        (404, 430002, NotFound),
        (403, 10005, ConfigurationError),
        (403, 77, ConfigurationError),
        (400, 10001, RejectedError),
    ],
)
def test_the_http_status_decides_only_where_it_says_more(status, code, error):
    assert type(refusal({"success": False, "error_code": code}, status)) is error


def test_a_throttling_code_outweighs_success():
    assert type(refusal({"success": True, "error_code": 51, "data": []})) is RateLimited


@pytest.mark.parametrize(
    "body",
    [[], "成功", 1, {}, {"data": {"rows": []}}, {"success": None}, {"success": False, "code": "x"}],
)
def test_json_without_an_envelope_breaks_the_contract(body):
    assert type(refusal(body)) is ContractError


QUIRK = {"success": False, "error_code": 0, "error_msg": "成功"}


@pytest.mark.parametrize(("code_key", "message_key"), SPELLINGS)
def test_a_deletion_may_call_itself_failed_with_the_word_success(code_key, message_key):
    assert (
        read({"success": False, code_key: 0, message_key: "成功"}, outcome=data_of_delete) is None
    )


@pytest.mark.parametrize("outcome", [data_of, data_of_structure_edit])
def test_nothing_but_a_deletion_gets_that_credit(outcome):
    assert type(refusal(QUIRK, outcome=outcome)) is RejectedError


@pytest.mark.parametrize(
    "body",
    [
        {"success": False, "error_code": 0, "error_msg": "失败"},
        {"success": False, "error_code": 0},
        {"success": False, "error_code": 10005, "error_msg": "成功"},
    ],
)
def test_a_deletion_that_failed_has_failed(body):
    assert isinstance(refusal(body, outcome=data_of_delete), (RejectedError, ConfigurationError))


def test_stale_structure_is_a_refusal_worth_repeating_for_structure_edits_alone():
    stale = {"success": False, "error_code": 10002, "error_msg": "数据过时，请刷新"}
    assert type(refusal(stale, outcome=data_of_structure_edit)) is RateLimited
    assert type(refusal(stale)) is RejectedError


@pytest.mark.parametrize(
    ("answer", "reading", "writing"),
    [
        ((503, {"success": False, "error_code": 90001}), RateLimited, RateLimited),
        ((429, {"success": False, "error_code": 51}), RateLimited, RateLimited),
        ((200, {"success": False, "errorCode": 51}), RateLimited, RateLimited),
        ((200, {"success": False, "error_code": 99999}), RetryableError, OutcomeUnknown),
        ((503, {"success": False, "error_code": 77}), RetryableError, OutcomeUnknown),
        ((503, "<html>busy</html>"), RetryableError, OutcomeUnknown),
        ((502, "<html>bad gateway</html>"), RetryableError, OutcomeUnknown),
        ((200, "<html>log in</html>"), RetryableError, OutcomeUnknown),
        ((200, ""), RetryableError, OutcomeUnknown),
        ((413, "<html>too large</html>"), PayloadTooLarge, PayloadTooLarge),
        ((401, "Unauthorized"), AuthenticationError, AuthenticationError),
        ((404, "<html>not found</html>"), ConfigurationError, ConfigurationError),
        ((302, "elsewhere"), ContractError, ContractError),
        ((400, '"A non-empty request body is required."'), ContractError, ContractError),
        ((200, {"success": True, "data": None}), ContractError, None),
    ],
)
def test_what_the_transport_makes_of_it(script, answer, reading, writing):
    script.answer_raw(answer[1], answer[0])
    client = script.client()
    with pytest.raises(ConnectorError) as caught:
        client.list_rows("orders")
    assert type(caught.value) is reading
    if writing is None:
        client.update_row("orders", "r1", {"name": "x"})
        return
    with pytest.raises(ConnectorError) as caught:
        client.update_row("orders", "r1", {"name": "x"})
    assert type(caught.value) is writing
