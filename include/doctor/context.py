"""The two systems under examination, and what several checks look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property

from connectors.mingdao.client import MingdaoClient
from connectors.xiaoe.calls.orders import OrderQuery
from connectors.xiaoe.client import XiaoeClient
from connectors.xiaoe.models import Order
from connectors.xiaoe.push import PushKeys
from include.destination.sheets.fields import Worksheet
from include.destination.sheets.sheet import Sheet
from include.flows.run.context import SyncContext

SPAN = timedelta(days=30)  # order list 2.0 takes 31 days (contracts: xiaoe §6.1)
SPANS = 4


@dataclass(frozen=True)
class PushSide:
    """What is known of our side of the shop's pushes, where the examination runs.

    `keys` returns what the connection holds, None for nothing; it raises ConfigurationError for
    half of it. `dag_paused` is None where nobody can tell. `public` is Airflow's address as people
    have it, `inside` as its own tasks have it; each is "" where it is not known.
    """

    keys: Callable[[], PushKeys | None] = lambda: None
    dag_paused: bool | None = None
    public: str = ""
    inside: str = ""


@dataclass(frozen=True)
class AirflowSide:
    """The scheduled DAGs, with whether they are paused, and Airflow's limits by setting.

    None for a DAG of which Airflow does not say.
    """

    paused: Mapping[str, bool | None]
    limits: Mapping[str, int]


@dataclass
class DoctorContext:
    """One shop and its app, as a run would work with them; in a preview nothing is written."""

    sync: SyncContext
    push: PushSide = field(default_factory=PushSide)
    airflow: AirflowSide | None = None  # None outside Airflow

    @property
    def xiaoe(self) -> XiaoeClient:
        """Return the shop's client."""
        return self.sync.xiaoe

    @property
    def hap(self) -> MingdaoClient:
        """Return the app's client."""
        return self.sync.hap

    def shop_now(self) -> datetime:
        """Return the shop's own present, by the time that its last answer told."""
        return datetime.now(UTC) + (self.xiaoe.transport.server_ahead or timedelta())

    def app_now(self) -> datetime:
        """Return HAP's own present, by the time that its last answer told."""
        return datetime.now(UTC) + (self.hap.transport.server_ahead or timedelta())

    def sheet(self, definition: Worksheet) -> Sheet:
        """Return a worksheet of the app; raises ConfigurationError when it is not set up."""
        return self.sync.sheet(definition)

    @cached_property
    def orders(self) -> list[Order]:
        """Return up to a hundred orders of each of the last four months, newest first."""
        now = self.shop_now()
        return [
            order
            for number in range(SPANS)
            for order in self._created(now - (number + 1) * SPAN, now - number * SPAN)
        ]

    @cached_property
    def buyers(self) -> list[str]:
        """Return the user ids of those who bought, newest order first."""
        users = (order.order_info.user_id for order in self.orders)
        return list(dict.fromkeys(user for user in users if user))

    def _created(self, since: datetime, until: datetime) -> list[Order]:
        query = OrderQuery("created", since, until, order_asc=False)
        return self.xiaoe.list_orders(query, 1, 100).rows
