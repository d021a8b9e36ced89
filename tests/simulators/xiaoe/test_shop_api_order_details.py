from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.simulators.xiaoe.shop_client import NOON, ShopClient, place, text

DAY = timedelta(days=1)


def test_detail_1_0_speaks_yuan_and_names_the_promoter(api: ShopClient) -> None:
    place(api.shop, "o_1", NOON, share_user_id="u_2", share_nickname="推广员")
    data = api.data("order.detail", order_id="o_1")
    assert data["order_info"]["price"] == "199.00"
    assert data["order_info"]["order_type"] == "普通订单"
    assert data["order_info"]["pay_time"] == text(NOON)
    assert "update_time" not in data["order_info"]
    assert data["distribute_info"]["share_user_nickname"] == "推广员"


def test_blocks_without_content_are_arrays_or_objects(api: ShopClient) -> None:
    place(api.shop, "o_1", NOON)
    assert api.data("order.detail", order_id="o_1")["distribute_info"] == []
    api.settings.empty_objects = "object"
    assert api.data("order.detail", order_id="o_1")["distribute_info"] == {}


def test_detail_2_0_lists_the_refunds_in_fen(api: ShopClient) -> None:
    place(api.shop, "o_1", NOON - DAY)
    api.shop.refund("o_1", 900)
    api.shop.refund("o_1")
    data = api.data("order.detail.v2", order_id="o_1")
    records = data["internal_extra_info"]["refund_info"]["refund_records"]
    assert [(r["refund_amount"], r["refund_type"]) for r in records] == [(900, 2), (19000, 1)]
    assert data["goods_info"]["goods_list"][0]["refund_amount"] == 19900
    assert data["price_info"]["has_result"] is True


def test_an_order_id_is_required(api: ShopClient) -> None:
    assert api.code("order.detail") == 3001
    assert api.code("order.detail.v2", order_id="nope") == 3002


@pytest.fixture
def refunds(api: ShopClient) -> ShopClient:
    for number in (1, 2, 3):
        place(api.shop, f"o_{number}", NOON - 10 * DAY)
    api.shop.refund("o_1", 100, at=NOON - 5 * DAY)
    asked = api.shop.request_refund("o_2", at=NOON - 4 * DAY)
    api.shop.finish_refund(asked.aftersale_id, accepted=False, at=NOON - DAY)
    api.shop.request_refund("o_3", at=NOON)
    return api


def days(first: Any, last: Any) -> Any:
    return f"{NOON - first * DAY:%Y-%m-%d} || {NOON - last * DAY:%Y-%m-%d}"


def found(api: ShopClient, **asked: Any) -> Any:
    return [row["order_id"] for row in api.data("after_sale.list", page_size=10, **asked)["list"]]


def test_after_sales_are_counted_in_row_count(refunds: ShopClient) -> None:
    data = refunds.data("after_sale.list", created_at=days(2000, 0), page_size=2, page_index=2)
    assert (data["row_count"], len(data["list"])) == (3, 1)
    assert "total" not in data


@pytest.mark.parametrize(
    ("date_type", "span", "expected"),
    [
        ("created_at", (5, 5), ["o_1"]),
        ("updated_at", (1, 1), ["o_2"]),
        ("refund_time", (9, 0), ["o_1"]),
        ("apply_time", (0, 0), ["o_3"]),
        ("", (4, 4), ["o_2"]),
    ],
)
def test_after_sales_by_day(refunds: ShopClient, date_type: str, span: Any, expected: Any) -> None:
    assert found(refunds, created_at=days(*span), date_type=date_type) == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"sales_state": 2}, ["o_1"]),
        ({"sales_state": 1}, ["o_3"]),
        ({"sales_state": -1, "order_id": "o_2"}, ["o_2"]),
        ({"order_user_id": "u_9"}, []),
    ],
)
def test_after_sales_are_filtered(
    refunds: ShopClient, filters: dict[str, Any], expected: Any
) -> None:
    assert found(refunds, created_at=days(9, 0), **filters) == expected


def test_an_after_sale_row(refunds: ShopClient) -> None:
    row = refunds.data("after_sale.list", created_at=days(5, 5), page_size=10)["list"][0]
    assert (row["state"], row["refund_money"], row["sku_info"]) == (13, 100, None)
    assert row["state_invalid_time"] == "-0001-11-30 00:00:00"
    assert row["goods_list"][0]["goods_price"] == 19900


def test_the_page_key_of_after_sales_is_a_switch(refunds: ShopClient) -> None:
    asked = {"created_at": days(9, 0), "page_size": 2}
    assert len(found_page(refunds, **asked, page=2)) == 1
    refunds.settings.after_sale_page_key = "page_index"
    assert len(found_page(refunds, **asked, page=2)) == 2
    assert len(found_page(refunds, **asked, page_index=2)) == 1


def found_page(api: ShopClient, **asked: Any) -> Any:
    return api.data("after_sale.list", **asked)["list"]


def test_a_range_is_required(refunds: ShopClient) -> None:
    assert refunds.code("after_sale.list", page_size=10) == 3001
    assert refunds.code("after_sale.list", page_size=10, created_at="2026-11-20") == 3001
