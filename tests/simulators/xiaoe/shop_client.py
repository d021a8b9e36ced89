"""A small shop with known contents, and a plain `requests` client for its API."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import requests

from include.simulators.clock import SHANGHAI, VirtualClock
from include.simulators.xiaoe.app import XiaoeApp
from include.simulators.xiaoe.endpoints import ENDPOINTS
from include.simulators.xiaoe.shop import Shop

NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=SHANGHAI)
PATHS = {endpoint.api: f"/{endpoint.path}" for endpoint in ENDPOINTS}
CREDENTIALS = {
    "app_id": "appDEMOshop0001",
    "client_id": "xopDEMO0001",
    "secret_key": "demo-secret-key",
    "grant_type": "client_credential",
}


@dataclass
class ShopClient:
    """Calls the API as a client would: token first, then JSON."""

    url: str
    app: XiaoeApp
    http: requests.Session = field(default_factory=requests.Session)
    token: str = ""

    @property
    def shop(self) -> Shop:
        return self.app.shop

    @property
    def settings(self) -> Any:
        return self.app.settings

    def fetch_token(self, **changes: Any) -> dict[str, Any]:
        answer = self.http.get(f"{self.url}/token", params={**CREDENTIALS, **changes}, timeout=60)
        body: dict[str, Any] = answer.json()
        return body

    def raw(self, api: str, /, **params: Any) -> requests.Response:
        if not self.token:
            self.token = self.fetch_token()["data"]["access_token"]
        body = {"access_token": self.token, **params}
        return self.http.post(self.url + PATHS.get(api, api), json=body, timeout=60)

    def call(self, api: str, /, **params: Any) -> dict[str, Any]:
        body: dict[str, Any] = self.raw(api, **params).json()
        return body

    def code(self, api: str, /, **params: Any) -> Any:
        return self.call(api, **params)["code"]

    def data(self, api: str, /, **params: Any) -> Any:
        body = self.call(api, **params)
        assert body["code"] == 0, body
        return body["data"]

    def ids(self, api: str, /, **params: Any) -> list[str]:
        """The order ids of a page."""
        rows = self.data(api, **params)["list"]
        return [row.get("order_info", row)["order_id"] for row in rows]


def small_shop() -> Shop:
    """Three users, a course, a column with it, a year's membership.

    The clock stands at NOON, and at the start of every rate window, until a test moves it.
    """
    shop = Shop(clock=VirtualClock(NOON, frozen=True, seconds=lambda: 0.0))
    for number in range(3):
        shop.register_user(
            f"用户{number}",
            at=NOON - timedelta(days=10 - number),
            user_id=f"u_{number}",
            bind_phone=f"1380000000{number}",
        )
    course = shop.add_goods("课程", 3, 9900, at=NOON - timedelta(days=30), goods_id="v_1")
    shop.add_goods(
        "专栏", 6, 19900, at=NOON - timedelta(days=20), goods_id="p_1", contents=[course]
    )
    shop.add_goods(
        "年度会员", 5, 36500, at=NOON - timedelta(days=10), goods_id="p_2", valid_days=365
    )
    return shop


def place(shop: Shop, order_id: str, at: datetime, **facts: Any) -> None:
    """Place and pay an order of the column by user u_0, both at the same second."""
    shop.place_order("u_0", "p_1", at=at, order_id=order_id, **facts)
    shop.pay(order_id, at=at)


def text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
