"""Two simulated shops and the app that both write to, and what must be true of them in the end."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from include.simulators.hap.app import create_app as hap_app
from include.simulators.hap.settings import HapSettings
from include.simulators.hap.store import HapStore
from include.simulators.journal import Journal
from include.simulators.server import serve
from include.simulators.xiaoe.app import create_app as xiaoe_app
from include.simulators.xiaoe.endpoints import ENDPOINTS
from include.simulators.xiaoe.seed import demo_shop
from include.simulators.xiaoe.settings import XiaoeSettings
from include.simulators.xiaoe.shop import Shop
from tests.pipeline.oracle import OfShop, duplicates, plain_differences

NAMES = ("default", "branch")


@dataclass(frozen=True)
class SimulatedShop:
    """One shop: its truth, its journal, and where it is."""

    name: str
    source: Shop
    journal: Journal
    url: str

    @property
    def dag(self) -> str:
        """What its DAGs' ids end in."""
        return "" if self.name == "default" else f"__{self.name}"


@dataclass(frozen=True)
class Scene:
    """Both shops and their app."""

    shops: Sequence[SimulatedShop]
    store: HapStore
    hap_journal: Journal
    hap_url: str

    def connections(self) -> dict[str, str]:
        """Return the connections as Airflow reads them from its environment."""
        hap = _connection("mingdao", self.hap_url, "demo-appkey", "demo-sign")
        return {"AIRFLOW_CONN_MINGDAO_DEFAULT": hap} | {
            f"AIRFLOW_CONN_XIAOE_{shop.name.upper()}": _connection(
                "xiaoe", shop.url, shop.source.app_id, "demo-secret-key", client_id="xopDEMO0001"
            )
            for shop in self.shops
        }

    def list_of_shops(self, folder: Path) -> Path:
        """Write the list of shops that adds the second one."""
        path = folder / "shops.toml"
        path.write_text(
            "".join(
                f'[[shop]]\nname = "{shop.name}"\napp_id = "{shop.source.app_id}"\n'
                for shop in self.shops
            )
        )
        return path

    def mistakes(self) -> list[str]:
        """Return in words whatever is not right in the app."""
        told = []
        for shop in self.shops:
            own = OfShop(self.store, shop.source.app_id)
            found = plain_differences(shop.source, own) + duplicates(own)
            told += [f"{shop.name}: {what}" for what in found]
        return told


@contextmanager
def open_scene(orders_per_day: int, days: int) -> Iterator[Scene]:
    """Serve both shops, with the documented limits, and the app; on loopback."""
    first = demo_shop(5, days=days, orders_per_day=orders_per_day)
    second = demo_shop(
        5, days=days, orders_per_day=orders_per_day, app_id="appDEMObranch01", clock=first.clock
    )
    store = HapStore.demo(HapSettings(), first.clock)
    app = hap_app(store, HapSettings())
    apis = [xiaoe_app(shop, XiaoeSettings(app_id=shop.app_id)) for shop in (first, second)]
    with serve(app) as hap_url, serve(apis[0]) as one, serve(apis[1]) as other:
        shops = [
            SimulatedShop(name, source, api.simulation.journal, url)
            for name, source, api, url in zip(
                NAMES, (first, second), apis, (one, other), strict=True
            )
        ]
        yield Scene(shops, store, app.simulation.journal, hap_url)


def busiest_windows(journal: Journal) -> dict[str, tuple[int, int, float]]:
    """Return by api the most calls within any window of its limit, the limit, and the seconds."""
    times: dict[str, list[float]] = defaultdict(list)
    for entry in journal.entries():
        times[entry.api].append(entry.monotonic)
    rates = {endpoint.api: endpoint.rate for endpoint in ENDPOINTS}
    found = {}
    for api, moments in times.items():
        if api in rates:
            calls, seconds = rates[api].calls, rates[api].seconds
            found[api] = (_most_within(sorted(moments), seconds), calls, seconds)
    return found


def too_fast(shops: Sequence[SimulatedShop]) -> list[str]:
    """Return in words where a shop was called more often than its limit, over all workers."""
    return [
        f"{shop.name}: {api} was called {most} times within {seconds:g} s, allowed are {limit}"
        for shop in shops
        for api, (most, limit, seconds) in busiest_windows(shop.journal).items()
        if most > limit
    ] + [
        f"{shop.name}: {refused} calls were refused as too many"
        for shop in shops
        if (refused := shop.journal.count(code="2053") + shop.journal.count(code="2054"))
    ]


def several_tokens(shops: Sequence[SimulatedShop]) -> list[str]:
    """Return in words where a shop was not asked for a token just once, by all workers together."""
    asked = {shop.name: shop.journal.count("token") for shop in shops}
    return [f"{name}: {count} tokens were fetched" for name, count in asked.items() if count != 1]


def _most_within(moments: Sequence[float], seconds: float) -> int:
    most = start = 0
    for end, moment in enumerate(moments):
        while moments[start] <= moment - seconds:
            start += 1
        most = max(most, end - start + 1)
    return most


def _connection(kind: str, host: str, login: str, password: str, **extra: object) -> str:
    return json.dumps(
        {
            "conn_type": kind,
            "host": host,
            "login": login,
            "password": password,
            "extra": {**extra, "allow_http": True},
        }
    )
