"""A broken answer is an error and never "no rows"."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.answers import Answer
from connectors.errors import (
    ConfigurationError,
    ConnectorError,
    ContractError,
    NotFound,
    RateLimited,
    RejectedError,
    RetryableError,
)
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
        {"total": 1, "list": ["u_1"]},
        {"total": 1, "list": [[USER]]},
        {"total": 1, "list": [{"user_nickname": "无"}]},
        {"total": 1, "list": [{"user_id": ""}]},
        {"total": 1, "list": [{"user_id": "u_1", "punch_count": "many"}]},
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


def test_an_error_of_a_field_names_it_and_not_its_value() -> None:
    row = {"user_id": "u_1", "punch_count": "13800138000"[:5] + "x"}
    with pytest.raises(ContractError, match="punch_count") as caught:
        read_page("user.list", {"list": [row], "total": 1}, User)
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
