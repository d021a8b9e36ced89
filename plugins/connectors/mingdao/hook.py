"""Airflow's door to HAP: a connection of type `mingdao` in, a `MingdaoClient` out.

What a stranger would get wrong: Airflow masks a password in logs, but not its URL-quoted form, and
a Sign is base64 with `+`, `/` and `=` in it; the AppKey is not masked at all. So both are
registered in every form before they are used.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from airflow.sdk import BaseHook

from connectors.errors import ConnectorError, ContractError, RetryableError
from connectors.http.retries import RetryRules
from connectors.http.transport import Deadlines
from connectors.masking import mask
from connectors.mingdao.client import MingdaoClient, connect
from connectors.mingdao.connection import MingdaoSettings
from connectors.state.interface import SharedState

_SAAS_HOSTS = frozenset({"api.mingdao.com", "api2.mingdao.com"})

# Somebody waits in front of the form: one quick try of each call.
_TEST_DEADLINES = Deadlines(connect=3.0, read=5.0, total=8.0)
_TEST_RETRIES = RetryRules(tries=1, throttled_tries=1)


class MingdaoHook(BaseHook):
    """Turns a connection into a client and tests it; touches nothing before first use.

    Args:
        conn_id: The connection: host, login = AppKey, password = Sign, and the extras timezone,
            trigger_workflow, allow_http, allow_private.
    """

    conn_name_attr = "conn_id"
    default_conn_name = "mingdao_default"
    conn_type = "mingdao"
    hook_name = "明道云 HAP / Mingdao HAP"

    def __init__(self, conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.conn_id = conn_id

    @cached_property
    def settings(self) -> MingdaoSettings:
        """The connection's settings, fetched once.

        Raises:
            ConfigurationError: A field of the connection is wrong.
        """
        connection: Any = self.get_connection(self.conn_id)
        settings = MingdaoSettings.of(connection)
        mask(settings.sign, settings.appkey)
        return settings

    def get_conn(self, *, shares: int = 1, rate_state: SharedState | None = None) -> MingdaoClient:
        """Return a client.

        Args:
            shares: Number of tasks that make row calls at once; see `Limiter`.
            rate_state: Where all processes that make row calls share the rate; see `Limiter`.

        Raises:
            ConfigurationError: A field of the connection is wrong.
        """
        mask(*(rate_state.secrets if rate_state else ()))
        return connect(self.settings, shares=shares, rate_state=rate_state)

    def test_connection(self) -> tuple[bool, str]:
        """Open the app and count its worksheets; the message is Chinese with English beside."""
        try:
            client = connect(self.settings, deadlines=_TEST_DEADLINES, retries=_TEST_RETRIES)
            app, count = client.app(), len(client.worksheets())
        except ConnectorError as error:
            return False, f"{error}{self._hint(error)}"
        return True, (
            f"已连接应用「{app.name}」，共 {count} 张工作表"
            f" / connected to app 「{app.name}」 with {count} worksheets"
        )

    def _hint(self, error: ConnectorError) -> str:
        """Guess why the answers make no sense: a private server whose `/api` was left out."""
        senseless = isinstance(error, (ContractError, RetryableError)) or error.code == "404"
        if not senseless or not _could_lack_prefix(self.settings.base_url):
            return ""
        return (
            "；若是私有部署，主机（host）要以 /api 结尾"
            " / on a private deployment the host must end with /api"
        )


def _could_lack_prefix(base_url: str) -> bool:
    parts = urlsplit(base_url)
    return parts.hostname not in _SAAS_HOSTS and not parts.path
