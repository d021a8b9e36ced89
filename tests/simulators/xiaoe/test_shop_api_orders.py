from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.simulators.xiaoe.shop_client import NOON, ShopClient, place, text

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def orders(api: ShopClient) -> ShopClient:
    """Five orders, one an hour, the last at NOON; `o_1` is refunded at the very end."""
    for number in range(1, 6):
        place(api.shop, f"o_{number}", NOON - (5 - number) * HOUR)
    api.shop.refund("o_1", at=NOON)
    return api


def window(name: Any, start: Any, end: Any) -> Any:
    return {f"{name}_start": text(start), f"{name}_end": text(end)}


def updated(start: Any, end: Any, **more: Any) -> Any:
    return {**window("update_time", start, end), "order_asc": "asc", **more}


def test_orders_are_found_by_update_time_in_both_directions(orders: ShopClient) -> None:
    found = updated(NOON - 3 * HOUR, NOON)
    assert orders.ids("order.list", **found) == ["o_2", "o_3", "o_4", "o_1", "o_5"]
    assert orders.ids("order.list", **{**found, "order_asc": "desc"})[0] == "o_5"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("created_time", ["o_1", "o_2"]),
        ("pay_time", ["o_1", "o_2"]),
        ("update_time", ["o_2"]),
        ("settle_time", []),
    ],
)
def test_each_time_dimension_filters_on_its_own(
    orders: ShopClient, name: Any, expected: Any
) -> None:
    asked = window(name, NOON - 4 * HOUR, NOON - 3 * HOUR)
    assert orders.ids("order.list", **asked, order_asc="asc") == expected


def test_pages_start_at_one_and_count_everything(orders: ShopClient) -> None:
    pages = [orders.data("order.list", page=n, page_size=2) for n in (1, 2, 3, 4)]
    assert [len(page["list"]) for page in pages] == [2, 2, 1, 0]
    assert orders.ids("order.list", page=9, page_size=2, order_asc="asc") == []
    assert {page["total"] for page in pages} == {5}
    assert (pages[1]["page"], pages[1]["page_size"]) == (2, 2)


@pytest.mark.parametrize(("bound", "expected"), [("inclusive", True), ("exclusive", False)])
def test_the_ends_of_a_window_may_belong_to_it_or_not(
    orders: ShopClient, bound: str, expected: Any
) -> None:
    orders.settings.window_start = orders.settings.window_end = bound
    ids = orders.ids("order.list", **window("created_time", NOON - 4 * HOUR, NOON))
    assert ("o_1" in ids, "o_5" in ids) == (expected, expected)
    one = orders.ids("order.list", **window("created_time", NOON - 4 * HOUR, NOON), user_id="u_0")
    assert one == ids


def test_a_window_that_is_too_long_is_cut_or_refused(orders: ShopClient) -> None:
    place(orders.shop, "o_old", NOON - 40 * DAY)
    wide = window("created_time", NOON - 41 * DAY, NOON)
    assert orders.ids("order.list", **wide) == ["o_old"]
    orders.settings.window_over_limit = "error"
    assert orders.code("order.list", **wide) == 3001


def test_a_missing_bound_is_filled_in_or_refused(orders: ShopClient) -> None:
    assert len(orders.ids("order.list", created_time_start=text(NOON - 2 * HOUR))) == 3
    assert len(orders.ids("order.list", created_time_end=text(NOON - 2 * HOUR))) == 3
    orders.settings.missing_bound = "error"
    assert orders.code("order.list", created_time_start=text(NOON)) == 3001


def test_an_ignored_update_filter_answers_with_the_last_thirty_days(orders: ShopClient) -> None:
    orders.settings.update_filter = "ignored"
    place(orders.shop, "o_old", NOON - 40 * DAY)
    orders.shop.change_order("o_old", at=NOON, remark="新")
    ids = orders.ids("order.list", **updated(NOON - 2 * HOUR, NOON))
    assert ids == ["o_1", "o_2", "o_3", "o_4", "o_5"]


def test_the_update_filter_may_be_limited_to_recent_orders(orders: ShopClient) -> None:
    place(orders.shop, "o_old", NOON - 40 * DAY)
    orders.shop.change_order("o_old", at=NOON, remark="新")
    assert "o_old" in orders.ids("order.list", **updated(NOON - HOUR, NOON))
    orders.settings.update_filter = "within_created_default"
    ids = orders.ids("order.list", **updated(NOON - HOUR, NOON))
    assert sorted(ids) == ["o_1", "o_4", "o_5"]


