"""The pipeline as the DAGs run it, step by step, with the real clients; no simulator in sight."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from connectors.http.transport import Transport
from connectors.mingdao.client import MingdaoClient
from connectors.state.files import FileState
from connectors.xiaoe.auth import TokenSource, TokenStore
from connectors.xiaoe.client import XiaoeClient
from include.flows.goods import sync_all_goods
from include.flows.run.batches import Batch
from include.flows.run.context import SyncContext
from include.flows.run.known_app import KnownApp, known_or_read
from include.flows.run.watermark import WATERMARK
from include.flows.run.window import LAG, RunWindow
from include.flows.setup import set_up
from include.shops import ShopConfig
from include.simulators.hap.store import DEMO_APPKEY, DEMO_SIGN
from tests.dag_runs import BaseDataRun, OrdersRun


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
    context_type: type[SyncContext] = SyncContext

    def context(self, handed_on: KnownApp | None = None, **changes) -> SyncContext:
        """Return what a step works with, opened afresh, as every task opens it."""
        hap = self.hap()
        known = known_or_read(hap, self.config, handed_on)
        context = self.context_type(
            self.xiaoe(known.settings.paths),
            hap,
            known.settings,
            self.config,
            order_feed=self.order_feed,
            worksheets=known.worksheets,
            handed_on=handed_on,
        )
        return replace(context, **changes)

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
        tokens = TokenStore(FileState(self.tokens), self.xiaoe_url, source.fetch)
        return XiaoeClient(transport, tokens, app_id=self.app_id, paths=paths)

    def transport(self, url: str) -> Transport:
        """Return what carries the calls to one of the two systems."""
        return Transport(url, allow_http=True, threads=self.threads)

    def set_up(self) -> dict[str, int]:
        return set_up(self.hap(), self.config)

    def goods(self) -> None:
        sync_all_goods(self.context())

    def base_data(self) -> None:
        BaseDataRun(self.context).play(without=("settle", "audiences"))

    def orders(
        self, since: datetime, until: datetime, *, live: bool = False, **changes
    ) -> str | None:
        """Run the orders flow over a window, as a manual or a live run; returns the watermark.

        The present is when the window can just be read to its end.
        """
        asked = {"run_type": "manual", "interval": None, "since": str(since), "until": str(until)}
        if live:
            asked = {"run_type": "scheduled", "interval": (since, until)}
        opens = partial(self.context, **changes)
        run = self.orders_run(opens, {**asked, "now": until + LAG})
        run.play()
        return run.state.get(WATERMARK) or None

    @property
    def orders_run(self) -> type[OrdersRun]:
        return OneBatch if self.one_batch else OrdersRun


class OneBatch(OrdersRun):
    """All orders go through one task, as they do when there are many of them."""

    def list_orders(self, window: RunWindow) -> list[Batch]:
        batches = super().list_orders(window)
        orders = tuple(ref for batch in batches for ref in batch.orders)
        held = tuple(name for batch in batches for name in batch.held or ())
        return [Batch(orders, held=held)] if orders else []
