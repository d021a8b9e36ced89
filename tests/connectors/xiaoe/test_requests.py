"""What each call sends, where it puts it, and what it refuses to ask for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import ConfigurationError
from connectors.xiaoe.client import OrderQuery, XiaoeClient
from connectors.xiaoe.models import UserCursor
from tests.connectors.loopback import Loopback
from tests.connectors.xiaoe_shop import business, client_of, serve_data

SINCE = datetime(2024, 2, 1, 1, 0, tzinfo=timezone.utc)  # noqa: UP017 - any zone must do
UNTIL = SINCE + timedelta(hours=1)
TIMES = ("2024-02-01 09:00:00", "2024-02-01 10:00:00")
EMPTY: dict[str, Any] = {"total": 0, "list": [], "row_count": 0, "form_list": []}

REQUESTS: list[Any] = [
    (
        lambda c: c.list_users(2, created=(date(2024, 1, 1), date(2024, 1, 31))),
        "xe.user.batch.get/1.0.0",
        {
            "page": 2,
            "page_size": 50,
            "user_created_start": "2024-01-01",
            "user_created_end": "2024-01-31",
        },
    ),
    (lambda c: c.list_users_after(None), "xe.user.batch.get/2.0.0", {"page_size": 50}),
    (
        lambda c: c.list_users_after(UserCursor(id="9", user_created_at=1706749200000), 10),
        "xe.user.batch.get/2.0.0",
        {"page_size": 10, "es_skip": {"id": "9", "user_created_at": 1706749200000}},
    ),
    (
        lambda c: c.users_by_id(["u_1", "u_2"]),
        "xe.user.batch_by_user_id.get/1.0.0",
        {"user_id_list": ["u_1", "u_2"], "page": 1, "page_size": 2},
    ),
    (lambda c: c.list_goods(1), "xe.goods.list.get/4.0.0", {"page": 1, "page_size": 100}),
    (
        lambda c: c.list_goods(3, 20),
        "xe.goods.list.get/4.0.0",
        {"page": 3, "page_size": 20},
    ),
    (
        lambda c: c.list_orders(OrderQuery("update", SINCE, UNTIL), 4),
        "xe.ecommerce.order.list/1.0.0",
        {
            "update_time_start": TIMES[0],
            "update_time_end": TIMES[1],
            "order_by": "updated_at",
            "order_asc": "asc",
            "page": 4,
            "page_size": 100,
        },
    ),
    (
        lambda c: c.list_orders(
            OrderQuery("created", SINCE, UNTIL, order_id="o_1", order_asc=False), 1, 10
        ),
        "xe.ecommerce.order.list/1.0.0",
        {
            "created_time_start": TIMES[0],
            "created_time_end": TIMES[1],
            "order_by": "created_at",
            "order_asc": "desc",
            "order_id": "o_1",
            "page": 1,
            "page_size": 10,
        },
    ),
    (
        lambda c: c.list_orders(OrderQuery("update", SINCE, UNTIL, created=(SINCE, UNTIL)), 1),
        "xe.ecommerce.order.list/1.0.0",
        {
            "update_time_start": TIMES[0],
            "update_time_end": TIMES[1],
            "created_time_start": TIMES[0],
            "created_time_end": TIMES[1],
            "order_by": "updated_at",
            "order_asc": "asc",
            "page": 1,
            "page_size": 100,
        },
    ),
    (
        lambda c: c.list_orders_created(SINCE, UNTIL, 1),
        "xe.order.list.get/1.0.1",
        {
            "begin_time": "1706749200",
            "end_time": "1706752800",
            "order_by": "created_at:asc",
            "page_index": 1,
            "page_size": 200,
        },
    ),
    (
        lambda c: c.list_after_sales(date(2024, 1, 1), date(2024, 1, 2), 3, 10),
        "xe.ecommerce.after_sale.list/1.0.0",
        {
            "created_at": "2024-01-01||2024-01-02",
            "date_type": "updated_at",
            "page": 3,
            "page_index": 3,
            "page_size": 10,
        },
    ),
    (
        lambda c: c.list_purchases("u_1", "p_1"),
        "xe.resource.purchase.get/1.0.0",
        {
            "data": {
                "user_id": "u_1",
                "product_id": "p_1",
                "page_index": 1,
                "page_size": 50,
                "order_by": "created_at:desc",
            }
        },
    ),
    (
        lambda c: c.list_user_answers("u_1", 1),
        "xe.information.user.result.get/1.0.0",
        {"user_id": "u_1", "page": 1, "page_size": 50},
    ),
    (
        lambda c: c.list_form_answers("in_1", 2),
        "xe.information.form.result.get/1.0.0",
        {"form_id": "in_1", "page": 2, "page_size": 50},
    ),
    (
        lambda c: c.list_forms(1),
        "xe.information.form.get/1.0.0",
        {"page": 1, "page_size": 50},
    ),
    (
        lambda c: c.list_resources(2, 10),
        "xe.resource.list.get/1.0.0",
        {"page": 2, "page_index": 2, "page_size": 10},
    ),
]


@pytest.mark.parametrize(("ask", "path", "body"), REQUESTS)
def test_a_call_puts_its_parameters_where_the_interface_wants_them(
    server: Loopback,
    tmp_path: Path,
    ask: Callable[[XiaoeClient], Any],
    path: str,
    body: dict[str, Any],
) -> None:
    serve_data(server, EMPTY)
    ask(client_of(server, tmp_path))
    [request] = business(server)
    assert (request.method, request.path) == ("POST", f"/{path}")
    assert request.json == {**body, "access_token": "xe_token_0001"}
    assert "xe_token" not in request.target


def test_an_overridden_path_is_called(server: Loopback, tmp_path: Path) -> None:
    serve_data(server, EMPTY)
    client_of(server, tmp_path, {"goods.list": "xe.goods.list.get/5.0.0"}).list_goods(1)
    assert business(server)[0].path == "/xe.goods.list.get/5.0.0"


def test_no_ids_cost_no_call(server: Loopback, tmp_path: Path) -> None:
    assert client_of(server, tmp_path).users_by_id([]) == []
    assert server.requests == []


@pytest.mark.parametrize(
    "ask",
    [
        lambda c: c.list_users(1, 51),
        lambda c: c.list_users(0),
        lambda c: c.list_users_after(None, 51),
        lambda c: c.users_by_id(["u"] * 51),
        lambda c: c.list_goods(1, 101),
        lambda c: c.list_orders(OrderQuery("update", SINCE, UNTIL), 1, 101),
        lambda c: c.list_orders(OrderQuery("update", SINCE, SINCE + timedelta(days=32)), 1),
        lambda c: c.list_orders(OrderQuery("update", UNTIL, SINCE), 1),
        lambda c: c.list_orders_created(SINCE, UNTIL, 1, 201),
        lambda c: c.list_orders_created(SINCE, SINCE + timedelta(days=8), 1),
        lambda c: c.list_purchases("u_1", page_size=51),
        lambda c: c.list_user_answers("u_1", 1, 0),
    ],
)
def test_what_the_vendor_would_silently_cut_is_not_asked_for(
    server: Loopback, tmp_path: Path, ask: Callable[[XiaoeClient], Any]
) -> None:
    with pytest.raises(ConfigurationError):
        ask(client_of(server, tmp_path))
    assert server.requests == []


def test_a_window_without_a_zone_is_a_mistake(server: Loopback, tmp_path: Path) -> None:
    naive = datetime(2024, 2, 1)
    with pytest.raises(ValueError, match="zone"):
        client_of(server, tmp_path).list_orders(OrderQuery("update", naive, naive), 1)