def test_the_update_filter_may_demand_a_creation_window(orders: ShopClient) -> None:
    orders.settings.update_requires_created = True
    asked = updated(NOON - HOUR, NOON)
    assert orders.code("order.list", **asked) == 3001
    both = {**asked, **window("created_time", NOON - 4 * HOUR, NOON - 4 * HOUR)}
    assert sorted(orders.ids("order.list", **both)) == ["o_1", "o_4", "o_5"]
    orders.settings.several_times = "and"
    assert orders.ids("order.list", **both) == ["o_1"]


def test_of_several_dimensions_payment_outranks_update(orders: ShopClient) -> None:
    both = {
        **window("pay_time", NOON - 3 * HOUR, NOON - 3 * HOUR),
        **window("update_time", NOON, NOON),
    }
    assert orders.ids("order.list", **both) == ["o_2"]


def test_without_a_time_the_last_thirty_days_are_listed(orders: ShopClient) -> None:
    place(orders.shop, "o_old", NOON - 31 * DAY)
    assert len(orders.ids("order.list")) == 5
    assert orders.ids("order.list", order_id="o_old") == []
    orders.settings.default_window_for_ids = False
    assert orders.ids("order.list", order_id="o_old") == ["o_old"]


def test_order_by_can_be_honoured_or_not(orders: ShopClient) -> None:
    asked = {**window("created_time", NOON - DAY, NOON), "order_by": "updated_at"}
    assert orders.ids("order.list", **asked, order_asc="asc")[-2:] == ["o_1", "o_5"]
    orders.settings.order_by_honoured = False
    assert orders.ids("order.list", **asked, order_asc="asc")[0] == "o_1"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"order_id": "o_3"}, ["o_3"]),
        ({"user_id": "u_1"}, []),
        ({"order_state": 0}, ["o_open"]),
        ({"order_state": "4"}, ["o_1", "o_2", "o_3", "o_4", "o_5"]),
        ({"aftersale_show_state": 3}, ["o_1"]),
        ({"order_type": "2"}, []),
        ({"settle_status": 2}, []),
        ({"marketing_play": [1]}, ["o_shared"]),
        ({"marketing_play": [3]}, ["o_open"]),
    ],
)
def test_orders_are_filtered(orders: ShopClient, filters: dict[str, Any], expected: Any) -> None:
    orders.shop.place_order("u_2", "v_1", at=NOON, order_id="o_open", discount=100)
    if "marketing_play" in filters:
        place(orders.shop, "o_shared", NOON, share_user_id="u_2")
    assert sorted(orders.ids("order.list", **filters)) == expected


def test_an_order_has_all_its_blocks_in_fen(orders: ShopClient) -> None:
    row = orders.data("order.list", order_id="o_1")["list"][0]
    info, line = row["order_info"], row["good_list"][0]
    assert (info["actual_fee"], info["refund_fee"], info["aftersale_show_state"]) == (
        19900,
        19900,
        3,
    )
    assert (info["created_time"], info["update_time"]) == (text(NOON - 4 * HOUR), text(NOON))
    assert info["settle_state_time"] == "0000-00-00 00:00:00"
    assert (line["resource_id"], line["unit_price"], line["goods_sn"]) == ("p_1", 19900, "--")
    assert line["expire_end"] == "--"
    assert row["buyer_info"]["phone_number"] == "13800000000"
    assert row["payment_info"]["third_order_id"].startswith("42")
    assert row["price_info"]["actual_price"] == 19900
    assert row["ship_info"]["invalid_time"] == "0001-01-01 00:00:00"


def test_validity_is_shown_in_the_lines_unless_it_is_not(orders: ShopClient) -> None:
    orders.shop.place_order("u_1", "p_2", at=NOON, order_id="o_member")
    orders.shop.pay("o_member", at=NOON)
    line = orders.data("order.list", order_id="o_member")["list"][0]["good_list"][0]
    assert line["expire_end"] == text(NOON + 365 * DAY)
    orders.settings.list_expiry = "dashes"
    line = orders.data("order.list", order_id="o_member")["list"][0]["good_list"][0]
    assert (line["expire_start"], line["expire_end"]) == ("--", "--")


def test_lines_may_sit_in_goods_info(orders: ShopClient) -> None:
    orders.settings.lines_at = "goods_info"
    row = orders.data("order.list", order_id="o_1")["list"][0]
    assert "good_list" not in row
    assert row["goods_info"]["goods_list"][0]["resource_id"] == "p_1"


