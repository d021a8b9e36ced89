"""What each call makes of the answer: units, times, sentinels, names."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import ContractError, NotFound
from connectors.xiaoe.client import OrderQuery
from connectors.xiaoe.models import UserCursor
from connectors.xiaoe.values import BEIJING
from tests.connectors.loopback import Loopback
from tests.connectors.xiaoe_shop import business, client_of, serve_data

SINCE = datetime(2024, 2, 1, 9, 0, tzinfo=BEIJING)
UNTIL = SINCE + timedelta(hours=1)
INFO_FIELDS = [
    *("wx_union_id", "nickname", "name", "phone", "company"),
    *("job", "wx_email", "phone_collect", "created_at"),
]


def test_users(server: Loopback, tmp_path: Path) -> None:
    row = {
        "user_id": 5001,
        "user_nickname": "示例甲",
        "bind_phone": "13800000001",
        "collect_phone": "",
        "from": "微信",
        "pay_sum": 19.99,
        "punch_count": "2",
        "wx_union_id": None,
        "user_created_at": "2024-02-01 09:00:00",
        "latest_visited_at": 0,
        "es_skip": {"id": 90210001, "user_created_at": 1706749200000},
    }
    serve_data(server, {"total": 12034, "list": [row, {**row, "es_skip": ""}]})
    user, last = client_of(server, tmp_path).list_users_after(None).rows
    assert (user.user_id, user.from_, user.punch_count) == ("5001", "微信", 2)
    assert (user.pay_sum, user.collect_phone, user.wx_union_id) == (Decimal("19.99"), None, None)
    assert user.user_created_at == SINCE
    assert user.es_skip == UserCursor(id=90210001, user_created_at=1706749200000)
    assert last.es_skip is None


def test_user_info_mixes_its_placement(server: Loopback, tmp_path: Path) -> None:
    serve_data(server, {"user_id": "u_1", "wx_union_id": None, "job": "总监", "company": ""})
    info = client_of(server, tmp_path).user_info("u_1")
    assert business(server)[0].json == {
        "user_id": "u_1",
        "data": {"field_list": INFO_FIELDS},
        "access_token": "xe_token_0001",
    }
    assert (info.job, info.company, info.wx_union_id) == ("总监", None, None)


def test_filled_forms_share_what_they_say_alike_and_little_else_is_kept_of_them(
    server: Loopback, tmp_path: Path
) -> None:
    """A large shop's forms are held by the ten thousand."""
    row = {
        "form_id": "f_1",
        "form_name": "报名信息",
        "resource_id": "p_1",
        "resource_name": "训练营",
    }
    rows = [{"id": f"a_{number}", "user_id": f"u_{number}", **row} for number in range(2)]
    serve_data(server, {"list": rows, "total": 2})
    first, second = client_of(server, tmp_path).list_form_answers("f_1", 1).rows
    for name in row:
        assert getattr(first, name) is getattr(second, name)
    assert first.model_fields_set is second.model_fields_set
    assert (first.id, second.id) == ("a_0", "a_1")


def test_goods_money_is_fen_and_dates_may_be_missing(server: Loopback, tmp_path: Path) -> None:
    row = {
        "id": 5001,
        "resource_id": "p_1",
        "resource_type": "6",
        "goods_name": "示例专栏",
        "goods_img": ["https://example.invalid/g1.jpg"],
        "price_low": "19900",
        "price_line": 29900,
        "sale_status": 1,
        "audit_user_id": None,
        "created_at": "2024-02-01 09:00:00",
        "updated_at": "0000-00-00 00:00:00",
        "attr": [],
    }
    serve_data(server, {"total": 1, "current_page": 1, "list": [row]})
    [goods] = client_of(server, tmp_path).list_goods(1).rows
    assert (goods.resource_id, goods.resource_type, goods.price_low) == ("p_1", 6, 19900)
    assert (goods.created_at, goods.updated_at) == (SINCE, None)


