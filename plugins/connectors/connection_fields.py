"""Reads an Airflow connection for both hooks, and says in words what is wrong with it.

A stranger would expect one shape of host. It may hold a scheme, a port and a path prefix, or leave
them to the form's other fields, and it survives the trip through a connection URI, which is how the
Test button and ``AIRFLOW_CONN_*`` hand a connection over.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote, quote_plus, urlsplit, urlunsplit

from connectors.errors import Bilingual, ConfigurationError
from connectors.typed import typed

_TRUE = ("true", "1", "yes", "on")
_FALSE = ("false", "0", "no", "off", "", "none", "null")


class AirflowConnection(Protocol):
    """The part of an Airflow connection that is read here."""

    conn_id: str
    host: str | None
    schema: str | None
    login: str | None
    password: str | None
    port: int | None

    @property
    def extra_dejson(self) -> dict[str, Any]:
        """The extra as a dict."""


def required(connection: AirflowConnection, field: str, label: str, holds: Bilingual) -> str:
    """Return a standard field's text.

    Raises:
        ConfigurationError: It is empty; names the connection, the field and what it should hold.
    """
    text = typed(getattr(connection, field))
    if not text:
        raise wrong_field(connection, label, "是空的", "is empty", holds)
    return text


def flag(connection: AirflowConnection, name: str) -> bool:
    """Return a yes-or-no of the extra; text counts too, because a connection URI has only text."""
    text = typed(connection.extra_dejson.get(name)).lower()
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    holds = Bilingual("true 或 false", "true or false")
    raise wrong_field(connection, name, "不是布尔值", "is no boolean", holds)


def text(connection: AirflowConnection, name: str, default: str = "") -> str:
    """Return a text of the extra."""
    value = connection.extra_dejson.get(name)
    return typed(value) or default


def choice(connection: AirflowConnection, name: str, options: Mapping[str, Bilingual]) -> str:
    """Return one of the options of the extra; the first one when the field is empty."""
    value = text(connection, name, next(iter(options)))
    if value not in options:
        zh = "；".join(f"{key} = {words.zh}" for key, words in options.items())
        en = "; ".join(f"{key} = {words.en}" for key, words in options.items())
        raise wrong_field(connection, name, "取值不对", "has an unknown value", Bilingual(zh, en))
    return value


def base_url(connection: AirflowConnection, default_host: str = "") -> str:
    """Put scheme, host, port and path prefix together; https unless host or schema say http."""
    host = typed(connection.host) or default_host
    if not host:
        holds = Bilingual("服务器地址，如 https://api.example.com", "the server, such as https://…")
        raise wrong_field(connection, "host", "是空的", "is empty", holds)
    scheme = "http" if typed(connection.schema).lower() == "http" else "https"
    parts = urlsplit(host if "://" in host else f"{scheme}://{host}")
    try:
        port = None if parts.port else connection.port
    except ValueError:
        holds = Bilingual("1 到 65535 的端口", "a port from 1 to 65535")
        raise wrong_field(connection, "host", "端口不对", "has a wrong port", holds) from None
    netloc = f"{parts.netloc}:{port}" if port else parts.netloc
    return urlunsplit((parts.scheme, netloc, parts.path, parts.query, parts.fragment))


def written_forms(secret: str) -> set[str]:
    """Return the ways in which a secret can show up in a log: plain, URL-quoted, base64, JSON."""
    if not secret:
        return set()
    encoded = secret.encode("utf-8")
    return {
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        base64.b64encode(encoded).decode("ascii"),
        base64.urlsafe_b64encode(encoded).decode("ascii"),
        json.dumps(secret)[1:-1],
    }


def wrong_field(
    connection: AirflowConnection, label: str, zh: str, en: str, holds: Bilingual
) -> ConfigurationError:
    """Build the error for one field; it never repeats what the field holds."""
    return ConfigurationError(
        f"connection {connection.conn_id}",
        Bilingual(f"字段「{label}」{zh}", f"field 「{label}」 {en}"),
        Bilingual(
            f"在 Airflow 的 Admin → Connections 改正，应填：{holds.zh}",
            f"correct it under Admin > Connections; it should hold: {holds.en}",
        ),
    )
