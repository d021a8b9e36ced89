from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.simulators.xiaoe.shop_client import NOON, ShopClient, place, text

DAY = timedelta(days=1)


def ids(api: ShopClient, name: Any, /, **asked: Any) -> Any:
    return [row["user_id"] for row in api.data(name, **asked)["list"]]


def test_list_1_0_0_runs_from_the_newest_and_counts_from_one(api: ShopClient) -> None:
    assert ids(api, "user.list", page=1, page_size=2) == ["u_2", "u_1"]
    assert ids(api, "user.list", page=2, page_size="2") == ["u_0"]
    assert api.data("user.list", page=1, page_size=1)["total"] == 3


def test_a_user_row(api: ShopClient) -> None:
    place(api.shop, "o_1", NOON)
    row = api.data("user.list", phone="13800000000")["list"][0]
    assert (row["user_nickname"], row["from"], row["punch_count"]) == ("用户0", "微信", 1)
    assert row["user_created_at"] == text(NOON - 10 * DAY)
    assert row["wx_union_id"] is None


@pytest.mark.parametrize(
    ("setting", "name", "expected"),
    [
        ({"user_v1_pay_sum": "yuan"}, "user.list", 199.0),
        ({"user_v1_pay_sum": "fen"}, "user.list", 19900),
        ({"user_v2_pay_sum": "fen"}, "user.list.cursor", 19900),
        ({"user_v2_pay_sum": "yuan"}, "user.list.cursor", 199.0),
        ({}, "user.by_id", 199.0),
    ],
)
def test_the_unit_of_pay_sum_differs(
    api: ShopClient, setting: Any, name: Any, expected: Any
) -> None:
    place(api.shop, "o_1", NOON)
    for key, value in setting.items():
        setattr(api.settings, key, value)
    rows = api.data(name, user_id_list=["u_0"], page=1, page_size=50)["list"]
    assert next(row for row in rows if row["user_id"] == "u_0")["pay_sum"] == expected


def test_registration_days_slice_the_list(api: ShopClient) -> None:
    asked = {"user_created_start": "2026-11-10", "user_created_end": "2026-11-11"}
    assert ids(api, "user.list", **asked) == ["u_1", "u_0"]
    api.settings.user_day_end = "exclusive"
    assert ids(api, "user.list", **asked) == ["u_0"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"phone": "13800000001", "nickname": "用户2"}, ["u_1"]),
        ({"nickname": "用户2", "name": "甲"}, ["u_2"]),
        ({"name": "甲"}, ["u_0"]),
        ({"from": 10}, ["u_1"]),
        ({"from": -1}, ["u_2", "u_1", "u_0"]),
        ({"min_pay_sum": 100, "max_pay_sum": 200}, ["u_0"]),
        ({"min_punch_count": 1}, ["u_0"]),
    ],
)
def test_users_are_filtered(api: ShopClient, filters: dict[str, Any], expected: Any) -> None:
    place(api.shop, "o_1", NOON)
    api.shop.change_user("u_0", name="甲")
    api.shop.change_user("u_1", channel="QQ")
    assert ids(api, "user.list", **filters) == expected


@pytest.mark.parametrize("answer", ["empty", "error"])
def test_rows_beyond_the_cap_are_out_of_reach(api: ShopClient, answer: str) -> None:
    api.settings.user_rows_cap = 2
    api.settings.user_cap_answer = answer
    assert len(ids(api, "user.list", page=1, page_size=2)) == 2
    if answer == "empty":
        assert ids(api, "user.list", page=2, page_size=2) == []
        assert api.data("user.list", page=2, page_size=2)["total"] == 3
    else:
        assert api.code("user.list", page=2, page_size=2) == 3001


