"""The shop's calls as the peers make them: one POST, a code in the body, a token for two hours."""

from __future__ import annotations

import os
import time
from typing import Any

import requests

URL = os.environ.get("BENCH_XIAOE_URL", "")
SHOP = {
    "app_id": "appDEMOshop0001",
    "client_id": "xopDEMO0001",
    "secret_key": "demo-secret-key",
    "grant_type": "client_credential",
}
USER_FIELDS = {"field_list": ["nickname", "name", "phone", "company", "job"]}
THROTTLED = (2053, 2054)
ORDERS = "xe.ecommerce.order.list/1.0.0"
ORDERS_BY_CREATION = "xe.order.list.get/1.0.1"
DETAIL = "xe.order.detail/1.0.0"
USER = "xe.user.info.get/1.0.0"
ANSWERS = "xe.information.user.result.get/1.0.0"


class XiaoeError(Exception):
    """The shop refused a call."""


def fetch_token() -> str:
    """Return an access token."""
    answer = requests.get(f"{URL}/token", params=SHOP, timeout=30)
    return str(answer.json()["data"]["access_token"])


def call(session: requests.Session, path: str, body: dict[str, Any]) -> Any:
    """Send a call; a throttled one is sent again after a second, five times at most."""
    for _ in range(5):
        answer = session.post(f"{URL}/{path}", json=body, timeout=30).json()
        code = int(answer["code"])
        if code == 0:
            return answer["data"]
        if code not in THROTTLED:
            break
        time.sleep(1)
    raise XiaoeError(f"{path}: code {code}")
