"""The pipeline between the shop of captured rows and an app, and what the app then holds."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from include.destination.sheets.worksheets import ORDERS
from include.simulators.clock import VirtualClock
from include.simulators.gateway import Gateway
from include.simulators.hap.app import create_app
from include.simulators.hap.plain import plain_rows
from include.simulators.hap.settings import HapSettings
from include.simulators.hap.store import HapStore
from include.simulators.journal import Entry, Journal
from include.source.windows import SHOP_ZONE
from tests.captured.captured_shop import APP_ID, ROWS, captured_shop
from tests.in_process import mount
from tests.pipeline.pipeline import Pipeline

NOW = datetime(2025, 8, 20, 12, tzinfo=SHOP_ZONE)


@dataclass(kw_only=True)
class CapturedWorld(Pipeline):
    store: HapStore
    rows: list[dict[str, Any]]
    apps: tuple[ASGIApp, Gateway]

    @property
    def hap_journal(self) -> Journal:
        return self.apps[1].simulation.journal

    def writes(self, after: int = 0) -> list[Entry]:
        return [entry for entry in self.hap_journal.entries(after=after) if entry.effect]

    def read_orders(self) -> None:
        self.orders(NOW.replace(month=7), NOW)

    def sheet(self, alias: str) -> list[dict[str, Any]]:
        return list(plain_rows(self.store, alias))


def captured_world(tokens: Path, rows: list[dict[str, Any]] | None = None) -> CapturedWorld:
    """Return the world with these rows, or the captured ones, in HAP; they may be changed then."""
    shown = copy.deepcopy(ROWS) if rows is None else rows
    store = HapStore.demo(HapSettings(qps=0), VirtualClock(NOW))
    apps = captured_shop(shown), create_app(store)
    world = CapturedWorld(
        xiaoe_url=mount(apps[0]),
        hap_url=mount(apps[1]),
        tokens=tokens,
        app_id=APP_ID,
        store=store,
        rows=shown,
        apps=apps,
        one_batch=len(shown) > len(ROWS),
    )
    world.set_up()
    world.read_orders()
    return world


def stored(world: CapturedWorld) -> dict[str, dict[str, Any]]:
    """Return HAP's order rows as plain texts, links as the keys that they point at."""
    keys = {
        alias: {row["rowid"]: row[key] for row in world.sheet(alias)}
        for alias, key in (("customers", "user_id"), ("goods", "goods_id"))
    }
    told = {}
    for row in world.sheet("orders"):
        shown = {field.alias: row.get(field.alias) for field in ORDERS.fields}
        del shown["source_hash"], shown["synced_at"]
        shown["customer"] = next((keys["customers"][one] for one in row["customer"] or ()), None)
        shown["goods"] = sorted(keys["goods"][one] for one in row["goods"] or ())
        shown["columns"] = list(row["columns"] or ())
        shown |= {name: str(cell) for name, cell in shown.items() if isinstance(cell, Decimal)}
        told[row["order_id"]] = {name: None if cell == "" else cell for name, cell in shown.items()}
    return told
