"""The HAP simulator with two worksheets in it, served once and made new for each test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Self

from connectors.http.retries import RetryRules
from connectors.http.transport import Transport
from connectors.mingdao import cells
from connectors.mingdao.client import MingdaoClient
from connectors.mingdao.models import Row
from include.simulators.faults import FaultRule
from include.simulators.gateway import Gateway
from include.simulators.hap.app import create_app
from include.simulators.hap.settings import HapSettings
from include.simulators.hap.store import DEMO_APPKEY, DEMO_SIGN, HapStore
from include.simulators.server import serve

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)

CUSTOMER_FIELDS = [
    {"name": "用户ID", "alias": "user_id", "type": "Text", "required": False, "isTitle": True},
    {"name": "手机", "alias": "phone", "type": "Text", "required": False},
]
ORDER_FIELDS: list[dict[str, Any]] = [
    {"name": "订单号", "alias": "order_id", "type": "Text", "required": False, "isTitle": True},
    {"name": "实付", "alias": "amount", "type": "Number", "precision": 2, "required": False},
    {"name": "时间", "alias": "paid_at", "type": "DateTime", "subType": 6, "required": False},
    {
        "name": "状态",
        "alias": "state",
        "type": "SingleSelect",
        "required": False,
        "options": [{"value": "待付款", "index": 1}, {"value": "已完成", "index": 2}],
    },
]


@dataclass
class World:
    """A served simulator, and clients for it."""

    store: HapStore
    gateway: Gateway
    base_url: str

    def renew(self, **switches: Any) -> Self:
        """Empty the app, set the given switches, and provision it anew."""
        simulation = self.gateway.simulation
        simulation.faults.clear()
        for name, value in HapSettings(qps=0, **switches):
            setattr(self.store.settings, name, value)
        self.store.worksheets.clear()
        self.store.calls = 0
        for section in self.store.app.sections:
            for part in (section, *section.children):
                part.items.clear()
        _provision(self.client())
        simulation.journal.clear()
        return self

    def client(self, **settings: Any) -> MingdaoClient:
        """Return a client without a pacer that does not wait long between its tries."""
        given = {"appkey": DEMO_APPKEY, "sign": DEMO_SIGN, **settings}
        retries = RetryRules(first_wait=0.001, longest_wait=1.0, budget_floor=100)
        transport = Transport(self.base_url, allow_http=True, retries=retries)
        return MingdaoClient(transport, **given)

    def fail(self, **rule: Any) -> None:
        """Let calls go wrong by one rule from now on."""
        self.gateway.simulation.faults.set([FaultRule(**rule)])

    def calls(self, api: str) -> int:
        """Return how many calls of an api arrived since the app was made new."""
        return len(self.gateway.simulation.journal.entries(api))


@contextmanager
def served_world() -> Iterator[World]:
    """Serve one simulator; building its routes is slow, so a test file makes one and renews it."""
    store = HapStore.demo(HapSettings())
    gateway = create_app(store)
    with serve(gateway) as base_url:
        yield World(store, gateway, base_url)


def state_key(client: MingdaoClient, label: str) -> str:
    """Return the key of an option of the field `state`."""
    field = client.worksheet("orders").field("state")
    option = next((one for one in field.options if one.value == label), None) if field else None
    assert option is not None
    return option.key


def order(client: MingdaoClient, **more: Any) -> dict[str, Any]:
    """Return the cells of an order in their written forms."""
    return {
        "order_id": "A1",
        "amount": cells.write_number(Decimal("129.90")),
        "paid_at": cells.write_datetime(NOON, client.zone),
        "state": cells.write_options([state_key(client, "已完成")]),
        **more,
    }


def all_rows(client: MingdaoClient, sheet: str = "orders") -> list[Row]:
    """Return the first thousand rows of a worksheet."""
    return client.list_rows(sheet).rows


def _provision(client: MingdaoClient) -> None:
    target = client.create_worksheet("客户", "customers", CUSTOMER_FIELDS)
    client.create_worksheet("订单", "orders", ORDER_FIELDS)
    relation = {"showFields": [], "bidirectional": False}
    common = {"type": "Relation", "required": False, "dataSource": target, "relation": relation}
    client.edit_worksheet(
        "orders",
        add_fields=[
            {**common, "name": "客户", "alias": "customer", "subType": 1},
            {**common, "name": "同伴", "alias": "friends", "subType": 2},
        ],
    )
