from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.simulators.xiaoe.shop_client import NOON, ShopClient, text

YEAR = timedelta(days=365)


@pytest.fixture
def purchases(api: ShopClient) -> ShopClient:
    """u_0 owns the column for good and the membership for a year, bought an hour later."""
    for order_id, goods_id, at in (
        ("o_1", "p_1", NOON - timedelta(hours=1)),
        ("o_2", "p_2", NOON),
    ):
        api.shop.place_order("u_0", goods_id, at=at, order_id=order_id)
        api.shop.pay(order_id, at=at)
    return api


def rows(api: ShopClient, **asked: Any) -> Any:
    return api.data("purchase", data={"user_id": "u_0", **asked})["list"]


def test_rights_are_listed_from_the_newest_with_their_end(purchases: ShopClient) -> None:
    data = purchases.data("purchase", data={"user_id": "u_0", "page_index": 1, "page_size": 1})
    assert (data["total"], len(data["list"])) == (2, 1)
    row = data["list"][0]
    assert (row["resource_id"], row["product_id"], row["price"]) == ("p_2", "p_2", 36500)
    assert row["expire_at"] == text(NOON + YEAR)
    assert [row["resource_id"] for row in rows(purchases, order_by="created_at:asc")] == [
        "p_1",
        "p_2",
    ]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"product_id": "p_1"}, ["p_1"]),
        ({"resource_type": 5}, ["p_2"]),
        ({"payment_type": 2}, []),
        ({"begin_time": text(NOON)}, ["p_2"]),
        ({"end_time": text(NOON - timedelta(minutes=1))}, ["p_1"]),
    ],
)
def test_rights_are_filtered(purchases: ShopClient, filters: dict[str, Any], expected: Any) -> None:
    assert [row["resource_id"] for row in rows(purchases, **filters)] == expected


def test_a_user_is_required(purchases: ShopClient) -> None:
    assert purchases.code("purchase", data={}) == 2009
    assert purchases.code("purchase", user_id="u_0") == 2009


@pytest.mark.parametrize("key", ["expire_at", "end_date", "expire_end"])
def test_the_end_may_have_other_names(purchases: ShopClient, key: str) -> None:
    purchases.settings.purchase_expiry = key
    assert rows(purchases)[0][key] == text(NOON + YEAR)


def test_the_end_may_be_a_period(purchases: ShopClient) -> None:
    purchases.settings.purchase_expiry = "period"
    year, forever = rows(purchases)
    assert (year["period_type"], year["period"]) == (2, int(YEAR.total_seconds()))
    assert (forever["period_type"], forever["period"]) == (0, 0)


@pytest.mark.parametrize(
    ("word", "expected"),
    [("null", None), ("empty", ""), ("zero", "0000-00-00 00:00:00"), ("text", "长期有效")],
)
def test_no_end_may_be_said_in_several_ways(
    purchases: ShopClient, word: str, expected: Any
) -> None:
    purchases.settings.purchase_no_expiry = word
    assert rows(purchases)[1]["expire_at"] == expected


def test_list_key_total_and_id_key_vary(purchases: ShopClient) -> None:
    purchases.settings.purchase_list_key = "purchase_list"
    purchases.settings.purchase_total = False
    purchases.settings.purchase_id_key = "product_id"
    data = purchases.data("purchase", data={"user_id": "u_0"})
    assert set(data) == {"purchase_list"}
    assert "resource_id" not in data["purchase_list"][0]


def test_a_full_refund_ends_the_right(purchases: ShopClient) -> None:
    purchases.shop.refund("o_2")
    assert [row["is_deleted"] for row in rows(purchases)] == [1, 0]
    purchases.settings.purchase_deleted = "hidden"
    assert [row["resource_id"] for row in rows(purchases)] == ["p_1"]


def test_an_extension_shows_here_and_moves_no_order(purchases: ShopClient) -> None:
    number = rows(purchases)[0]["id"]
    purchases.shop.extend_purchase(number, NOON + 2 * YEAR)
    assert rows(purchases)[0]["expire_at"] == text(NOON + 2 * YEAR)
    info = purchases.data("order.list", order_id="o_2")["list"][0]["order_info"]
    assert info["update_time"] == text(NOON)


def test_paging_can_have_a_depth(purchases: ShopClient) -> None:
    purchases.settings.purchase_depth_cap = 1
    assert rows(purchases, page_index=2, page_size=1) == []
