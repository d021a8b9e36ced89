"""Driving the shop over HTTP, as the demo does."""

from __future__ import annotations

from typing import Any

from include.simulators.server import serve
from include.simulators.xiaoe.app import create_app
from include.simulators.xiaoe.settings import XiaoeSettings
from tests.simulators.xiaoe.shop_client import NOON, ShopClient, text


def act(api: ShopClient, operation: Any, **arguments: Any) -> Any:
    return api.http.post(f"{api.url}/_sim/act/{operation}", json=arguments, timeout=60)


def test_an_order_is_placed_paid_and_refunded_from_outside(api: ShopClient) -> None:
    placed = act(api, "place_order", user_id="u_0", goods="p_1", at="2026-11-20 11:00:00").json()
    act(api, "pay", order_id=placed["order_id"])
    refunded = act(api, "refund", order_id=placed["order_id"], amount=500).json()
    assert (refunded["refund_fee"], refunded["aftersale_state"]) == (500, 2)
    truth = api.http.get(f"{api.url}/_sim/truth/orders", timeout=60).json()
    assert truth[0]["created_at"] == "2026-11-20T11:00:00+08:00"
    assert api.data("order.list")["list"][0]["order_info"]["update_time"] == text(NOON)


def test_tokens_can_be_revoked_from_outside(api: ShopClient) -> None:
    assert api.code("goods.list") == 0
    act(api, "revoke_tokens")
    assert api.code("goods.list") == 2008


def test_mistakes_are_told(api: ShopClient) -> None:
    assert act(api, "explode").status_code == 404
    assert act(api, "refund").status_code == 422
    assert act(api, "refund", order_id="nope").status_code == 422
    assert act(api, "pay", order_id="o", at="yesterday").status_code == 422
    assert api.http.get(f"{api.url}/_sim/truth/dragons", timeout=60).status_code == 404


def test_switches_and_state_are_reachable_from_outside(api: ShopClient) -> None:
    control = f"{api.url}/_sim"
    changed = api.http.patch(
        f"{control}/settings",
        json={"update_filter": "ignored", "update_time_ignores": ["refund"]},
        timeout=60,
    ).json()
    assert changed["update_filter"] == "ignored"
    assert api.settings.update_time_ignores == frozenset({"refund"})
    assert api.http.get(f"{control}/state", timeout=60).json()["users"] == 3
    wrong = api.http.patch(f"{control}/settings", json={"update_filter": "?"}, timeout=60)
    assert wrong.status_code == 422


def test_the_api_works_below_a_path_prefix(api: ShopClient) -> None:
    app = create_app(api.shop, XiaoeSettings(), prefix="/some/prefix/")
    with serve(app) as url:
        api.url = f"{url}/some/prefix"
        assert api.data("goods.list")["total"] == 3
        assert act(api, "tick").json()["result"]["event"] == "order"
        api.url = url
        assert api.raw("goods.list").status_code == 404