def test_resource_rows_are_read_under_other_names(server: Loopback, tmp_path: Path) -> None:
    serve_data(server, {"list": [{"id": "p_1", "title": "示例"}], "total": 1})
    [goods] = client_of(server, tmp_path).list_resources(1).rows
    assert (goods.resource_id, goods.goods_name) == ("p_1", "示例")


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize(("status", "on_sale"), [(0, True), ("1", False), ("", None)])
def test_goods_detail_turns_its_inverse_sale_status(
    server: Loopback, tmp_path: Path, wrapped: bool, status: object, on_sale: bool | None
) -> None:
    body = {
        "resource_info": {"title": "示例", "summary": "简介", "sale_status": status, "price": 1}
    }
    serve_data(server, [body] if wrapped else body)
    detail = client_of(server, tmp_path).goods_detail("p_1", 6)
    assert business(server)[0].json["data"] == {"goods_id": "p_1", "goods_type": 6}
    assert (detail.title, detail.summary, detail.on_sale) == ("示例", "简介", on_sale)


@pytest.mark.parametrize(
    ("data", "kind"),
    [({"resource_info": []}, NotFound), ({}, ContractError), ([], ContractError)],
)
def test_goods_detail_without_goods(
    server: Loopback, tmp_path: Path, data: Any, kind: type[Exception]
) -> None:
    serve_data(server, data)
    with pytest.raises(kind):
        client_of(server, tmp_path).goods_detail("p_1", 6)


@pytest.mark.parametrize(
    ("data", "asked", "cursor"),
    [
        ({"list": [{"resource_id": "v_1", "resource_type": 3}], "last_id": "c2"}, "c1", "c2"),
        ({"list": [{"goods_id": "v_1", "goods_type": "3"}], "last_id": ""}, "c1", ""),
        ({"list": [{"resource_id": "v_1", "resource_type": 3}], "last_id": "c1"}, "c1", ""),
        ({"goods_list": [{"resource_id": "v_1", "resource_type": 3}]}, "", "v_1"),
        ([{"resource_id": "v_1", "resource_type": 3}], "v_1", ""),
    ],
)
def test_column_contents_go_on_until_the_cursor_ends(
    server: Loopback, tmp_path: Path, data: Any, asked: str, cursor: str
) -> None:
    serve_data(server, data)
    contents = client_of(server, tmp_path).column_contents("p_1", 6, asked, page_size=1)
    assert [(item.resource_id, item.resource_type) for item in contents.page.rows] == [("v_1", 3)]
    assert contents.last_id == cursor
    sent = business(server)[0].json["data"]
    assert (sent["goods_id"], sent["goods_type"], sent["last_id"]) == ("p_1", 6, asked)
    assert 3 in sent["resource_type"]


ORDER_INFO = {
    "order_id": "o_1",
    "user_id": "u_1",
    "order_state": 4,
    "pay_type": -1,
    "actual_fee": "19900",
    "refund_fee": 0,
    "refund_time": "0000-00-00 00:00:00",
    "distribute_type_bitmap": None,
    "activity_type_bitmap": [1, 5],
    "goods_spu_type": 6,
    "created_time": "2024-02-01 09:00:00",
    "update_time": "2024-02-01 10:00:00",
}
LINE = {
    "resource_id": "p_1",
    "resource_type": 6,
    "goods_sn": "--",
    "buy_num": 1,
    "unit_price": 19900,
    "expire_start": "2024-02-01 09:00:00",
    "expire_end": "--",
}


@pytest.mark.parametrize(
    "lines",
    [{"good_list": [LINE]}, {"goods_info": {"goods_list": [LINE]}}, {"good_list": {"0": LINE}}],
)
def test_an_order_with_its_blocks(server: Loopback, tmp_path: Path, lines: Any) -> None:
    row = {
        "order_info": ORDER_INFO,
        **lines,
        "buyer_info": {"nickname": "示例甲", "phone_number": "13800000001"},
        "payment_info": [],
        "price_info": None,
        "ship_info": {"ship_time": "", "invalid_time": "0000-00-00 00:00:00"},
    }
    serve_data(server, {"total": "1", "list": [row]})
    page = client_of(server, tmp_path).list_orders(OrderQuery("update", SINCE, UNTIL), 1)
    [order] = page.rows
    assert page.total == 1
    assert (order.order_info.actual_fee, order.order_info.pay_type) == (19900, -1)
    assert (order.order_info.refund_time, order.order_info.update_time) == (None, UNTIL)
    assert (order.good_list[0].expire_start, order.good_list[0].expire_end) == (SINCE, None)
    assert order.buyer_info.nickname == "示例甲"
    assert order.unreadable_fields == ()


