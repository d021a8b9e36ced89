"""What can be wrong with any list, and the many ways of writing the same value."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.xiaoe.shop_client import NOON, ShopClient, place


@pytest.fixture
def orders(api: ShopClient) -> ShopClient:
    for number in range(5):
        place(api.shop, f"o_{number}", NOON)
    return api


def page(api: ShopClient, number: int = 1, **asked: Any) -> Any:
    return api.data("order.list", page=number, page_size=2, **asked)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [("exact", 5), ("string", "5"), ("missing", None), ("zero", 0), ("one_more", 6)],
)
def test_total_can_be_wrong(orders: ShopClient, shape: str, expected: Any) -> None:
    orders.settings.total = shape
    assert page(orders).get("total") == expected


def test_total_can_jump(orders: ShopClient) -> None:
    orders.settings.total = "jumping"
    assert len({page(orders)["total"] for _ in range(3)}) == 3


def test_lists_can_have_another_shape(orders: ShopClient) -> None:
    orders.settings.list_shape = "missing"
    assert "list" not in page(orders)
    orders.settings.list_shape = "renamed"
    assert len(page(orders)["list_v2"]) == 2
    orders.settings.list_shape = "object"
    assert set(page(orders)["list"]) == {"0", "1"}
    orders.settings.list_shape = "null_when_empty"
    assert len(page(orders)["list"]) == 2
    assert page(orders, 9)["list"] is None


def test_rows_can_be_missing_or_repeated(orders: ShopClient) -> None:
    orders.settings.short_list = True
    assert len(page(orders)["list"]) == 1
    orders.settings.short_list = False
    orders.settings.duplicate_rows = True
    ids = orders.ids("order.list", page=1, page_size=2)
    assert (len(ids), len(set(ids))) == (3, 2)


def test_the_last_page_can_repeat_for_ever(orders: ShopClient) -> None:
    orders.settings.last_page_repeats = True
    assert page(orders, 50)["list"] == page(orders, 3)["list"]


@pytest.mark.parametrize(("stream", "expected"), [("empty", 0), ("tenth", 2)])
def test_the_source_can_seem_to_have_lost_its_rows(
    api: ShopClient, stream: str, expected: Any
) -> None:
    for number in range(20):
        place(api.shop, f"o_{number}", NOON)
    api.settings.stream = stream
    data = api.data("order.list")
    assert (data["total"], len(data["list"])) == (expected, expected)


def test_distortions_can_be_kept_to_some_interfaces(orders: ShopClient) -> None:
    orders.settings.total = "missing"
    orders.settings.distorted_apis = "goods.*"
    assert page(orders)["total"] == 5
    assert "total" not in orders.data("goods.list")


@pytest.mark.parametrize(
    ("api_name", "limit", "params"),
    [
        ("user.list", 50, {}),
        ("order.list", 100, {}),
        ("order.list.created", 200, {}),
        ("information.form", 50, {}),
    ],
)
def test_a_page_size_over_the_limit_is_lowered_or_refused(
    api: ShopClient, api_name: str, limit: Any, params: dict[str, Any]
) -> None:
    assert api.code(api_name, page_size=limit + 1, **params) == 0
    api.settings.page_size_over_limit = "error"
    assert api.code(api_name, page_size=limit, **params) == 0
    assert api.code(api_name, page_size=limit + 1, **params) == 3001
    api.settings.parameter_error_code = 4242
    assert api.code(api_name, page_size=limit + 1, **params) == 4242


def test_default_page_sizes(api: ShopClient) -> None:
    for number in range(250):
        place(api.shop, f"o_{number:03d}", NOON)
    assert len(api.ids("order.list")) == 100
    assert len(api.ids("order.list.created")) == 200
    assert len(api.ids("order.list.old", data={})) == 10
    assert len(api.ids("order.list", page_size=1000)) == 100


def test_the_server_can_lower_page_sizes_silently(orders: ShopClient) -> None:
    orders.settings.page_size_cap = 3
    assert len(orders.data("order.list", page_size=100)["list"]) == 3


@pytest.mark.parametrize(("answer", "expected"), [("first", 2), ("empty", 0), ("error", None)])
def test_page_zero_of_an_interface_that_counts_from_one(
    orders: ShopClient, answer: str, expected: Any
) -> None:
    orders.settings.page_zero = answer
    if expected is None:
        assert orders.code("order.list", page=0, page_size=2) == 3001
    else:
        assert len(page(orders, 0)["list"]) == expected


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("zero", "0000-00-00 00:00:00"),
        ("null", None),
        ("empty", ""),
        ("epoch", "1970-01-01 08:00:00"),
    ],
)
def test_an_empty_time_can_be_written_in_four_ways(
    orders: ShopClient, choice: str, expected: Any
) -> None:
    orders.settings.sentinels = choice
    assert page(orders)["list"][0]["order_info"]["refund_time"] == expected


def test_mixed_choices_are_stable_for_a_record_unless_told_otherwise(api: ShopClient) -> None:
    for number in range(40):
        place(api.shop, f"o_{number}", NOON)
    api.settings.sentinels = api.settings.numbers = "mixed"

    def shown() -> Any:
        rows = [row["order_info"] for row in api.data("order.list")["list"]]
        return [(row["refund_time"], row["actual_fee"]) for row in rows]

    first = shown()
    assert {type(fee) for _, fee in first} == {int, str}
    assert len({refunded for refunded, _ in first}) == 4
    assert shown() == first
    api.settings.dialect_stable = False
    assert shown() != first


def test_numbers_can_all_be_strings(orders: ShopClient) -> None:
    orders.settings.numbers = "string"
    row = page(orders)["list"][0]
    assert row["good_list"][0]["unit_price"] == "19900"
    assert row["order_info"]["order_state"] == "4"


def test_a_lone_surrogate_in_a_name_still_makes_valid_json(api: ShopClient) -> None:
    api.shop.change_user("u_0", nickname="坏\ud83d名")
    assert api.data("user.list")["list"][2]["user_nickname"] == "坏\ud83d名"
