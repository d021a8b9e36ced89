from __future__ import annotations

import io
import json
import logging
from base64 import b64encode
from typing import Any
from urllib.parse import quote, quote_plus
from zoneinfo import ZoneInfo

import pytest
from airflow.sdk._shared.secrets_masker import redact

from connectors.errors import ConfigurationError, ConnectorError
from connectors.mingdao.hook import MingdaoHook
from tests.connectors.loopback import Loopback
from tests.connectors.mingdao.loopback import APPKEY, SIGN, Script

ENV = "AIRFLOW_CONN_MINGDAO_DEFAULT"
APP = {
    "appId": "a1",
    "name": "订单中台",
    "sections": [{"id": "s", "items": [{"id": "w1", "name": "Orders", "type": 0}]}],
}
SHEETS = [{"id": "w1", "name": "Orders"}, {"id": "w2", "name": "Customers"}]


def connection(**fields: Any) -> str:
    given = {
        "conn_type": "mingdao",
        "host": "https://api.mingdao.com",
        "login": APPKEY,
        "password": SIGN,
        **fields,
    }
    return json.dumps({name: value for name, value in given.items() if value is not None})


@pytest.fixture
def script(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> Script:
    script = Script(server)
    monkeypatch.setenv(ENV, connection(host=script.base_url, extra={"allow_http": True}))
    return script


@pytest.mark.parametrize(
    ("value", "base_url"),
    [
        (connection(host="api.mingdao.com"), "https://api.mingdao.com"),
        (connection(host="https://api.mingdao.com/"), "https://api.mingdao.com"),
        (connection(host="hap.example.com/api"), "https://hap.example.com/api"),
        (connection(host="hap.example.com/api/", port=8443), "https://hap.example.com:8443/api"),
        (connection(host="https://hap.example.com:8443/api"), "https://hap.example.com:8443/api"),
        (connection(host="https://hap.example.com:1/api", port=2), "https://hap.example.com:1/api"),
        (connection(host="hap.example.com", schema="https"), "https://hap.example.com"),
        (
            connection(
                host="10.0.0.5/api", schema="http", extra={"allow_http": 1, "allow_private": 1}
            ),
            "http://10.0.0.5/api",
        ),
        (
            connection(host="10.0.0.5/api", extra={"allow_private": True}),
            "https://10.0.0.5/api",
        ),
        (
            connection(host="http://127.0.0.1:9000/some/prefix", extra='{"allow_http": "true"}'),
            "http://127.0.0.1:9000/some/prefix",
        ),
        (connection(host="http://[::1]", port=80, extra={"allow_http": 1}), "http://[::1]:80"),
        (f"mingdao://{APPKEY}:{quote(SIGN, safe='')}@api.mingdao.com", "https://api.mingdao.com"),
        (
            f"mingdao://{APPKEY}:{quote(SIGN, safe='')}@hap.example.com%2Fapi:8443",
            "https://hap.example.com:8443/api",
        ),
        (
            f"mingdao://{APPKEY}:{quote(SIGN, safe='')}@127.0.0.1:9000/http?allow_http=true",
            "http://127.0.0.1:9000",
        ),
    ],
)
def test_the_base_url_of_a_connection(monkeypatch, value, base_url):
    monkeypatch.setenv(ENV, value)
    settings = MingdaoHook().settings
    assert settings.base_url == base_url
    assert (settings.appkey, settings.sign) == (APPKEY, SIGN)


@pytest.mark.parametrize(
    ("extra", "zone", "trigger"),
    [
        (None, "Asia/Shanghai", False),
        ({}, "Asia/Shanghai", False),
        ({"timezone": ""}, "Asia/Shanghai", False),
        ({"timezone": "Asia/Singapore", "trigger_workflow": True}, "Asia/Singapore", True),
        ('{"trigger_workflow": "false"}', "Asia/Shanghai", False),
    ],
)
def test_the_client_has_the_settings_of_extra(monkeypatch, extra, zone, trigger):
    monkeypatch.setenv(ENV, connection(extra=extra))
    client = MingdaoHook().get_conn(shares=4)
    assert client.zone == ZoneInfo(zone)
    assert client.trigger_workflow is trigger


def test_another_connection_id(monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_OTHER_APP", connection(host="other.example.com/api"))
    assert MingdaoHook("other_app").settings.base_url == "https://other.example.com/api"


@pytest.mark.parametrize(
    ("fields", "field", "hint"),
    [
        ({"host": None}, "host", "https://api.mingdao.com"),
        ({"host": "http://api.mingdao.com"}, "host", "http"),
        ({"host": "api.mingdao.com", "schema": "http"}, "host", "http"),
        ({"host": "127.0.0.1:9000"}, "host", "private"),
        ({"host": "https://169.254.169.254", "extra": {"allow_http": True}}, "host", "private"),
        ({"host": f"https://x:{quote(SIGN, safe='')}@api.mingdao.com"}, "host", "account"),
        ({"host": "https://api.mingdao.com/v3"}, "host", "/v3"),
        ({"host": "https://hap.example.com/api/v3/app"}, "host", "/v3"),
        ({"host": "https://"}, "host", "web address"),
        ({"host": "hap.example.com", "schema": "api"}, "schema", "paths go to host"),
        ({"login": None}, "login", "AppKey"),
        ({"login": "  "}, "login", "AppKey"),
        ({"login": "张三的密钥"}, "login", "AppKey"),
        ({"password": None}, "password", "Sign"),
        ({"password": f"{SIGN}\n{SIGN}"}, "password", "Sign"),
        ({"password": f"{SIGN} x"}, "password", "Sign"),
        ({"extra": "[1]"}, "extra", "JSON object"),
        ({"extra": f"{SIGN}"}, "extra", "JSON object"),
        ({"extra": {"timezone": "Beijing"}}, "timezone", "Asia/Shanghai"),
        ({"extra": {"timezone": "Asia"}}, "timezone", "Asia/Shanghai"),
        ({"extra": {"timezone": "../etc/passwd"}}, "timezone", "Asia/Shanghai"),
        ({"extra": {"trigger_workflow": "maybe"}}, "trigger_workflow", "true or false"),
        ({"host": "http://10.0.0.5", "extra": {"allow_http": True}}, "host", "allow_private"),
        ({"host": "http://10.0.0.5", "extra": {"allow_private": True}}, "host", "allow_http"),
        ({"extra": {"allow_http": "maybe"}}, "allow_http", "true or false"),
        ({"extra": {"allow_private": "maybe"}}, "allow_private", "true or false"),
    ],
)
def test_a_wrong_field_is_named_with_what_it_should_hold(monkeypatch, fields, field, hint):
    monkeypatch.setenv(ENV, connection(**fields))
    with pytest.raises(ConfigurationError) as caught:
        MingdaoHook().get_conn()
    message = str(caught.value)
    assert message.startswith("connection mingdao_default: ")
    assert f"字段「{field}」" in message
    assert f"field 「{field}」" in message
    assert hint in message
    assert SIGN not in message
    ok, shown = MingdaoHook().test_connection()
    assert (ok, shown) == (False, message)


def test_settings_are_printed_without_credentials(monkeypatch):
    monkeypatch.setenv(ENV, connection())
    shown = repr(MingdaoHook().settings)
    assert SIGN not in shown
    assert APPKEY not in shown


FORMS = [
    SIGN,
    APPKEY,
    quote(SIGN, safe=""),
    quote_plus(SIGN),
    b64encode(SIGN.encode()).decode(),
    json.dumps({"sign": SIGN}),
]


@pytest.mark.parametrize("form", FORMS)
def test_airflow_masks_every_form_of_the_credentials(monkeypatch, form):
    monkeypatch.setenv(ENV, connection())
    assert MingdaoHook().settings
    shown = str(redact(f"GET https://x/?sign={form}&page=1"))
    assert form not in shown
    assert "***" in shown
    assert "page=1" in shown


def test_the_test_names_the_app_and_counts_its_worksheets(script):
    script.answer(APP)
    script.answer(SHEETS)
    ok, message = MingdaoHook().test_connection()
    assert ok
    assert message == (
        "已连接应用「订单中台」，共 2 张工作表 / connected to app 「订单中台」 with 2 worksheets"
    )


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (200, 10101, ["AppKey 不存在", "no such AppKey", "明道云连接"]),
        (200, 10102, ["Sign 不合法", "the Sign is wrong", "明道云连接"]),
        (401, 10001, ["凭证被拒绝", "AppKey", "Sign"]),
        (200, 10000, ["IP", "allow-list"]),
        (200, 1001, ["应用不存在", "no such app"]),
        (200, 10005, ["没有数据操作权限", "no permission", "grant"]),
        (503, 90001, ["过于频繁", "too many calls"]),
    ],
)
def test_the_test_says_in_both_languages_what_is_wrong(script, status, code, words):
    script.answer(status=status, success=False, error_code=code, error_msg="x")
    ok, message = MingdaoHook().test_connection()
    assert not ok
    for word in words:
        assert word in message


