from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.simulators.xiaoe.shop_client import NOON, ShopClient, place

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def unix(moment: Any) -> Any:
    return str(int(moment.timestamp()))


@pytest.fixture
def orders(api: ShopClient) -> ShopClient:
    for number in range(1, 6):
        place(api.shop, f"o_{number}", NOON - (5 - number) * HOUR)
    return api


def test_list_1_1_is_flat_counts_from_one_and_runs_upwards(orders: ShopClient) -> None:
    pages = [orders.ids("order.list.created", page_index=n, page_size=2) for n in (1, 2, 3)]
    assert pages == [["o_1", "o_2"], ["o_3", "o_4"], ["o_5"]]
    down = orders.ids("order.list.created", order_by="created_at:desc")
    assert down[0] == "o_5"


def test_list_1_0_is_nested_counts_from_zero_and_runs_downwards(orders: ShopClient) -> None:
    nested = [
        orders.ids("order.list.old", data={"page_index": n, "page_size": "2"}) for n in (0, 1)
    ]
    assert nested == [["o_5", "o_4"], ["o_3", "o_2"]]
    flat = orders.ids("order.list.old", page_index=1, page_size=2)
    assert len(flat) == 5  # parameters at the top are not seen


def test_times_are_unix_seconds_of_creation(orders: ShopClient) -> None:
    asked = {"begin_time": unix(NOON - 3 * HOUR), "end_time": unix(NOON - 2 * HOUR)}
    assert orders.ids("order.list.created", **asked) == ["o_2", "o_3"]


def test_an_empty_begin_means_a_day_before_the_end(orders: ShopClient) -> None:
    place(orders.shop, "o_old", NOON - 25 * HOUR)
    assert "o_old" not in orders.ids("order.list.created")
    assert orders.ids("order.list.created", end_time=unix(NOON - 24 * HOUR)) == ["o_old"]


@pytest.mark.parametrize(
    ("api_name", "limit", "nested"),
    [("order.list.created", 7 * DAY, False), ("order.list.old", DAY, True)],
)
def test_a_window_that_is_too_long_is_cut_or_refused(
    orders: ShopClient, api_name: str, limit: Any, nested: bool
) -> None:
    start = NOON - limit - HOUR
    place(orders.shop, "o_first", start)
    asked = {"begin_time": unix(start), "end_time": unix(NOON), "page_size": 50}
    body = {"data": asked} if nested else asked
    ids = orders.ids(api_name, **body)
    assert "o_first" in ids
    assert "o_5" not in ids
    orders.settings.window_over_limit = "error"
    assert orders.code(api_name, **body) == 3001


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"order_id": "o_3"}, ["o_3"]),
        ({"user_id": "u_9"}, []),
        ({"resource_id": "p_1", "order_state": 10}, ["o_2"]),
        ({"sales_state": 2}, ["o_2"]),
    ],
)
def test_exact_filters(orders: ShopClient, filters: dict[str, Any], expected: Any) -> None:
    orders.shop.refund("o_2")
    assert orders.ids("order.list.created", **filters) == expected


def test_sorting_by_update_time_does_nothing_unless_switched_on(orders: ShopClient) -> None:
    orders.shop.clock.advance(60)
    orders.shop.change_order("o_1", remark="新")
    asked = {"order_by": "updated_at:asc"}
    assert orders.ids("order.list.created", **asked)[0] == "o_1"
    orders.settings.legacy_order_by_updated = True
    assert orders.ids("order.list.created", **asked)[-1] == "o_1"


def test_a_row_of_list_1_1(orders: ShopClient) -> None:
    row = orders.data("order.list.created", order_id="o_1")["list"][0]
    assert (row["price"], row["order_type"], row["refund_money"]) == ("199.00", [6], "")
    assert row["settle_time"] == "0000-00-00 00:00:00"
    orders.settings.legacy_price = "number"
    orders.settings.settle_time_garbage = True
    orders.shop.refund("o_1", 900)
    row = orders.data("order.list.created", order_id="o_1")["list"][0]
    assert (row["price"], row["settle_time"], row["refund_money"]) == (199.0, "o_xxxx", 900)
    orders.settings.legacy_refund_unit = "yuan"
    row = orders.data("order.list.created", order_id="o_1")["list"][0]
    assert row["refund_money"] == 9.0


def test_states_of_the_1_x_family(api: ShopClient) -> None:
    shop = api.shop
    for name in ("open", "timeout", "cancelled"):
        shop.place_order("u_0", "p_1", order_id=name)
    shop.close("timeout")
    shop.close("cancelled", by_buyer=True)
    for name in ("paid", "asked", "part", "full"):
        place(shop, name, NOON)
    shop.request_refund("asked")
    shop.refund("part", 100)
    shop.refund("full")

    def states() -> Any:
        rows = api.data("order.list.created")["list"]
        return {row["order_id"]: row["order_state"] for row in rows}

    assert states() == {
        "open": 0,
        "timeout": 6,
        "cancelled": 7,
        "paid": 1,
        "asked": 8,
        "part": 11,
        "full": 10,
    }
    api.settings.legacy_full_refund_state = 3
    assert states()["full"] == 3