def test_an_order_of_list_1_1(server: Loopback, tmp_path: Path) -> None:
    row = {
        "order_id": "o_1",
        "price": "199.00",
        "coupon_price": 500,
        "resource_id": "",
        "resource_type": "6",
        "created_time": "2024-02-01 09:00:00",
        "settle_time": "o_xxxx",
    }
    serve_data(server, {"total": 1, "list": [row]})
    [order] = client_of(server, tmp_path).list_orders_created(SINCE, UNTIL, 1).rows
    assert (order.created_time, order.resource_id, order.resource_type) == (SINCE, None, 6)


@pytest.mark.parametrize("promoter", [[], {}, None, {"share_user_id": "u_9"}])
def test_order_detail(server: Loopback, tmp_path: Path, promoter: Any) -> None:
    info = {"order_id": "o_1", "price": "0.03", "created_at": "2024-02-01 09:00:00"}
    serve_data(server, {"order_info": info, "distribute_info": promoter, "student_info": []})
    detail = client_of(server, tmp_path).order_detail("o_1")
    assert business(server)[0].json["order_id"] == "o_1"
    assert (detail.order_info.created_at, detail.order_info.pay_time) == (SINCE, None)
    assert detail.distribute_info.share_user_id == ("u_9" if promoter else None)


def test_an_after_sale(server: Loopback, tmp_path: Path) -> None:
    row = {
        "aftersale_id": "A1",
        "order_id": "o_1",
        "state": 13,
        "refund_money": 19900,
        "updated_at": "2024-02-01 09:00:00",
        "state_invalid_time": "-0001-11-30 00:00:00",
        "sku_info": None,
    }
    serve_data(server, {"row_count": 1, "list": [row]})
    page = client_of(server, tmp_path).list_after_sales(date(2024, 2, 1), date(2024, 2, 1), 1)
    assert (page.total, page.rows[0].refund_money) == (1, 19900)
    assert page.rows[0].updated_at == SINCE


@pytest.mark.parametrize(
    ("row", "until"),
    [
        ({"expire_at": "2025-02-01 00:00:00"}, datetime(2025, 2, 1, tzinfo=BEIJING)),
        ({"end_date": "2025-02-01"}, datetime(2025, 2, 1, tzinfo=BEIJING)),
        ({"expire_at": "", "end_time": "2025-02-01"}, datetime(2025, 2, 1, tzinfo=BEIJING)),
        ({"expire_at": None}, None),
        ({"expire_at": "长期有效"}, None),
        ({"expire_at": "0000-00-00 00:00:00"}, None),
        ({"period_type": 0, "period": 0}, None),
        (
            {"period_type": "2", "period": "86400", "created_at": "2024-02-01 09:00:00"},
            SINCE + timedelta(days=1),
        ),
        ({}, None),
    ],
)
def test_a_purchases_end_is_found_under_any_of_its_names(
    server: Loopback, tmp_path: Path, row: dict[str, Any], until: datetime | None
) -> None:
    serve_data(server, {"list": [{"user_id": "u_1", "product_id": "p_1", **row}]})
    [purchase] = client_of(server, tmp_path).list_purchases("u_1").rows
    assert purchase.resource_id == "p_1"
    assert purchase.expire_at == until
    assert purchase.raw == {"user_id": "u_1", "product_id": "p_1", **row}


@pytest.mark.parametrize("extra", ['[{"title":"姓名"}]', "", None, [{"title": "姓名"}], {"a": 1}])
def test_answers_keep_what_was_filled_in_as_received(
    server: Loopback, tmp_path: Path, extra: Any
) -> None:
    row = {
        "id": 77001,
        "form_id": 5,
        "resource_id": "",
        "collect_time": "2024-02-01 09:00:00",
        "extra": extra,
    }
    serve_data(server, {"total": 1, "collection_list": [row]})
    [found] = client_of(server, tmp_path).list_user_answers("u_1", 1).rows
    assert (found.id, found.form_id, found.resource_id) == ("77001", "5", None)
    assert (found.collect_time, found.extra) == (SINCE, extra)


def test_forms(server: Loopback, tmp_path: Path) -> None:
    serve_data(server, {"total": 1, "form_list": [{"form_id": "in_1", "collect_count": "7"}]})
    [form] = client_of(server, tmp_path).list_forms(1).rows
    assert (form.form_id, form.collect_count) == ("in_1", 7)