def test_the_test_notices_a_permission_that_is_missing_for_worksheets_only(script):
    script.answer(APP)
    script.answer(success=False, error_code=10005)
    ok, message = MingdaoHook().test_connection()
    assert not ok
    assert "没有数据操作权限" in message


@pytest.mark.parametrize(
    ("status", "body"), [(200, "<html>HAP</html>"), (404, "<html>?</html>"), (200, "{}")]
)
def test_a_private_server_without_its_prefix_is_guessed(script, monkeypatch, status, body):
    script.answer_raw(body, status)
    ok, message = MingdaoHook().test_connection()
    assert not ok
    assert "/api" in message
    assert "private deployment" in message
    with_prefix = connection(host=f"{script.base_url}/api", extra={"allow_http": True})
    monkeypatch.setenv(ENV, with_prefix)
    assert "private deployment" not in MingdaoHook().test_connection()[1]


def test_a_refused_credential_is_not_blamed_on_the_prefix(script):
    script.answer(success=False, error_code=10102)
    assert "private deployment" not in MingdaoHook().test_connection()[1]


def test_the_test_does_not_try_twice(script):
    script.answer_raw("busy", 502)
    assert not MingdaoHook().test_connection()[0]
    assert len(script.requests) == 1


def test_a_hook_touches_nothing_before_its_first_use(monkeypatch):
    monkeypatch.delenv(ENV, raising=False)
    assert MingdaoHook().conn_id == "mingdao_default"


@pytest.mark.parametrize(
    ("status", "body"), [(400, SIGN), (200, f'{{"success": false, "msg": "{SIGN}"}}')]
)
def test_no_credential_in_what_the_hook_says_or_logs(script, status, body):
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        script.answer_raw(body, status)
        _, message = MingdaoHook().test_connection()
        with pytest.raises(ConnectorError) as caught:
            MingdaoHook().get_conn().app()
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    spoken = f"{message}{caught.value!r}{written.getvalue()}"
    assert SIGN not in spoken
    assert APPKEY not in spoken
