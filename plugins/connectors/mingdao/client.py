"""The client for one HAP application: what `include` calls.

What a stranger would get wrong: there is no upsert here, because HAP has none. Looking up,
comparing and writing once is the business of the destination layer; this client makes single
calls, each with its quirks removed (contracts: hap §3 for the list of endpoints).
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from connectors.mingdao.calls import HapCalls
from connectors.mingdao.row_reads import RowReads
from connectors.mingdao.row_writes import RowWrites
from connectors.mingdao.structure import StructureCalls
from connectors.transport import Transport


class MingdaoClient(StructureCalls, RowReads, RowWrites):
    """Calls of HAP's V3 API with one AppKey; safe to share among the threads of a task.

    Args:
        transport: Leads to the server; its base URL includes `/api` on a private deployment.
        appkey: Value of the header `HAP-Appkey`.
        sign: Value of the header `HAP-Sign`, a static secret: nothing is computed at call time.
        timezone: The app's zone, in which HAP reads and writes naive times.
        trigger_workflow: What a write says that does not say it itself.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        appkey: str,
        sign: str,
        timezone: str = "Asia/Shanghai",
        trigger_workflow: bool = False,
    ) -> None:
        self._calls = HapCalls(transport, appkey=appkey, sign=sign)
        self.zone = ZoneInfo(timezone)
        self.trigger_workflow = trigger_workflow
