"""An Airflow connection of type `mingdao`, checked and turned into settings; imports no Airflow.

Fields: host (scheme, port and path prefix may be in it), login = AppKey, password = Sign, extra
`timezone`, `trigger_workflow`, `allow_http`. A wrong field is reported by its name and by what it
should hold, never by its content.
What a stranger would get wrong: everything in extra is a string when the connection comes from a
URI, `{"allow_http": "false"}` included.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from connectors.address import Address
from connectors.errors import ConfigurationError, Words

DEFAULT_TIMEZONE = "Asia/Shanghai"

_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class AirflowConnection(Protocol):
    """The part of Airflow's Connection that is read here."""

    conn_id: str
    host: str | None
    login: str | None
    password: str | None
    schema: str | None
    port: int | None
    extra: str | None


@dataclass(frozen=True)
class MingdaoSettings:
    """What a client needs to know; printing it tells no credential."""

    base_url: str
    appkey: str = field(repr=False)
    sign: str = field(repr=False)
    timezone: str = DEFAULT_TIMEZONE
    trigger_workflow: bool = False
    allow_http: bool = False

    @classmethod
    def of(cls, connection: AirflowConnection) -> MingdaoSettings:
        """Check a connection.

        Raises:
            ConfigurationError: Names the connection, the field, and what the field should hold.
        """
        form = _Form(connection)
        extra = form.extra()
        allow_http = form.boolean(extra, "allow_http")
        return cls(
            base_url=form.base_url(allow_http),
            appkey=form.credential("login", connection.login, "AppKey"),
            sign=form.credential("password", connection.password, "Sign"),
            timezone=form.timezone(extra),
            trigger_workflow=form.boolean(extra, "trigger_workflow"),
            allow_http=allow_http,
        )


class _Form:
    """The fields of one connection, each with its complaint."""

    def __init__(self, connection: AirflowConnection) -> None:
        self._connection = connection

    def extra(self) -> dict[str, Any]:
        try:
            extra = json.loads(self._connection.extra or "{}")
        except ValueError:
            extra = None
        if not isinstance(extra, dict):
            raise self._wrong("extra", "应为 JSON 对象", "must be a JSON object")
        return extra

    def boolean(self, extra: dict[str, Any], name: str) -> bool:
        value = extra.get(name)
        word = "false" if value in (None, "") else str(value).strip().lower()
        if word not in _BOOLEANS:
            raise self._wrong(f"extra.{name}", "应为 true 或 false", "must be true or false")
        return _BOOLEANS[word]

    def timezone(self, extra: dict[str, Any]) -> str:
        name = str(extra.get("timezone") or DEFAULT_TIMEZONE).strip()
        try:
            ZoneInfo(name)
        except (ValueError, OSError, LookupError):  # bad key, a directory, unknown zone
            raise self._wrong(
                "extra.timezone",
                "应为时区名，例如 Asia/Shanghai",
                "must be the name of a time zone such as Asia/Shanghai",
            ) from None
        return name

    def credential(self, name: str, value: str | None, label: str) -> str:
        """Headers take visible ASCII alone, and a pasted line break would show up in an error."""
        text = (value or "").strip()
        if not text:
            raise self._wrong(
                name, f"为空，应为应用授权的 {label}", f"is empty: put the {label} here"
            )
        if not (text.isascii() and text.isprintable() and " " not in text):
            raise self._wrong(
                name,
                f"含有空白、换行或非 ASCII 字符，请重新复制 {label}",
                f"holds blanks, line breaks or other characters: copy the {label} again",
            )
        return text

    def base_url(self, allow_http: bool) -> str:
        host = (self._connection.host or "").strip()
        if not host:
            raise self._wrong(
                "host",
                "为空，应为 https://api.mingdao.com，私有部署为 https://主机/api",
                "is empty: https://api.mingdao.com, or https://HOST/api for a private deployment",
            )
        url = self._with_port(host if "://" in host else f"{self._scheme()}://{host}")
        try:
            address = Address.parse(url, allow_http=allow_http)
        except ConfigurationError as error:
            raise self._wrong("host", error.explanation.zh, error.explanation.en) from None
        if "v3" in address.prefix.split("/"):
            raise self._wrong(
                "host", "不要带 /v3，只写到它之前", "must stop before /v3, which is added to it"
            )
        return f"{address.origin}{address.prefix}"

    def _scheme(self) -> str:
        scheme = (self._connection.schema or "https").strip().lower()
        if scheme not in ("http", "https"):
            raise self._wrong(
                "schema",
                "应为空、http 或 https；路径前缀写在 host 里",
                "must be empty, http or https; a path prefix belongs into host",
            )
        return scheme

    def _with_port(self, url: str) -> str:
        port = self._connection.port
        authority = urlsplit(url).netloc
        if not port or authority.rpartition("]")[2].rpartition(":")[1]:
            return url
        return url.replace(authority, f"{authority}:{port}", 1)

    def _wrong(self, name: str, zh: str, en: str) -> ConfigurationError:
        conn_id = self._connection.conn_id
        return ConfigurationError(
            f"connection {conn_id}",
            Words(f"字段 {name}：{zh}", f"field {name}: {en}"),
            Words("在 Airflow 的连接页面修改", "correct it on Airflow's connections page"),
        )
