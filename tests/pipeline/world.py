"""A shop and an app on loopback, with the real clients in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from connectors.mingdao.client import MingdaoClient
from connectors.transport import Transport
from connectors.xiaoe.auth import TokenSource, TokenStore
from connectors.xiaoe.client import XiaoeClient
from include.flows.customers import sync_all_customers
from include.flows.goods import sync_all_goods
from include.flows.order_list import list_orders
from include.flows.order_sync import BatchFailedError, sync_batch
from include.flows.order_window import RunWindow
from include.flows.settings import read_settings
from include.flows.settle import settle_orders
from include.flows.setup import set_up
from include.flows.shop import Shop
from include.simulators.faults import FaultPlan
from include.simulators.hap.app import create_app as hap_app
from include.simulators.hap.settings import HapSettings
from include.simulators.hap.store import DEMO_APPKEY, DEMO_SIGN, HapStore
from include.simulators.journal import Journal
from include.simulators.server import serve
from include.simulators.xiaoe.app import create_app as xiaoe_app
from include.simulators.xiaoe.settings import XiaoeSettings
from include.simulators.xiaoe.shop import Shop as SimulatedShop

BUSINESS_SHEETS = ("customers", "goods", "columns", "orders", "collected_info")


@dataclass
class World:
    """Everything that a test of the pipeline touches."""

    source: SimulatedShop
    store: HapStore
    xiaoe_url: str
    hap_url: str
    xiaoe_journal: Journal
    hap_journal: Journal
    xiaoe_faults: FaultPlan
    hap_faults: FaultPlan
    tokens: Path
    order_feed: str = "update"

    def shop(self, **changes) -> Shop:
        """Return a freshly opened shop, as every task opens one."""
        hap = self.hap()
        settings = read_settings(hap)
        shop = Shop(self.xiaoe(settings.paths), hap, settings, order_feed=self.order_feed)
        return replace(shop, **changes)

    def hap(self) -> MingdaoClient:
        """Return a client without pacing: what is tested here is not how long calls wait."""
        transport = Transport(self.hap_url, allow_http=True)
        return MingdaoClient(transport, appkey=DEMO_APPKEY, sign=DEMO_SIGN)

    def xiaoe(self, paths=None) -> XiaoeClient:
        transport = Transport(self.xiaoe_url, allow_http=True)
        source = TokenSource(
            transport,
            app_id=self.source.app_id,
            client_id="xopDEMO0001",
            secret_key="demo-secret-key",
        )
        tokens = TokenStore(self.tokens, self.xiaoe_url, source.fetch)
        return XiaoeClient(transport, tokens, app_id=self.source.app_id, paths=paths)

    def set_up(self) -> dict[str, int]:
        return set_up(self.hap())

    def base_data(self) -> None:
        shop = self.shop()
        sync_all_goods(shop)
        sync_all_customers(shop)

    def orders(self, since: datetime, until: datetime, **changes) -> str | None:
        """Run the orders flow over a window as a manual run does; returns the watermark."""
        window = RunWindow(since, until, moves_watermark=False).to_xcom()
        batches = list_orders(self.shop(**changes), window)
        told = []
        for batch in batches:
            try:
                told.append(sync_batch(self.shop(**changes), batch))
            except BatchFailedError:
                continue
        return settle_orders(self.shop(**changes), window, batches, told)

    def all_orders(self, days: int = 61, **changes) -> str | None:
        now = self.source.clock.now()
        return self.orders(now - timedelta(days=days), now + timedelta(seconds=1), **changes)

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


@contextmanager
def open_world(
    source: SimulatedShop,
    tokens: Path,
    *,
    xiaoe: XiaoeSettings | None = None,
    hap: HapSettings | None = None,
    order_feed: str = "update",
    prefix: str = "",
) -> Iterator[World]:
    xiaoe = xiaoe or XiaoeSettings(rate_limits=False)
    hap = hap or HapSettings(qps=0)
    store = HapStore.demo(hap, source.clock)
    shop_api = xiaoe_app(source, xiaoe, prefix=prefix)
    app_api = hap_app(store, hap, prefix=prefix)
    with serve(shop_api) as xiaoe_url, serve(app_api) as hap_url:
        yield World(
            source,
            store,
            xiaoe_url + prefix,
            hap_url + prefix,
            shop_api.simulation.journal,
            app_api.simulation.journal,
            shop_api.simulation.faults,
            app_api.simulation.faults,
            tokens,
            order_feed,
        )