@pytest.mark.parametrize(("answer", "expected"), [("empty", 0), ("error", 3001), ("last_page", 2)])
def test_deep_pages_can_be_out_of_reach(orders: ShopClient, answer: str, expected: Any) -> None:
    orders.settings.order_depth_cap = 2
    orders.settings.order_depth_answer = answer
    assert len(orders.ids("order.list", page=1, page_size=2)) == 2
    if answer == "error":
        assert orders.code("order.list", page=2, page_size=2) == expected
    else:
        assert len(orders.ids("order.list", page=2, page_size=2)) == expected


def test_orders_of_one_second_may_come_in_another_sequence_each_time(api: ShopClient) -> None:
    for number in range(12):
        place(api.shop, f"o_{number:02d}", NOON)
    asked = updated(NOON, NOON, page_size=12)
    stable = api.ids("order.list", **asked)
    assert stable == sorted(stable)
    api.settings.tie_break = "reversed"
    assert api.ids("order.list", **asked) == stable[::-1]
    assert api.ids("order.list", **{**asked, "page_size": 5, "page": 2}) == stable[::-1][5:10]
    api.settings.tie_break = "random"
    api.settings.rate_limits = False
    seen = [tuple(api.ids("order.list", **{**asked, "page_size": 5})) for _ in range(5)]
    assert len(set(seen)) > 1


def test_a_list_can_lag_behind_the_details(api: ShopClient) -> None:
    api.settings.list_lag = 60
    place(api.shop, "o_new", NOON)
    assert api.ids("order.list") == []
    assert api.data("order.detail", order_id="o_new")["order_info"]["order_id"] == "o_new"
    api.shop.clock.advance(61)
    assert api.ids("order.list") == ["o_new"]
    api.shop.refund("o_new")
    before = api.data("order.list")["list"][0]["order_info"]
    assert before["refund_fee"] == 0
    api.shop.clock.advance(61)
    assert api.data("order.list")["list"][0]["order_info"]["refund_fee"] == 19900


def test_an_order_can_surface_late_with_its_old_time(api: ShopClient) -> None:
    api.shop.place_order("u_0", "v_1", order_id="o_late", visible_after=600)
    assert api.ids("order.list") == []
    api.shop.clock.advance(601)
    row = api.data("order.list")["list"][0]["order_info"]
    assert row["update_time"] == text(NOON)


@pytest.mark.parametrize("event", ["refund", "settle", "change"])
def test_an_event_can_leave_the_update_time_alone(api: ShopClient, event: str) -> None:
    place(api.shop, "o_1", NOON - HOUR)
    api.settings.update_time_ignores = frozenset({event})
    {
        "refund": lambda: api.shop.refund("o_1"),
        "settle": lambda: api.shop.settle("o_1"),
        "change": lambda: api.shop.change_order("o_1", remark="新"),
    }[event]()
    assert api.data("order.list")["list"][0]["order_info"]["update_time"] == text(NOON - HOUR)


def test_unknown_states_and_types_can_be_mixed_in(api: ShopClient) -> None:
    for number in range(7):
        place(api.shop, f"o_{number}", NOON)
    api.settings.unknown_enum = True
    states = [row["order_info"]["order_state"] for row in api.data("order.list")["list"]]
    assert sorted(states) == [4] * 6 + [9]


def test_a_row_that_changes_between_two_pages_makes_paging_skip_one(orders: ShopClient) -> None:
    asked = updated(NOON - 4 * HOUR, NOON - HOUR, page_size=2)
    assert orders.ids("order.list", **asked) == ["o_2", "o_3"]
    orders.shop.change_order("o_2", at=NOON, remark="新")
    assert orders.ids("order.list", **asked, page=2) == []
    assert orders.ids("order.list", **{**asked, "page_size": 9}) == ["o_3", "o_4"]  # o_4 was lost


def test_a_listener_can_change_the_shop_while_pages_are_read(orders: ShopClient) -> None:
    def pay_more(exchange: Any) -> None:
        if exchange.api == "order.list":
            place(orders.shop, f"o_x{len(orders.shop.orders.current)}", NOON)

    orders.app.simulation.before.append(pay_more)
    assert [orders.data("order.list")["total"] for _ in range(3)] == [6, 7, 8]


def test_a_deleted_order_is_gone_everywhere(orders: ShopClient) -> None:
    orders.shop.hide_order("o_2")
    assert "o_2" not in orders.ids("order.list")
    assert orders.code("order.detail", order_id="o_2") == 3002
    orders.settings.order_not_found_code = 4444
    assert orders.code("order.detail", order_id="o_2") == 4444


def test_a_time_that_cannot_be_read_is_a_parameter_error(orders: ShopClient) -> None:
    assert orders.code("order.list", update_time_start="yesterday") == 3001
    assert orders.code("order.list", page="one") == 3001
