from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.simulators.xiaoe.shop_client import NOON, ShopClient, text

DAY = timedelta(days=1)


def ids(api: ShopClient, **asked: Any) -> Any:
    return [row["resource_id"] for row in api.data("goods.list", **asked)["list"]]


def test_goods_are_listed_from_the_newest_with_prices_in_fen(api: ShopClient) -> None:
    data = api.data("goods.list")
    assert [row["resource_id"] for row in data["list"]] == ["p_2", "p_1", "v_1"]
    assert (data["current_page"], data["total"]) == (1, 3)
    row = data["list"][0]
    assert (row["price_low"], row["sale_status"], row["resource_type"]) == (36500, 1, 5)
    assert row["updated_at"] == "0000-00-00 00:00:00"


def test_sizes_over_a_hundred_count_as_a_hundred_whatever_the_switch(api: ShopClient) -> None:
    for number in range(110):
        api.shop.add_goods("课", 1, 100, goods_id=f"i_{number}")
    api.settings.page_size_over_limit = "error"
    assert len(ids(api, page_size=500)) == 100
    assert len(ids(api)) == 10
    assert len(ids(api, page=2, page_size=100)) == 13


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"resource_type": "6"}, ["p_1"]),
        ({"sale_status": 0}, ["v_1"]),
        ({"sale_status": 3}, ["p_2", "p_1"]),
        ({"goods_name": "会员"}, ["p_2"]),
        ({"start_time": text(NOON - 21 * DAY), "end_time": text(NOON - 15 * DAY)}, ["p_1"]),
        ({"start_time": text(NOON - 31 * DAY), "end_time": text(NOON)}, ["p_1", "v_1"]),
    ],
)
def test_goods_are_filtered(api: ShopClient, filters: dict[str, Any], expected: Any) -> None:
    api.shop.change_goods("v_1", sale_status=0)
    api.shop.change_goods("p_2", sale_status=2)
    assert ids(api, **filters) == expected


def test_half_a_window_is_refused_and_a_long_one_can_be(api: ShopClient) -> None:
    assert api.code("goods.list", start_time=text(NOON)) == 3001
    api.settings.window_over_limit = "error"
    long = {"start_time": text(NOON - 16 * DAY), "end_time": text(NOON)}
    assert api.code("goods.list", **long) == 3001


def test_deleted_goods_are_listed_on_demand(api: ShopClient) -> None:
    api.shop.change_goods("v_1", deleted=True)
    assert ids(api) == ["p_2", "p_1"]
    assert ids(api, is_return_deleted=1) == ["p_2", "p_1", "v_1"]


def test_paging_can_have_a_depth(api: ShopClient) -> None:
    api.settings.goods_depth_cap = 2
    assert ids(api, page=2, page_size=2) == []


def test_the_resource_list_is_unknown_unless_it_is_an_alias(api: ShopClient) -> None:
    assert api.code("resource.list") == 2052
    api.settings.resource_list = "alias"
    assert api.data("resource.list")["total"] == 3


def detail(api: ShopClient, goods_id: Any, goods_type: Any) -> Any:
    return api.call("goods.detail", data={"goods_id": goods_id, "goods_type": goods_type})


def test_the_two_details_disagree_about_on_sale(api: ShopClient) -> None:
    old = detail(api, "p_1", 6)["data"]["resource_info"]
    new = api.data("goods.detail.v2", resources=[{"type": 6, "ids": ["p_1", "p_9"]}])
    assert (old["sale_status"], new[0]["sale_status"]) == (0, 1)
    assert (old["price"], new[0]["sku"][0]["sku_price"]) == (19900, 19900)
    api.shop.change_goods("p_1", sale_status=0)
    assert detail(api, "p_1", 6)["data"]["resource_info"]["sale_status"] == 1


@pytest.mark.parametrize(
    ("goods_id", "goods_type", "code"), [("p_2", 25, 3057), ("v_9", 3, 7), ("v_1", 3, 21)]
)
def test_detail_3_0_0_has_its_own_errors_with_an_empty_array(
    api: ShopClient, goods_id: str, goods_type: int, code: int
) -> None:
    api.shop.change_goods("v_1", deleted=True)
    body = detail(api, goods_id, goods_type)
    assert (body["code"], body["data"]) == (code, {"resource_info": []})


def test_details_can_come_as_object_or_as_list(api: ShopClient) -> None:
    api.settings.goods_detail_data = "list"
    assert detail(api, "v_1", 3)["data"][0]["resource_info"]["title"] == "课程"
    api.settings.goods_detail_v2_data = "object"
    data = api.data("goods.detail.v2", resources=[{"type": 3, "ids": ["v_1"]}])
    assert data["v_1"]["goods_name"] == "课程"


def test_detail_4_0_0_may_be_stale_unless_asked_not_to(api: ShopClient) -> None:
    api.settings.goods_cache_seconds = 60
    asked = {"resources": [{"type": 3, "ids": ["v_1"]}]}
    api.data("goods.detail.v2", **asked)
    api.shop.change_goods("v_1", name="新课程")
    assert api.data("goods.detail.v2", **asked)[0]["goods_name"] == "课程"
    assert api.data("goods.detail.v2", **asked, is_cache=False)[0]["goods_name"] == "新课程"
    api.shop.clock.advance(61)
    assert api.data("goods.detail.v2", **asked)[0]["goods_name"] == "新课程"


def test_a_columns_contents_are_read_with_a_cursor(api: ShopClient) -> None:
    lessons = [api.shop.add_goods("课", 3, 0, goods_id=f"v_1{n}") for n in range(5)]
    api.shop.add_goods("营", 8, 100, goods_id="p_8", contents=lessons)
    asked = {"goods_id": "p_8", "goods_type": 8, "resource_type": [3], "page_size": 2}
    seen, last = [], ""
    while rows := api.data("goods.relation", data={**asked, "last_id": last})["list"]:
        seen += [row["resource_id"] for row in rows]
        last = api.data("goods.relation", data={**asked, "last_id": last})["last_id"]
    assert seen == [f"v_1{n}" for n in range(5)]
    api.settings.relation_cursor = "row"
    assert api.data("goods.relation", data=asked)["list"][1]["last_id"] == "v_11"


def test_contents_are_refused_for_other_types(api: ShopClient) -> None:
    assert api.code("goods.relation", data={"goods_id": "v_1", "goods_type": 3}) == 3057
    assert api.code("goods.relation", data={"goods_id": "p_9", "goods_type": 6}) == 7
