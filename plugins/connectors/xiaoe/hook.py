"""Airflow's hook for the shop: a connection in, a client out.

Nothing is fetched and nothing is called before first use. The connection is read once, because each
read costs a trip to the API server.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from airflow.sdk import BaseHook

from connectors import connection_fields as fields
from connectors.errors import ConnectorError
from connectors.masking import mask
from connectors.state.chosen import shared_state
from connectors.state.interface import SharedState
from connectors.xiaoe.check import Checked
from connectors.xiaoe.client import XiaoeClient, connect
from connectors.xiaoe.connection import XiaoeSettings, push_keys
from connectors.xiaoe.push import PushKeys

# what Xiaoe-tong answers where it does not recognise the app (contracts: xiaoe §2.1, §3.1)
_OF_CREDENTIALS = ("(2001)", "(2002)", "(2004)")


class XiaoeHook(BaseHook):
    """Turns a connection of type ``xiaoe`` into a `XiaoeClient`.

    Args:
        conn_id: The connection: host, login = app_id, password = secret_key, and the extras
            client_id, order_feed, allow_http, allow_private, push_token, push_aes_key.
    """

    conn_name_attr = "conn_id"
    default_conn_name = "xiaoe_default"
    conn_type = "xiaoe"
    hook_name = "小鹅通 / Xiaoe-tong"

    def __init__(self, conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.conn_id = conn_id

    def get_conn(
        self,
        paths: Mapping[str, str] | None = None,
        *,
        shares: int = 1,
        rate_state: SharedState | None = None,
    ) -> XiaoeClient:
        """Return a client.

        Args:
            paths: Paths to use in place of the defaults, by api.
            shares: Number of tasks that call the shop at once; see `Limiter`.
            rate_state: Where all processes that call the shop share its rate; see `Limiter`.

        Raises:
            ConfigurationError: A field of the connection is empty or wrong.
        """
        state = shared_state()
        mask(*state.secrets)
        return connect(
            self._settings,
            token_state=state,
            paths=paths,
            shares=shares,
            rate_state=rate_state,
            on_token=mask,
        )

    @property
    def order_feed(self) -> str:
        """How changed orders are found: ``update`` or ``create``."""
        return self._settings.order_feed

    def get_push_keys(self) -> PushKeys | None:
        """Return what opens the shop's pushes; None where the connection says nothing of them.

        Raises:
            ConfigurationError: Only one of the two fields is filled in, or one is wrong.
        """
        connection: Any = self.get_connection(self.conn_id)
        keys = push_keys(connection)
        if keys:
            mask(keys.token, fields.text(connection, "push_aes_key"))
        return keys

    def test_connection(self) -> tuple[bool, str]:
        """Try credentials, whitelist and each interface, and say in words what is missing."""
        try:
            self.get_push_keys()
            checked = self.get_conn().check()
        except ConnectorError as error:
            return False, f"{error}{self._hint(str(error))}"
        if not all(result.ok for result in checked):
            wrong = _what_is_wrong(checked)
            return False, f"{wrong}{self._hint(wrong)}"
        count = len(checked)
        return True, f"连接正常，{count} 个接口可用 / connected, {count} interfaces work"

    def _hint(self, wrong: str) -> str:
        """Guess at a client_id that was left out: Xiaoe-tong then finds fault with the app_id."""
        if not any(code in wrong for code in _OF_CREDENTIALS) or self._settings.client_id:
            return ""
        return (
            "；额外字段里的 client_id 没有填：2019-12-09 之后开通的店铺必须填写"
            " / the extra client_id is empty, which newer shops must fill in"
        )

    @cached_property
    def _settings(self) -> XiaoeSettings:
        connection: Any = self.get_connection(self.conn_id)
        settings = XiaoeSettings.of(connection)
        mask(settings.secret_key, settings.client_id)
        return settings


def _what_is_wrong(checked: list[Checked]) -> str:
    """Say each reason once, with all the interfaces that it stops."""
    stopped: dict[str, list[str]] = {}
    for api, ok, message in checked:
        if not ok:
            stopped.setdefault(message.removeprefix(f"{api}: "), []).append(api)
    return "\n".join(f"{', '.join(apis)}: {reason}" for reason, apis in stopped.items())
