"""Airflow's door to HAP: a connection of type `mingdao` in, a `MingdaoClient` out.

What a stranger would get wrong: Airflow masks a password in logs, but not its URL-quoted form, and
a Sign is base64 with `+`, `/` and `=` in it. So every form that the two credentials can take is
registered before they are used.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cached_property
from urllib.parse import quote, urlsplit

from airflow.sdk import BaseHook
from airflow.sdk.log import mask_secret

from connectors.errors import ConnectorError, ContractError, RetryableError
from connectors.limits import Limiter
from connectors.mingdao.calls import ROW_BUDGETS
from connectors.mingdao.client import MingdaoClient
from connectors.mingdao.connection import MingdaoSettings
from connectors.retries import RetryRules
from connectors.transport import Deadlines, Transport

_SAAS_HOSTS = frozenset({"api.mingdao.com", "api2.mingdao.com"})

# Somebody waits in front of the form: one quick try each.
_TEST_DEADLINES = Deadlines(connect=3.0, read=5.0, total=8.0)
_TEST_RETRIES = RetryRules(tries=1)


class MingdaoHook(BaseHook):
    """Turns a connection into a client and tests it; touches nothing before first use."""

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
        settings = MingdaoSettings.of(self.get_connection(self.conn_id))
        for secret in (settings.sign, settings.appkey):
            for form in _forms(secret):
                mask_secret(form)
        return settings

    def get_conn(self, shares: int = 1) -> MingdaoClient:
        """Return a client; `shares` is the number of tasks that use HAP's rate at once.

        The rate counts by IP address, so clients of different apps on one server share it.
        """
        settings = self.settings
        transport = Transport(
            settings.base_url,
            allow_http=settings.allow_http,
            limiter=Limiter(ROW_BUDGETS, scope=settings.base_url, shares=shares),
        )
        return _client(settings, transport)

    def test_connection(self) -> tuple[bool, str]:
        """Open the app and count its worksheets; the message is Chinese with English beside."""
        try:
            client = _client(self.settings, _quick_transport(self.settings))
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


def _client(settings: MingdaoSettings, transport: Transport) -> MingdaoClient:
    return MingdaoClient(
        transport,
        appkey=settings.appkey,
        sign=settings.sign,
        timezone=settings.timezone,
        trigger_workflow=settings.trigger_workflow,
    )


def _quick_transport(settings: MingdaoSettings) -> Transport:
    return Transport(
        settings.base_url,
        allow_http=settings.allow_http,
        deadlines=_TEST_DEADLINES,
        retries=_TEST_RETRIES,
    )


def _could_lack_prefix(base_url: str) -> bool:
    parts = urlsplit(base_url)
    return parts.hostname not in _SAAS_HOSTS and not parts.path


def _forms(secret: str) -> set[str]:
    """Return the secret as it is, URL-quoted in upper and lower case, and in base64."""
    quoted = quote(secret, safe="")
    lower = re.sub("%..", lambda escape: escape[0].lower(), quoted)
    return {secret, quoted, lower, b64encode(secret.encode()).decode()}
