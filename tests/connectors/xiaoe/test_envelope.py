"""A broken answer is an error and never "no rows"."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.errors import (
    ConfigurationError,
    ConnectorError,
    ContractError,
    NotFound,
    RateLimited,
    RejectedError,
    RetryableError,
)
from connectors.http.answers import Answer
from connectors.xiaoe.envelope import read_one, read_page, unwrap
from connectors.xiaoe.models import Answer as FormAnswer
from connectors.xiaoe.models import Form, Goods, OrderDetail, Purchase, User


def reply(body: Any, api: str = "order.list") -> Answer:
    return Answer(api, 200, body, {})


@pytest.mark.parametrize(
    "body",
    [
        {"code": 0, "msg": "success", "data": [1]},
        {"code": "0", "msg": "", "data": [1]},
        {"code": 0, "msg": "OK hint:[2652]", "data": [1]},
        {"code": 0.0, "message": "操作成功", "data": [1]},
        {"code": 0, "data": [1]},
    ],
)
def test_the_code_alone_says_success(body: Any) -> None:
    assert unwrap(reply(body)) == [1]


@pytest.mark.parametrize(
    "body",
    [
        *([], [1], "text", 5, {}, {"msg": "success"}, {"code": None}, {"code": "ok"}),
        *({"code": True}, {"code": 0.5}, {"code": []}),
    ],
)
def test_without_an_envelope_nothing_is_believed(body: Any) -> None:
    with pytest.raises(ContractError):
        unwrap(reply(body))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *((-3, RetryableError), (1001, RetryableError), (2053, RateLimited)),
        *(("2053", RateLimited), (2010, NotFound), (4711, RejectedError)),
    ],
)
@pytest.mark.parametrize("data", [None, [], {}, {"list": [], "total": 0}])
def test_other_codes_are_errors_whatever_the_data(
    code: object, kind: type[ConnectorError], data: object
) -> None:
    with pytest.raises(kind):
        unwrap(reply({"code": code, "msg": "success", "data": data}))


def test_a_missing_permission_is_named_by_its_chinese_set() -> None:
    with pytest.raises(ConfigurationError, match="权限集「信息采集/表单管理-查询」"):
        unwrap(reply({"code": 2017, "msg": "无接口权限", "data": []}, "information.user"))


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("ip 203.0.113.7 not in whitelist", "203.0.113.7"),
        ("ip(2001:db8:0:0:1::1) 不在白名单", "2001:db8::1:0:0:1"),
        ("ip not in whitelist", "白名单 /"),
    ],
)
def test_the_address_that_the_vendor_saw_is_told(message: str, shown: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        unwrap(reply({"code": 2051, "msg": message, "data": None}, "token"))
    assert shown in str(caught.value)


USER = {"user_id": "u_1"}


@pytest.mark.parametrize(
    ("data", "count", "total"),
    [
        ({"total": 1, "list": [USER]}, 1, 1),
        ({"total": "1", "list": [USER]}, 1, 1),
        ({"total": 1.0, "list": [USER]}, 1, 1),
        ({"total": "many", "list": [USER]}, 1, None),
        ({"list": [USER]}, 1, None),
        ({"total": 7, "list": []}, 0, 7),
        ({"total": 0, "list": None}, 0, 0),
        ({"list": None}, 0, None),
        ({"total": 0}, 0, 0),
        ({"total": 2, "list": {"0": USER, "3": USER}}, 2, 2),
        ([USER], 1, None),
        ([], 0, None),
    ],
)
def test_every_seen_shape_of_a_list_is_read(data: Any, count: int, total: int | None) -> None:
    page = read_page("user.list", data, User)
    assert (len(page.rows), page.total) == (count, total)


@pytest.mark.parametrize(
    "data",
    [
        {"total": 5, "list": None},
        {"total": 5},
        {"rows": [USER], "total": 1},
        {"rows": [USER]},
        {},
        None,
        "text",
        {"total": 5, "list": False},
        {"total": 1, "list": "u_1"},
    ],
)
def test_a_list_that_is_not_as_agreed_is_an_error(data: Any) -> None:
    with pytest.raises(ContractError):
        read_page("user.list", data, User)


@pytest.mark.parametrize(
    ("api", "model", "key", "row"),
    [
        ("information.user", FormAnswer, "collection_list", {"id": 1}),
        ("information.user", FormAnswer, "collect_result_list", {"id": 1}),
        ("information.form.result", FormAnswer, "collection_info", {"id": 1}),
        ("information.form.result", FormAnswer, "list", {"id": 1}),
        ("information.form", Form, "form_list", {"form_id": 9}),
        ("purchase", Purchase, "list", {"raw": {}}),
        ("purchase", Purchase, "purchase_list", {"raw": {}}),
        ("resource.list", Goods, "goods_list", {"resource_id": "p_1"}),
    ],
)
def test_the_list_is_found_under_each_of_its_names(
    api: str, model: Any, key: str, row: dict[str, Any]
) -> None:
    assert len(read_page(api, {key: [row], "total": 1}, model).rows) == 1


@pytest.mark.parametrize("before", [5, 50, None])
def test_behind_the_last_page_a_list_may_be_null(before: int | None) -> None:
    page = read_page("user.list", {"total": 5, "list": None}, User, rows_before=before)
    assert (page.rows, page.total) == ([], 5)


def test_before_the_last_page_a_null_list_is_an_error() -> None:
    with pytest.raises(ContractError):
        read_page("user.list", {"total": 51, "list": None}, User, rows_before=50)


def test_after_sales_are_counted_by_row_count() -> None:
    assert read_page("after_sale.list", {"row_count": "3", "list": []}, User).total == 3


@pytest.mark.parametrize(
    ("row", "row_id", "field"),
    [
        *(("u_2", "", "row"), (["u_2"], "", "row"), (7, "", "row"), (None, "", "row")),
        *(
            ({"user_nickname": "无"}, "", "user_id"),
            ({"user_id": ""}, "", "user_id"),
            ([], "", "user_id"),
        ),
        ({"user_id": "u_2", "punch_count": "many"}, "u_2", "punch_count"),
        ({"user_id": "u_2", "pay_sum": "1e1000000"}, "u_2", "pay_sum"),
        ({"user_id": "u 2\t", "pay_sum": 1}, "", "user_id"),
    ],
)
def test_a_row_that_cannot_be_read_costs_itself_alone(row: Any, row_id: str, field: str) -> None:
    others = [{"user_id": f"u_{n}"} for n in range(5, 14)]
    data = {"list": [*others[:4], row, *others[4:]], "total": 10}
    page = read_page("user.list", data, User, rows_before=50, place="2024-02-01")
    assert [user.user_id for user in page.rows] == [other["user_id"] for other in others]
    [apart] = page.unreadable
    assert (apart.api, apart.id, apart.field) == ("user.list", row_id, field)
    assert apart.place == "2024-02-01 第 55 行"
    assert apart.key == (row_id or apart.mark)


def test_a_row_set_apart_tells_no_value_and_is_known_again_by_its_mark() -> None:
    rows = [{"user_nickname": "欧阳", "bind_phone": "13800138000"}, "13800138000", "13800138001"]
    page = read_page("user.list", {"list": [*rows, *rows]}, User)
    marks = [row.mark for row in page.unreadable]
    assert marks[:3] == marks[3:]
    assert len(set(marks)) == 3
    assert not any(told in f"{page}" for told in ("13800138000", "欧阳"))


@pytest.mark.parametrize(
    "row",
    [
        USER,
        json.dumps(USER),
        [USER],
        {**USER, "pay_sum": "1,299.00", "punch_count": False, "wx_open_id": {"a": 1}},
        {**USER, "es_skip": "x", "avatar": 5, "latest_visited_at": "never"},
    ],
)
def test_a_row_is_read_however_it_is_wrapped_and_whatever_nobody_reads(row: Any) -> None:
    page = read_page("user.list", {"list": [row], "total": 1}, User)
    assert [user.user_id for user in page.rows] == ["u_1"]


def test_an_error_of_a_field_names_it_and_not_its_value() -> None:
    detail = {"order_info": {"order_id": "o_1"}, "distribute_info": []}
    row = {**detail, "order_info": {"order_id": "o_1" + chr(9) + "13800138000"}}
    with pytest.raises(ContractError, match="order_id") as caught:
        read_one("order.detail", row, OrderDetail)
    assert "13800" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(("data", "kind"), [([], NotFound), ({}, NotFound), (None, ContractError)])
def test_an_empty_object_in_place_of_a_record_is_not_found(
    data: Any, kind: type[ConnectorError]
) -> None:
    with pytest.raises(kind):
        read_one("order.detail", data, OrderDetail)


def test_printing_a_record_tells_nobodys_data() -> None:
    user = User.model_validate({"user_id": "u_1", "bind_phone": "13800138000"})
    assert "13800138000" not in f"{user} {user!r}"
