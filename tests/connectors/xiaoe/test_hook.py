"""From an Airflow connection to a client, and what the Test button says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from airflow.sdk import Connection

from connectors.errors import ConfigurationError
from connectors.state.chosen import shared_state
from connectors.state.files import FileState
from connectors.xiaoe.hook import XiaoeHook
from tests.connectors.loopback import Act, Loopback, Request
from tests.connectors.xiaoe_shop import SECRET, data, serve_data, token_answer

EMPTY: dict[str, Any] = {"total": 0, "list": [], "row_count": 0, "form_list": []}


@pytest.fixture(autouse=True)
def _own_token_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XIAOE_TOKEN_DIR", str(tmp_path / "tokens"))


def set_connection(monkeypatch: pytest.MonkeyPatch, **fields: Any) -> None:
    extra = {"client_id": "xop1", "allow_http": True, **fields.pop("extra", {})}
    whole = {"conn_type": "xiaoe", "login": "app1", "password": SECRET, **fields, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_XIAOE_DEFAULT", json.dumps(whole))


@pytest.mark.parametrize("prefix", ["", "/", "/some/prefix"])
def test_a_connection_as_json_makes_a_client(
    server: Loopback, monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    serve_data(server, EMPTY)
    set_connection(monkeypatch, host=f"{server.url}{prefix}")
    client = XiaoeHook().get_conn()
    assert client.app_id == "app1"
    assert client.list_forms(1).total == 0
    token, call = server.requests
    assert token.path == f"{prefix.rstrip('/')}/token"
    assert (token.query["secret_key"], token.query["client_id"]) == (SECRET, "xop1")
    assert call.path == f"{prefix.rstrip('/')}/xe.information.form.get/1.0.0"


@pytest.mark.parametrize("form", ["written by hand", "as the Test button makes it"])
def test_a_connection_as_uri_makes_a_client(
    server: Loopback, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    serve_data(server, EMPTY)
    uri = (
        f"xiaoe://app1:{quote(SECRET, safe='')}@127.0.0.1:{server.port}/http"
        "?client_id=xop1&allow_http=true&order_feed=create"
    )
    if form != "written by hand":
        extra = {"client_id": "xop1", "allow_http": True, "order_feed": "create"}
        uri = Connection(
            conn_id="shop",
            conn_type="xiaoe",
            host=server.url,
            login="app1",
            password=SECRET,
            extra=json.dumps(extra),
        ).get_uri()
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", uri)
    hook = XiaoeHook("shop")
    assert hook.order_feed == "create"
    hook.get_conn().list_forms(1)
    assert server.requests[0].query["secret_key"] == SECRET


def test_paths_and_the_place_of_the_rates_reach_the_client(
    server: Loopback, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    serve_data(server, EMPTY)
    set_connection(monkeypatch, host=server.url)
    paths = {"goods.list": "xe.goods.list.get/5.0.0"}
    client = XiaoeHook().get_conn(paths, shares=4, rate_state=FileState(tmp_path / "rates"))
    client.list_goods(1)
    assert server.requests[-1].path == "/xe.goods.list.get/5.0.0"
    assert list((tmp_path / "rates").glob("*.rate"))


def test_the_password_of_the_shared_state_is_masked_before_it_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = "redis://:st4te-password@127.0.0.1:1/0"
    masked: list[str] = []
    monkeypatch.setattr("connectors.masking.mask_secret", masked.append)
    set_connection(monkeypatch)
    monkeypatch.setenv("XIAOE_STATE", address)
    XiaoeHook().get_conn()
    assert {address, "st4te-password"} <= set(masked)


def test_nothing_is_read_before_first_use() -> None:
    XiaoeHook("no_such_connection")


def test_the_order_feed_is_by_update_time_unless_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    set_connection(monkeypatch)
    assert XiaoeHook().order_feed == "update"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"login": ""}, ["xiaoe_default", "「login」", "app_id"]),
        ({"password": None}, ["xiaoe_default", "「password」", "secret_key"]),
        ({"extra": {"order_feed": "canary"}}, ["「order_feed」", "update", "create"]),
        ({"extra": {"allow_http": "canary"}}, ["「allow_http」", "true"]),
        ({"host": "http://canary.example", "extra": {"allow_http": False}}, ["http"]),
        ({"host": "https://user:canary@x.example"}, ["host"]),
        ({"host": "canary.example:port"}, ["host"]),
    ],
)
def test_a_wrong_connection_is_reported_in_words(
    monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any], told: list[str]
) -> None:
    set_connection(monkeypatch, **fields)
    with pytest.raises(ConfigurationError) as caught:
        XiaoeHook().get_conn()
    for words in told:
        assert words in str(caught.value)
    assert "canary" not in str(caught.value)
    assert XiaoeHook().test_connection() == (False, str(caught.value))


def test_secret_and_token_are_masked_in_every_written_form(
    server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    masked: set[str] = set()
    monkeypatch.setattr("connectors.masking.mask_secret", masked.add)
    serve_data(server, EMPTY)
    set_connection(monkeypatch, host=server.url)
    XiaoeHook().get_conn().list_forms(1)
    assert {SECRET, quote(SECRET), quote(SECRET, safe=""), "xe_token_0001"} <= masked


def test_tokens_are_kept_in_airflows_home_unless_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", "/srv/airflow")
    monkeypatch.setenv("XIAOE_TOKEN_DIR", "/srv/tokens")
    assert shared_state() == FileState(Path("/srv/tokens"))
    monkeypatch.delenv("XIAOE_TOKEN_DIR")
    assert shared_state() == FileState(Path("/srv/airflow/xiaoe_tokens"))


def answers(codes: dict[str, int], **options: Any) -> Any:
    """Answer each path with a code, 0 if it has none."""

    def route(request: Request) -> Act:
        code = next((code for part, code in codes.items() if part in request.path), 0)
        if code:
            return data(None, code=code, **options)
        if request.path == "/token":
            return token_answer()
        if "goods.detail" in request.path:
            return data({"resource_info": []})
        return data({**EMPTY, "order_info": {"order_id": "o"}, "user_id": "u"})

    return route


def test_the_test_button_is_green_when_every_interface_answers(
    server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.route = answers({"order.detail": 4711, "user.info": 2010})
    set_connection(monkeypatch, host=server.url)
    assert XiaoeHook().test_connection() == (
        True,
        "连接正常，16 个接口可用 / connected, 16 interfaces work",
    )


@pytest.mark.parametrize(
    ("code", "message", "told"),
    [
        (2004, "", ["secret_key 错误", "secret_key is wrong", "小鹅通连接"]),
        (2002, "", ["app_id 无效", "app_id is invalid"]),
        (2051, "ip 203.0.113.7 not allowed", ["白名单", "203.0.113.7", "whitelist"]),
    ],
)
def test_the_test_button_says_why_no_token_is_given(
    server: Loopback, monkeypatch: pytest.MonkeyPatch, code: int, message: str, told: list[str]
) -> None:
    server.route = answers({"/token": code}, msg=message)
    set_connection(monkeypatch, host=server.url)
    ok, text = XiaoeHook().test_connection()
    assert not ok
    assert len(server.requests) == 1
    for words in told:
        assert words in text


@pytest.mark.parametrize(("client_id", "hinted"), [("", True), ("xopDEMO0001", False)])
def test_a_client_id_that_was_left_out_is_named_where_the_vendor_blames_the_app_id(
    server: Loopback, monkeypatch: pytest.MonkeyPatch, client_id: str, hinted: bool
) -> None:
    server.route = answers({"/token": 2002})
    set_connection(monkeypatch, host=server.url, extra={"client_id": client_id})
    _, text = XiaoeHook().test_connection()
    assert ("client_id 没有填" in text) is hinted


def test_the_test_button_names_each_missing_permission_set(
    server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.route = answers({"information": 2017, "purchase": 2017})
    set_connection(monkeypatch, host=server.url)
    ok, text = XiaoeHook().test_connection()
    assert not ok
    assert "「信息采集/表单管理-查询」" in text
    assert "「订购管理-查询」" in text
    assert "「订单管理-查询」" not in text
    assert [line.split(":")[0] for line in text.splitlines()] == [
        "purchase",
        "information.form, information.form.result, information.user",
    ]


def test_the_test_button_notices_a_wrong_secret_although_a_token_is_kept(
    server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve_data(server, EMPTY)
    set_connection(monkeypatch, host=server.url)
    XiaoeHook().get_conn().list_forms(1)
    server.route = answers({"/token": 2004})
    assert XiaoeHook().test_connection()[0] is False


def test_the_test_button_names_a_wrong_push_key(
    server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve_data(server, EMPTY)
    set_connection(monkeypatch, host=server.url, extra={"push_token": "t" * 16})
    worked, message = XiaoeHook().test_connection()
    assert not worked
    assert "push_aes_key" in message
    assert "t" * 16 not in message
