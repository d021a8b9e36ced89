"""An Airflow connection of type `xiaoe`, checked and turned into settings; imports no Airflow.

Fields: host (scheme, port and path prefix may be in it), login = app_id, password = secret_key,
extra `client_id`, `order_feed`, `allow_http`, and `push_token` with `push_aes_key` where the shop
pushes its messages (docs/push.md). A wrong field is reported by its name and by what it
should hold, never by its content.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from connectors import connection_fields as fields
from connectors.errors import Words
from connectors.xiaoe.push import PushKeys

DEFAULT_HOST = "https://api.xiaoe-tech.com"
AES_KEY_BYTES = 32

ORDER_FEEDS = {
    "update": Words("按更新时间读订单", "read orders by update time"),
    "create": Words("按创建时间读订单", "read orders by creation time"),
}


@dataclass(frozen=True, repr=False)
class XiaoeSettings:
    """What a connection says; printing it tells nothing of it."""

    base_url: str
    app_id: str
    secret_key: str
    client_id: str
    allow_http: bool
    order_feed: str

    @classmethod
    def of(cls, connection: fields.AirflowConnection) -> XiaoeSettings:
        """Check a connection.

        Raises:
            ConfigurationError: Names the connection, the field, and what the field should hold.
        """
        return cls(
            base_url=fields.base_url(connection, DEFAULT_HOST),
            app_id=fields.required(
                connection, "login", "login", Words("小鹅通店铺的 app_id", "the shop's app_id")
            ),
            secret_key=fields.required(
                connection,
                "password",
                "password",
                Words("应用的 secret_key", "the app's secret_key"),
            ),
            client_id=fields.text(connection, "client_id"),
            allow_http=fields.flag(connection, "allow_http"),
            order_feed=fields.choice(connection, "order_feed", ORDER_FEEDS),
        )


def push_keys(connection: fields.AirflowConnection) -> PushKeys | None:
    """Return what opens the shop's pushes; None where the connection says nothing of them.

    Raises:
        ConfigurationError: One of the two fields is missing, or is not what the console shows.
    """
    token = fields.text(connection, "push_token")
    text = fields.text(connection, "push_aes_key")
    if not (token or text):
        return None
    if not token:
        holds = Words("消息推送页面的 Token", "the token of the console's page 消息推送")
        raise fields.wrong_field(connection, "push_token", "是空的", "is empty", holds)
    try:
        key = base64.b64decode(f"{text}=", validate=True)
    except binascii.Error:
        key = b""
    if len(key) != AES_KEY_BYTES:
        holds = Words("43 位的 EncodingAESKey", "the EncodingAESKey, 43 characters")
        raise fields.wrong_field(connection, "push_aes_key", "不对", "is wrong", holds)
    app_id = (connection.login or "").strip()
    return PushKeys(token, key, app_id)