def test_the_cursor_reaches_every_user_even_in_one_second(api: ShopClient) -> None:
    for number in range(5):
        api.shop.register_user("同秒", at=NOON, user_id=f"u_same{number}")
    seen: list[str] = []
    cursor: Any = ""
    while True:
        rows = api.data("user.list.cursor", page_size="3", es_skip=cursor)["list"]
        if not rows:
            break
        seen += [row["user_id"] for row in rows]
        cursor = rows[-1]["es_skip"]
    assert seen == [f"u_same{n}" for n in (4, 3, 2, 1, 0)] + ["u_2", "u_1", "u_0"]
    assert cursor["user_created_at"] == int((NOON - 10 * DAY).timestamp() * 1000)


def test_the_last_visit_is_a_column_on_demand(api: ShopClient) -> None:
    api.shop.change_user("u_0", visited_at=NOON)
    rows = api.data("user.list.cursor", need_column=["latest_visited_at"])["list"]
    assert [row["latest_visited_at"] for row in rows] == [0, 0, int(NOON.timestamp() * 1000)]
    api.settings.es_skip = False
    assert "es_skip" not in api.data("user.list.cursor")["list"][0]


def test_users_by_id_leave_out_who_is_unknown(api: ShopClient) -> None:
    assert ids(api, "user.by_id", user_id_list=["u_1", "u_9", "u_0"], page_size=50) == [
        "u_1",
        "u_0",
    ]
    assert api.code("user.by_id", user_id_list=[]) == 3001
    assert api.code("user.by_id", user_id_list=[f"u_{n}" for n in range(51)]) == 3001


def test_an_unlisted_user_is_known_by_id_only(api: ShopClient) -> None:
    api.shop.register_user("隐身", user_id="u_hidden", listed=False)
    assert "u_hidden" not in ids(api, "user.list")
    assert ids(api, "user.by_id", user_id_list=["u_hidden"]) == ["u_hidden"]


def test_user_info_mixes_where_its_parameters_go(api: ShopClient) -> None:
    api.shop.change_user("u_0", company="示例公司", job="经理", email="a@example.com")
    fields = ["company", "job", "wx_email", "created_at"]
    info = api.data("user.info", user_id="u_0", data={"field_list": fields})
    assert (info["company"], info["job"], info["wx_email"]) == (
        "示例公司",
        "经理",
        "a@example.com",
    )
    assert (info["nickname"], info["wx_union_id"]) == ("用户0", None)
    api.settings.user_info_extras = False
    assert "nickname" not in api.data("user.info", user_id="u_0", data={"field_list": fields})
    by_phone = {"phone": "+86-13800000001", "field_list": {"0": "nickname"}}
    assert api.data("user.info", data=by_phone)["nickname"] == "用户1"


def test_user_info_refuses_what_it_cannot_find(api: ShopClient) -> None:
    fields = {"field_list": ["name"]}
    assert api.code("user.info", data=fields) == 2009
    assert api.code("user.info", user_id="u_9", data=fields) == 2010
    assert api.code("user.info", user_id="u_0", data={}) == 3001
    api.settings.user_not_found_code = 2009
    assert api.code("user.info", user_id="u_9", data=fields) == 2009


@pytest.mark.parametrize(
    ("rule", "owner", "moved"),
    [("kept", "u_0", False), ("moved", "u_1", True), ("moved_silently", "u_1", False)],
)
def test_a_merged_account_disappears_and_its_orders_may_move(
    api: ShopClient, rule: str, owner: str, moved: bool
) -> None:
    place(api.shop, "o_1", NOON - DAY)
    api.settings.merged_orders = rule
    api.shop.merge_users("u_0", "u_1", at=NOON)
    assert ids(api, "user.list") == ["u_2", "u_1"]
    info = api.data("order.list", order_id="o_1")["list"][0]["order_info"]
    assert info["user_id"] == owner
    assert (info["update_time"] == text(NOON)) is moved
    fields = {"field_list": ["nickname"]}
    assert api.code("user.info", user_id="u_0", data=fields) == 2010
    api.settings.merged_user_info = "remaining"
    assert api.data("user.info", user_id="u_0", data=fields)["user_id"] == "u_1"
