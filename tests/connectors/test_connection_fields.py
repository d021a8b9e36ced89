"""How the fields of a connection make a base URL and options."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.sdk import Connection

from connectors.connection_fields import base_url, choice, flag, required, text, written_forms
from connectors.errors import Bilingual, ConfigurationError

HOLDS = Bilingual("某物", "something")


def connection(extra: str | None = None, **fields: Any) -> Any:
    return Connection(conn_id="c", conn_type="x", extra=extra, **fields)


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({}, "https://default.example"),
        ({"host": "api.example.com"}, "https://api.example.com"),
        ({"host": "api.example.com", "schema": "http"}, "http://api.example.com"),
        ({"host": "api.example.com", "schema": "https"}, "https://api.example.com"),
        ({"host": "http://127.0.0.1:9000/some/prefix"}, "http://127.0.0.1:9000/some/prefix"),
        ({"host": "127.0.0.1:9000/p", "schema": "http"}, "http://127.0.0.1:9000/p"),
        ({"host": "hap.example.com/api", "port": 8443}, "https://hap.example.com:8443/api"),
        ({"host": "hap.example.com:1/api", "port": 8443}, "https://hap.example.com:1/api"),
        ({"host": " https://api.example.com/ "}, "https://api.example.com/"),
    ],
)
def test_host_schema_and_port_make_a_base_url(fields: dict[str, Any], url: str) -> None:
    assert base_url(connection(**fields), "https://default.example") == url


def test_a_host_without_a_default_must_be_given() -> None:
    with pytest.raises(ConfigurationError, match="connection c: 字段「host」是空的"):
        base_url(connection())


def test_a_required_field_is_named_with_what_it_should_hold() -> None:
    assert required(connection(login=" a "), "login", "AppKey", HOLDS) == "a"
    with pytest.raises(ConfigurationError) as caught:
        required(connection(), "login", "AppKey", HOLDS)
    assert str(caught.value) == (
        "connection c: 字段「AppKey」是空的 / field 「AppKey」 is empty — "
        "在 Airflow 的 Admin → Connections 改正，应填：某物 / "
        "correct it under Admin > Connections; it should hold: something"
    )


@pytest.mark.parametrize(
    ("extra", "value"),
    [
        (None, False),
        ("{}", False),
        ('{"on": true}', True),
        ('{"on": "true"}', True),
        ('{"on": "True"}', True),
        ('{"on": "0"}', False),
        ('{"on": null}', False),
        ('{"on": ""}', False),
    ],
)
def test_a_flag_may_be_text(extra: str | None, value: bool) -> None:
    assert flag(connection(extra), "on") is value


def test_texts_and_choices_fall_back() -> None:
    options = {"a": HOLDS, "b": HOLDS}
    assert text(connection('{"t": " x "}'), "t") == "x"
    assert text(connection('{"t": ""}'), "t", "d") == "d"
    assert choice(connection(), "c", options) == "a"
    assert choice(connection('{"c": "b"}'), "c", options) == "b"


def test_a_secret_is_known_in_each_way_it_can_be_written() -> None:
    forms = written_forms('a+b/c="é')
    assert {'a+b/c="é', "a%2Bb%2Fc%3D%22%C3%A9", "a%2Bb/c%3D%22%C3%A9"} <= forms
    assert {"YStiL2M9IsOp", 'a+b/c=\\"\\u00e9'} <= forms
    assert written_forms("") == set()
