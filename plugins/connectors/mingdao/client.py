"""The client for one HAP application: what `include` calls.

What a stranger would get wrong: there is no upsert here, because HAP has none. Looking up,
comparing and writing once is the business of the destination layer; this client makes single
calls, each with its quirks removed (contracts: hap §3 for the list of endpoints).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from connectors.http.retries import RetryRules
from connectors.http.transport import Deadlines, Transport
from connectors.mingdao.calls import ROW_BUDGETS, HapCalls, worksheet_path
from connectors.mingdao.connection import DEFAULT_CONNECTION, MingdaoSettings
from connectors.mingdao.filters import KEYS_PER_FILTER
from connectors.mingdao.row_reads import RowReads
from connectors.mingdao.row_writes import RowWrites
from connectors.mingdao.structure import StructureCalls
from connectors.rates.limits import Limiter
from connectors.state.interface import SharedState

# 50 row calls a second, at a tenth of a second each, and some of them are slow writes.
THREADS = 8


class MingdaoClient(StructureCalls, RowReads, RowWrites):
    """Calls of HAP's V3 API with one AppKey; safe to share among the threads of a task.

    Args:
        transport: Leads to the server; its base URL includes `/api` on a private deployment.
        appkey: Value of the header `HAP-Appkey`.
        sign: Value of the header `HAP-Sign`, a static secret: nothing is computed at call time.
        timezone: The app's zone, in which HAP reads and writes naive times.
        trigger_workflow: What a write says that does not say it itself.
        conn_id: The connection that the app was opened by; tells one app from another.

    `keys_per_filter` is how many values a filter may name; more once the app has shown that it
    heeds them all.
    """

    keys_per_filter = KEYS_PER_FILTER

    def __init__(
        self,
        transport: Transport,
        *,
        appkey: str,
        sign: str,
        timezone: str = "Asia/Shanghai",
        trigger_workflow: bool = False,
        conn_id: str = DEFAULT_CONNECTION,
    ) -> None:
        self._calls = HapCalls(transport, appkey=appkey, sign=sign)
        self.transport = transport
        self.threads = transport.threads
        self.zone = ZoneInfo(timezone)
        self.trigger_workflow = trigger_workflow
        self.conn_id = conn_id

    def raw_rows(self, ws: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
        """Return ``data`` of `rows/list` as it came, for finding out what no document tells."""
        path = worksheet_path(ws, "rows", "list")
        return self._calls.read("hap.rows.list", "POST", path, lambda data: data, json=body)


def connect(
    settings: MingdaoSettings,
    *,
    shares: int = 1,
    rate_state: SharedState | None = None,
    deadlines: Deadlines | None = None,
    retries: RetryRules | None = None,
) -> MingdaoClient:
    """Build a client out of a connection's settings; nothing is called yet.

    HAP counts row calls by IP address, so all apps on one server share one pace: see `Limiter` for
    `shares` and `rate_state`.

    Raises:
        ConfigurationError: The base URL may not be called.
    """
    scope = settings.base_url.rstrip("/")
    transport = Transport(
        settings.base_url,
        allow_http=settings.allow_http,
        allow_private=settings.allow_private,
        limiter=Limiter(ROW_BUDGETS, scope=scope, state=rate_state, shares=shares),
        deadlines=deadlines,
        retries=retries,
        threads=THREADS,
    )
    return MingdaoClient(
        transport,
        appkey=settings.appkey,
        sign=settings.sign,
        timezone=settings.timezone,
        trigger_workflow=settings.trigger_workflow,
        conn_id=settings.conn_id,
    )
