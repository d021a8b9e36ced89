"""The orders flow as `dags/xiaoe_orders.py` wires it, one function for each of its tasks."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from airflow_extras.xcom import decoded, encoded
from connectors.mingdao.client import MingdaoClient
from include.connections import open_hap, open_xiaoe
from include.flows.customers.bulk_sync import bulk_sync_customers
from include.flows.goods import sync_goods_of
from include.flows.orders.finish import finish_orders
from include.flows.orders.list import list_orders
from include.flows.orders.sync import BatchResult, sync_batch
from include.flows.run.batches import Batch, BatchRefs
from include.flows.run.context import SyncContext
from include.flows.run.known_app import KnownApp, known_or_read, still_known
from include.flows.run.window import RunWindow
from include.flows.setup import set_up
from include.shops import ShopConfig

SHOP = {"app_id": "appDEMOshop0001", "client_id": "xopDEMO0001", "secret_key": "demo-secret-key"}
CONFIG = ShopConfig()
APP = {"appkey": "demo-appkey", "sign": "demo-sign"}


@dataclass(frozen=True)
class Site:
    """Where both systems are. `paced`: clients keep to the vendors' rates, as they always do.

    Without pacing, a run shows what the machine could do if the vendors set no limit. `app` is what
    the first task has read of the app's structure and settings, as it crosses XCom.
    """

    xiaoe_url: str
    hap_url: str
    shared: Path
    paced: bool = True
    app: Any = None

    def context(self) -> SyncContext:
        """Return a freshly opened shop, as every task opens one."""
        os.environ["XIAOE_TOKEN_DIR"] = str(self.shared)
        hap = self.hap()
        handed_on = still_known(self.app)
        known = known_or_read(hap, CONFIG, handed_on)
        xiaoe = open_xiaoe(CONFIG, known.settings.paths, self._connections())
        if not self.paced:
            xiaoe.transport._limiter = None
        return SyncContext(
            xiaoe,
            hap,
            known.settings,
            CONFIG,
            worksheets=known.worksheets,
            handed_on=handed_on,
        )

    def hap(self) -> MingdaoClient:
        """Return the app's client."""
        os.environ["XIAOE_TOKEN_DIR"] = str(self.shared)
        hap = open_hap(CONFIG, self._connections())
        if not self.paced:
            hap.transport._limiter = None
        return hap

    def _connections(self) -> dict[str, str]:
        """Return the two connections as Airflow reads them from the environment."""
        shop = {
            "host": self.xiaoe_url,
            "login": SHOP["app_id"],
            "password": SHOP["secret_key"],
            "extra": {"client_id": SHOP["client_id"], "allow_http": True},
        }
        app = {
            "host": self.hap_url,
            "login": APP["appkey"],
            "password": APP["sign"],
            "extra": {"allow_http": True},
        }
        return {
            "AIRFLOW_CONN_XIAOE_DEFAULT": json.dumps(shop),
            "AIRFLOW_CONN_MINGDAO_DEFAULT": json.dumps(app),
        }


def window_of(since: datetime, until: datetime) -> RunWindow:
    """Return the window of a backfill."""
    return RunWindow(since, until, moves_watermark=False)


def provision(site: Site) -> None:
    """Create the worksheets."""
    set_up(site.hap(), CONFIG)


def list_stage(site: Site, window: RunWindow) -> dict[str, Any]:
    """Return the batches and the app as they cross XCom, and how large the batches are as JSON."""
    context = site.context()
    batches = list_orders(context, window)
    crossing = encoded(list[Batch], batches)
    return {
        "batches": crossing,
        "largest": max((len(batch.orders) for batch in batches), default=0),
        "xcom_bytes": len(json.dumps(crossing)),
        "app": encoded(KnownApp, context.known_app()),
        "calls": context.calls(),
    }


def goods_stage(site: Site, batches: list[BatchRefs]) -> dict[str, Any]:
    """Create the goods that HAP lacks."""
    context = site.context()
    sync_goods_of(context, batches)
    return {"calls": context.calls()}


def customers_stage(site: Site, batches: list[BatchRefs]) -> dict[str, Any]:
    """Sync the buyers, if that is cheaper as a whole."""
    context = site.context()
    return {"left": bulk_sync_customers(context, batches), "calls": context.calls()}


def batch_stage(site: Site, batch: Batch, unsynced: list[str] | None) -> dict[str, Any]:
    """Sync one batch; return as it crosses XCom what became of it."""
    context = site.context()
    result = sync_batch(context, batch, unsynced_buyers=unsynced)
    return {"told": encoded(BatchResult, result), "calls": context.calls()}


def settle_stage(
    site: Site,
    window: RunWindow,
    batches: list[Batch],
    told: list[dict[str, Any]],
    calls: dict[str, int],
) -> None:
    """Compare what was asked with what was done."""
    results = decoded(list[BatchResult], told)
    finish_orders(site.context(), window, batches, results, calls=calls)
