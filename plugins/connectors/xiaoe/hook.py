"""Airflow's hook for the shop: a connection in, a client out.

Nothing is fetched and nothing is called before first use. The connection is read once, because each
read costs a trip to the API server.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from airflow.sdk import BaseHook

from connectors import connection_fields as fields
from connectors.errors import ConnectorError, Words
from connectors.masking import mask
from connectors.xiaoe.check import Checked
from connectors.xiaoe.client import XiaoeClient, connect

DEFAULT_HOST = "https://api.xiaoe-tech.com"

ORDER_FEEDS = {
    "update": Words("按更新时间读订单", "read orders by update time"),
    "create": Words("按创建时间读订单", "read orders by creation time"),
}


@dataclass(frozen=True)
class _Settings:
    """What the connection says."""

    base_url: str
    app_id: str
    secret_key: str
    client_id: str
    allow_http: bool
    order_feed: str

    def __repr__(self) -> str:
        return "_Settings()"


class XiaoeHook(BaseHook):
    """Turns a connection of type ``xiaoe`` into a `XiaoeClient`.

    Args:
        conn_id: The connection: host, login = app_id, password = secret_key, and the extras
            client_id, order_feed, allow_http.
    """

    conn_name_attr = "conn_id"
    default_conn_name = "xiaoe_default"
    conn_type = "xiaoe"
    hook_name = "小鹅通 / Xiaoe-tong"

    def __init__(self, conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.conn_id = conn_id

    def get_conn(self, paths: Mapping[str, str] | None = None, shares: int = 1) -> XiaoeClient:
        """Return a client.

        Args:
            paths: Paths to use in place of the defaults, by api.
            shares: Number of tasks that call the shop at once; the rate is divided by it.

        Raises:
            ConfigurationError: A field of the connection is empty or wrong.
        """
        settings = self._settings
        return connect(
            settings.base_url,
            app_id=settings.app_id,
            secret_key=settings.secret_key,
            client_id=settings.client_id,
            allow_http=settings.allow_http,
            token_directory=token_directory(),
            paths=paths,
            shares=shares,
            on_token=mask,
        )

    @property
    def order_feed(self) -> str:
        """How changed orders are found: ``update`` or ``create``."""
        return self._settings.order_feed

    def test_connection(self) -> tuple[bool, str]:
        """Try credentials, whitelist and each interface, and say in words what is missing."""
        try:
            checked = self.get_conn().check()
        except ConnectorError as error:
            return False, str(error)
        if not all(result.ok for result in checked):
            return False, _what_is_wrong(checked)
        count = len(checked)
        return True, f"连接正常，{count} 个接口可用 / connected, {count} interfaces work"

    @cached_property
    def _settings(self) -> _Settings:
        connection: Any = self.get_connection(self.conn_id)
        app_id = fields.required(
            connection, "login", "login", Words("小鹅通店铺的 app_id", "the shop's app_id")
        )
        secret_key = fields.required(
            connection, "password", "password", Words("应用的 secret_key", "the app's secret_key")
        )
        client_id = fields.text(connection, "client_id")
        mask(secret_key, client_id)
        return _Settings(
            base_url=fields.base_url(connection, DEFAULT_HOST),
            app_id=app_id,
            secret_key=secret_key,
            client_id=client_id,
            allow_http=fields.flag(connection, "allow_http"),
            order_feed=fields.choice(connection, "order_feed", ORDER_FEEDS),
        )


def _what_is_wrong(checked: list[Checked]) -> str:
    """Say each reason once, with all the interfaces that it stops."""
    stopped: dict[str, list[str]] = {}
    for api, ok, message in checked:
        if not ok:
            stopped.setdefault(message.removeprefix(f"{api}: "), []).append(api)
    return "\n".join(f"{', '.join(apis)}: {reason}" for reason, apis in stopped.items())


def token_directory() -> Path:
    """Return where tokens are kept: ``XIAOE_TOKEN_DIR``, else a directory in ``AIRFLOW_HOME``.

    All processes of a machine must agree on it, so that they share one token.
    """
    chosen = os.environ.get("XIAOE_TOKEN_DIR")
    home = Path(os.environ.get("AIRFLOW_HOME") or Path.home() / "airflow")
    return Path(chosen) if chosen else home / "xiaoe_tokens"
