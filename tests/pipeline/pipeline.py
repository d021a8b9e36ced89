"""The pipeline as the DAGs run it, step by step, with the real clients; no simulator in sight."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from connectors.mingdao.client import MingdaoClient
from connectors.transport import Transport
from connectors.xiaoe.auth import TokenSource, TokenStore
from connectors.xiaoe.client import XiaoeClient
from include.flows.customer_sweep import sweep_customers
from include.flows.customers import sync_all_customers
from include.flows.failed_batch import BatchFailedError
from include.flows.goods import sync_all_goods
from include.flows.order_batches import Batch
from include.flows.order_list import list_orders
from include.flows.order_sync import sync_batch
from include.flows.order_window import RunWindow
from include.flows.settings import read_settings
from include.flows.settle import settle_orders
from include.flows.setup import set_up
from include.flows.shop import Shop
from include.shops import ShopConfig
from include.simulators.hap.store import DEMO_APPKEY, DEMO_SIGN


@dataclass(kw_only=True)
class Pipeline:
    """Where the two systems are; crosses to another process as it is.

    With `one_batch` all orders go through one task, as they do when there are many of them.
    `threads` is how many calls to each system may be under way at once; with one, the sequence of
    all requests is always the same.
    """

    xiaoe_url: str
    hap_url: str
    tokens: Path
    app_id: str
    order_feed: str = "update"
    one_batch: bool = False
    threads: int = 1
    config: ShopConfig = field(default_factory=ShopConfig)
    shop_type: type[Shop] = Shop

    def shop(self, **changes) -> Shop:
        """Return a freshly opened shop, as every task opens one."""
        hap = self.hap()
        settings = read_settings(hap, self.config)
        xiaoe = self.xiaoe(settings.paths)
        shop = self.shop_type(xiaoe, hap, settings, self.config, order_feed=self.order_feed)
        return replace(shop, **changes)

    def hap(self) -> MingdaoClient:
        """Return a client without pacing: what is tested here is not how long calls wait."""
        return MingdaoClient(self.transport(self.hap_url), appkey=DEMO_APPKEY, sign=DEMO_SIGN)

    def xiaoe(self, paths=None) -> XiaoeClient:
        transport = self.transport(self.xiaoe_url)
        source = TokenSource(
            transport,
            app_id=self.app_id,
            client_id="xopDEMO0001",
            secret_key="demo-secret-key",
        )
        tokens = TokenStore(self.tokens, self.xiaoe_url, source.fetch)
        return XiaoeClient(transport, tokens, app_id=self.app_id, paths=paths)

    def transport(self, url: str) -> Transport:
        """Return what carries the calls to one of the two systems."""
        return Transport(url, allow_http=True, threads=self.threads)

    def set_up(self) -> dict[str, int]:
        return set_up(self.hap(), self.config)

    def goods(self) -> None:
        sync_all_goods(self.shop())

    def base_data(self) -> None:
        shop = self.shop()
        sync_all_goods(shop)
        sync_all_customers(shop)

    def orders(
        self, since: datetime, until: datetime, *, live: bool = False, **changes
    ) -> str | None:
        """Run the orders flow over a window, as a manual or a live run; returns the watermark."""
        window = RunWindow(since, until, moves_watermark=live).to_xcom()
        batches = list_orders(self.shop(**changes), window)
        left = sweep_customers(self.shop(**changes), batches)
        if self.one_batch and batches:
            orders = [ref for batch in batches for ref in Batch.from_xcom(batch).orders]
            batches = [Batch(tuple(orders)).to_xcom()]
        told = []
        for batch in batches:
            try:
                told.append(sync_batch(self.shop(**changes), batch, left=left))
            except BatchFailedError:
                continue
        return settle_orders(self.shop(**changes), window, batches, told)
