"""A shop's two connections out of the environment, for commands that run without Airflow.

They are the same variables as Airflow's own, `AIRFLOW_CONN_XIAOE_DEFAULT` and
`AIRFLOW_CONN_MINGDAO_DEFAULT`, in both of its forms: a JSON object, or a URI.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from connectors.connection_fields import wrong_field
from connectors.errors import Bilingual, ConfigurationError
from connectors.mingdao.client import MingdaoClient
from connectors.mingdao.client import connect as connect_hap
from connectors.mingdao.connection import MingdaoSettings
from connectors.state.chosen import shared_state
from connectors.typed import typed
from connectors.xiaoe.client import XiaoeClient
from connectors.xiaoe.client import connect as connect_xiaoe
from connectors.xiaoe.connection import XiaoeSettings
from include.shops import ShopConfig


@dataclass
class Connection:
    """A connection as Airflow's own class shows it; printing it tells its name alone."""

    conn_id: str
    host: str | None = field(default=None, repr=False)
    schema: str | None = field(default=None, repr=False)
    login: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    port: int | None = field(default=None, repr=False)
    extra: str | None = field(default=None, repr=False)

    @property
    def extra_dejson(self) -> dict[str, Any]:
        """The extra as a dict; an unreadable one is empty, as in Airflow."""
        try:
            extra = json.loads(self.extra or "{}")
        except ValueError:
            return {}
        return extra if isinstance(extra, dict) else {}


def read_connection(conn_id: str, environment: Mapping[str, str] | None = None) -> Connection:
    """Read a connection from `AIRFLOW_CONN_<ID>`; raises ConfigurationError when it is unusable."""
    name = f"AIRFLOW_CONN_{conn_id.upper()}"
    text = typed((os.environ if environment is None else environment).get(name))
    if not text:
        raise ConfigurationError(
            f"connection {conn_id}",
            Bilingual(f"没有设置环境变量 {name}", f"the variable {name} is not set"),
            Bilingual(
                "按 README「接入真实店铺」设置两个连接；在 Airflow 里请运行 DAG xiaoe_doctor",
                "set both connections as the README says; inside Airflow run the DAG xiaoe_doctor",
            ),
        )
    return _of_json(conn_id, text) if text.startswith("{") else _of_uri(conn_id, text)


def order_feed(config: ShopConfig, environment: Mapping[str, str] | None = None) -> str:
    """Return how the connection wants changed orders to be found."""
    return XiaoeSettings.of(read_connection(config.xiaoe, environment)).order_feed


def open_xiaoe(
    config: ShopConfig,
    paths: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> XiaoeClient:
    """Return the shop's client; nothing is called yet."""
    settings = XiaoeSettings.of(read_connection(config.xiaoe, environment))
    config.expect(settings.app_id)
    state = shared_state()
    return connect_xiaoe(settings, token_state=state, rate_state=state, paths=paths)


def open_hap(config: ShopConfig, environment: Mapping[str, str] | None = None) -> MingdaoClient:
    """Return the client of the app that the shop writes to; nothing is called yet."""
    settings = MingdaoSettings.of(read_connection(config.mingdao, environment))
    return connect_hap(settings, rate_state=shared_state())


def _of_json(conn_id: str, text: str) -> Connection:
    connection = Connection(conn_id)
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise _unreadable(connection)
    extra = values.get("extra")
    port = values.get("port")
    for name in ("host", "schema", "login", "password"):
        setattr(connection, name, str(values[name]) if values.get(name) else None)
    connection.port = int(port) if port else None
    connection.extra = extra if isinstance(extra, str) or extra is None else json.dumps(extra)
    return connection


def _of_uri(conn_id: str, text: str) -> Connection:
    connection = Connection(conn_id)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _unreadable(connection) from None
    # `xiaoe://id:key@http%3A%2F%2F127.0.0.1%3A9000`: a whole address may stand for the host
    netloc = parts.netloc.rpartition("@")[2]
    connection.host = unquote(netloc.rpartition(":")[0] if port else netloc) or None
    connection.port = port
    connection.schema = unquote(parts.path.lstrip("/")) or None
    connection.login = unquote(parts.username or "") or None
    connection.password = unquote(parts.password or "") or None
    extra = dict(parse_qsl(parts.query))
    connection.extra = extra.pop("__extra__", None) or json.dumps(extra)
    return connection


def _unreadable(connection: Connection) -> ConfigurationError:
    holds = Bilingual("JSON 对象或连接 URI", "a JSON object or a connection URI")
    return wrong_field(connection, "AIRFLOW_CONN_…", "读不懂", "cannot be read", holds)
