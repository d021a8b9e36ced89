"""A shop and an app, with the real clients in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from include.simulators.faults import FaultPlan
from include.simulators.gateway import Gateway
from include.simulators.hap.app import create_app as hap_app
from include.simulators.hap.settings import HapSettings
from include.simulators.hap.store import HapStore
from include.simulators.journal import Journal
from include.simulators.server import serve
from include.simulators.xiaoe.app import create_app as xiaoe_app
from include.simulators.xiaoe.push.sender import PushSender
from include.simulators.xiaoe.settings import XiaoeSettings
from include.simulators.xiaoe.shop import Shop as SimulatedShop
from tests.in_process import mounted
from tests.pipeline.pipeline import Pipeline

BUSINESS_SHEETS = ("customers", "goods", "columns", "orders", "collected_info")


@dataclass(kw_only=True)
class World(Pipeline):
    """Everything that a test of the pipeline touches.

    All orders of a run go through one task, unless a test is about the batches of the flow: each
    order alone takes many calls, and tells the same.
    """

    one_batch: bool = True
    source: SimulatedShop
    store: HapStore
    xiaoe_journal: Journal
    hap_journal: Journal
    xiaoe_faults: FaultPlan
    hap_faults: FaultPlan
    pushes: PushSender
    apps: tuple[Gateway, Gateway]

    def all_orders(self, days: int = 61, **changes) -> str | None:
        now = self.source.clock.now()
        return self.orders(now - timedelta(days=days), now + timedelta(seconds=1), **changes)

    def live(self, days: int = 20) -> str | None:
        """Run the orders flow as a live run up to now; returns the watermark."""
        now = self.source.clock.now()
        return self.orders(now - timedelta(days=days), now + timedelta(seconds=1), live=True)

    def fill(self) -> None:
        """Bring everything that the shop has into an app that is not set up yet."""
        self.set_up()
        self.base_data()
        self.all_orders()

    def refuse_orders(self, *order_ids: str) -> None:
        """Let a business rule of the app refuse the rows of these orders; of none, from now on."""
        self.store.sheet("orders").rules[:] = [
            {
                "type": "group",
                "logic": "AND",
                "children": [
                    {
                        "type": "condition",
                        "field": "order_id",
                        "operator": "eq",
                        "value": [order_id],
                    }
                ],
            }
            for order_id in order_ids
        ]

    def rows(self, alias: str) -> list[dict]:
        """Return a worksheet's live rows as HAP's own API shows them."""
        hap = self.hap()
        rows, page = [], 1
        while found := hap.list_rows(alias, page_index=page).rows:
            rows += [{"row_id": row.id, **row.cells} for row in found]
            page += 1
        return rows

    def writes(self, after: int = 0) -> list:
        """Return HAP's writes to the business sheets."""
        return [
            entry
            for entry in self.hap_journal.entries(after=after)
            if entry.effect and any(f" {alias}" in f" {entry.effect}" for alias in BUSINESS_SHEETS)
        ]


Kind = TypeVar("Kind", bound=World)


@contextmanager
def open_world(
    source: SimulatedShop,
    tokens: Path,
    *,
    store: HapStore | None = None,
    xiaoe: XiaoeSettings | None = None,
    hap: HapSettings | None = None,
    order_feed: str = "update",
    prefix: str = "",
    in_process: bool = True,
    kind: type[Kind] = World,  # type: ignore[assignment]
    **facts: Any,
) -> Iterator[Kind]:
    """Open a world whose clock stands still, with an empty app or the given one.

    `facts` are what this kind of world has besides. Calls stay in the process; not `in_process`,
    they go over loopback.
    """
    xiaoe = xiaoe or XiaoeSettings(rate_limits=False)
    hap = hap or HapSettings(qps=0)
    source.clock.freeze()
    store = store or HapStore.demo(hap, source.clock)
    shop_api = xiaoe_app(source, xiaoe, prefix=prefix)
    app_api = hap_app(store, hap, prefix=prefix)
    address = mounted if in_process else serve
    with address(shop_api) as xiaoe_url, address(app_api) as hap_url:
        yield kind(
            xiaoe_url=xiaoe_url + prefix,
            hap_url=hap_url + prefix,
            tokens=tokens,
            app_id=source.app_id,
            order_feed=order_feed,
            source=source,
            store=store,
            xiaoe_journal=shop_api.simulation.journal,
            hap_journal=app_api.simulation.journal,
            xiaoe_faults=shop_api.simulation.faults,
            hap_faults=app_api.simulation.faults,
            apps=(shop_api, app_api),
            pushes=shop_api.pushes,
            **facts,
        )
