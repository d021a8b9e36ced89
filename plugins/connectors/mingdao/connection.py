"""An Airflow connection of type `mingdao`, checked and turned into settings; imports no Airflow.

Fields: host (scheme, port and path prefix may be in it), login = AppKey, password = Sign, extra
`timezone`, `trigger_workflow`, `allow_http`, `allow_private`. A wrong field is reported by its name
and by what it should hold, never by its content.
What a stranger would get wrong: in a connection URI the part behind the host is the field `schema`
and no path, so `mingdao://…@hap.example.com/api` loses its `/api` unless somebody says so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from zoneinfo import ZoneInfo

from connectors import connection_fields as fields
from connectors.errors import Bilingual, ConfigurationError
from connectors.http.address import Address
from connectors.typed import typed

DEFAULT_CONNECTION = "mingdao_default"
DEFAULT_TIMEZONE = "Asia/Shanghai"

_HOST = Bilingual(
    "https://api.mingdao.com，私有部署为 https://主机/api",
    "https://api.mingdao.com, or https://HOST/api for a private deployment",
)
_APPKEY = Bilingual("应用授权的 AppKey", "the AppKey of the app's authorisation")
_SIGN = Bilingual("应用授权的 Sign", "the Sign of the app's authorisation")
_TIMEZONE = Bilingual("时区名，例如 Asia/Shanghai", "the name of a time zone such as Asia/Shanghai")


class MingdaoConnection(fields.AirflowConnection, Protocol):
    """The part of an Airflow connection that is read here."""

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
    allow_private: bool = False
    conn_id: str = DEFAULT_CONNECTION

    @classmethod
    def of(cls, connection: MingdaoConnection) -> MingdaoSettings:
        """Check a connection.

        Raises:
            ConfigurationError: Names the connection, the field, and what the field should hold.
        """
        _check_extra(connection)
        switches = {name: fields.flag(connection, name) for name in ("allow_http", "allow_private")}
        return cls(
            base_url=_base_url(connection, switches),
            appkey=_credential(connection, "login", _APPKEY),
            sign=_credential(connection, "password", _SIGN),
            timezone=_timezone(connection),
            trigger_workflow=fields.flag(connection, "trigger_workflow"),
            conn_id=connection.conn_id,
            **switches,
        )


def _check_extra(connection: MingdaoConnection) -> None:
    """Airflow itself takes an unreadable extra for an empty one, and says so only in a log."""
    try:
        extra = json.loads(connection.extra or "{}")
    except ValueError:
        extra = None
    if not isinstance(extra, dict):
        holds = Bilingual("JSON 对象，或留空", "a JSON object, or nothing")
        raise fields.wrong_field(connection, "extra", "读不懂", "cannot be read", holds)


def _credential(connection: MingdaoConnection, name: str, holds: Bilingual) -> str:
    """Headers take visible ASCII alone, and a pasted line break would show up in an error."""
    text = fields.required(connection, name, name, holds)
    if not (text.isascii() and text.isprintable() and " " not in text):
        raise fields.wrong_field(
            connection, name, "含有空白或特殊字符", "holds blanks or other characters", holds
        )
    return text


def _timezone(connection: MingdaoConnection) -> str:
    name = fields.text(connection, "timezone", DEFAULT_TIMEZONE)
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # a path, a directory, an unknown zone
        raise fields.wrong_field(
            connection, "timezone", "不是时区", "is no time zone", _TIMEZONE
        ) from None
    return name


def _base_url(connection: MingdaoConnection, switches: Mapping[str, bool]) -> str:
    fields.required(connection, "host", "host", _HOST)
    if typed(connection.schema).lower() not in ("", "http", "https"):
        holds = Bilingual(
            "空、http 或 https；路径写在 host 里", "nothing, http or https; paths go to host"
        )
        raise fields.wrong_field(connection, "schema", "取值不对", "has an unknown value", holds)
    try:
        address = Address.parse(fields.base_url(connection), **switches)
    except ConfigurationError as error:
        # the address does not know which connection it came from
        words = error.explanation
        raise ConfigurationError(
            f"connection {connection.conn_id}",
            Bilingual(f"字段「host」：{words.zh}", f"field 「host」: {words.en}"),
            error.action,
        ) from None
    if "v3" in address.prefix.split("/"):
        raise fields.wrong_field(connection, "host", "带了 /v3", "goes on to /v3", _HOST)
    return f"{address.origin}{address.prefix}"
