"""An Airflow connection of type `xiaoe`, checked and turned into settings; imports no Airflow.

Fields: host (scheme, port and path prefix may be in it), login = app_id, password = secret_key,
extra `client_id`, `order_feed`, `allow_http`, `allow_private`, and `push_token` with `push_aes_key`
where the shop pushes its messages, for a day also `push_check_on` (docs/push.md). A wrong field is
reported by its name and by what it should hold, never by its content.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import date

from connectors import connection_fields as fields
from connectors.errors import Bilingual
from connectors.typed import typed
from connectors.xiaoe.push import PushKeys

DEFAULT_HOST = "https://api.xiaoe-tech.com"
AES_KEY_BYTES = 32

ORDER_FEEDS = {
    "update": Bilingual("按更新时间读订单", "read orders by update time"),
    "create": Bilingual("按创建时间读订单", "read orders by creation time"),
}


@dataclass(frozen=True, repr=False)
class XiaoeSettings:
    """What a connection says; printing it tells nothing of it."""

    base_url: str
    app_id: str
    secret_key: str
    client_id: str = ""
    allow_http: bool = False
    allow_private: bool = False
    order_feed: str = "update"

    @classmethod
    def of(cls, connection: fields.AirflowConnection) -> XiaoeSettings:
        """Check a connection.

        Raises:
            ConfigurationError: Names the connection, the field, and what the field should hold.
        """
        return cls(
            base_url=fields.base_url(connection, DEFAULT_HOST),
            app_id=fields.required(
                connection, "login", "login", Bilingual("小鹅通店铺的 app_id", "the shop's app_id")
            ),
            secret_key=fields.required(
                connection,
                "password",
                "password",
                Bilingual("应用的 secret_key", "the app's secret_key"),
            ),
            client_id=fields.text(connection, "client_id"),
            allow_http=fields.flag(connection, "allow_http"),
            allow_private=fields.flag(connection, "allow_private"),
            order_feed=fields.choice(connection, "order_feed", ORDER_FEEDS),
        )


def push_keys(connection: fields.AirflowConnection) -> PushKeys | None:
    """Return what opens the shop's pushes; None where the connection says nothing of them.

    Raises:
        ConfigurationError: One of the two fields is missing, or is not what the console shows.
    """
    token = _copied(connection, "push_token")
    text = _copied(connection, "push_aes_key")
    if not (token or text):
        return None
    if not token:
        holds = Bilingual("消息推送页面的 Token", "the token of the console's page 消息推送")
        raise fields.wrong_field(connection, "push_token", "是空的", "is empty", holds)
    try:
        key = base64.b64decode(f"{text}=", validate=True)
    except binascii.Error:
        key = b""
    if len(key) != AES_KEY_BYTES:
        holds = Bilingual("43 位的 EncodingAESKey", "the EncodingAESKey, 43 characters")
        raise fields.wrong_field(connection, "push_aes_key", "不对", "is wrong", holds)
    app_id = typed(connection.login)
    return PushKeys(token, key, app_id, _check_on(connection))


def _copied(connection: fields.AirflowConnection, name: str) -> str:
    """Return a key without what a browser copies along unseen, such as U+200B."""
    return "".join(c for c in fields.text(connection, name) if c.isascii() and c.isprintable())


def _check_on(connection: fields.AirflowConnection) -> date | None:
    text = fields.text(connection, "push_check_on")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        holds = Bilingual("某一天，如 2026-11-28", "a day, such as 2026-11-28")
        raise fields.wrong_field(
            connection, "push_check_on", "不是日期", "is no date", holds
        ) from None
