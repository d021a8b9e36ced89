"""The table of interfaces (xiaoe §0.2): path, where the parameters go, permission set, call rate.

Paths that are documented but of no use here are left out, and answer 2052 as any unknown path does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from include.simulators.xiaoe import (
    after_sales,
    goods,
    information,
    order_details,
    orders,
    orders_legacy,
    purchases,
    users,
)
from include.simulators.xiaoe.call import Call
from include.simulators.xiaoe.dialect import Json
from include.simulators.xiaoe.rates import Rate

USERS, GOODS, ORDERS = "用户管理-查询", "商品管理-查询", "订单管理-查询"
PURCHASES, INFORMATION = "订购管理-查询", "信息采集/表单管理-查询"
TOKEN_RATE = Rate(100, 600)
_FAST, _SLOW = Rate(3000, 10), Rate(20, 1)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One interface. `place`: parameters at the top of the body or nested under `data`."""

    api: str
    path: str
    handler: Callable[[Call], Json]
    permission: str
    rate: Rate = _FAST
    place: Literal["top", "data"] = "top"


ENDPOINTS = (
    Endpoint("user.list", "xe.user.batch.get/1.0.0", users.list_users, USERS),
    Endpoint("user.list.cursor", "xe.user.batch.get/2.0.0", users.list_users_after, USERS),
    Endpoint(
        "user.by_id",
        "xe.user.batch_by_user_id.get/1.0.0",
        users.users_by_id,
        USERS,
        Rate(1000, 10),
    ),
    # mixed placement: the handler takes user_id from the top itself
    Endpoint("user.info", "xe.user.info.get/1.0.0", users.user_info, USERS, place="data"),
    Endpoint("resource.list", "xe.resource.list.get/1.0.0", goods.list_resources, GOODS),
    Endpoint("goods.list", "xe.goods.list.get/4.0.0", goods.list_goods, GOODS),
    Endpoint("goods.detail", "xe.goods.detail.get/3.0.0", goods.detail_3_0, GOODS, place="data"),
    Endpoint("goods.detail.v2", "xe.goods.detail.get/4.0.0", goods.detail_4_0, GOODS),
    Endpoint(
        "goods.relation", "xe.goods.relation.get/3.0.0", goods.column_contents, GOODS, place="data"
    ),
    Endpoint("order.list", "xe.ecommerce.order.list/1.0.0", orders.list_orders, ORDERS, _SLOW),
    Endpoint(
        "order.list.created", "xe.order.list.get/1.0.1", orders_legacy.list_orders_1_1, ORDERS
    ),
    Endpoint(
        "order.list.old",
        "xe.order.list.get/1.0.0",
        orders_legacy.list_orders_1_0,
        ORDERS,
        place="data",
    ),
    Endpoint("order.detail", "xe.order.detail/1.0.0", order_details.detail_1_0, ORDERS),
    Endpoint(
        "order.detail.v2",
        "xe.ecommerce.order.detail/1.0.0",
        order_details.detail_2_0,
        ORDERS,
        _SLOW,
    ),
    Endpoint(
        "after_sale.list",
        "xe.ecommerce.after_sale.list/1.0.0",
        after_sales.list_after_sales,
        ORDERS,
        Rate(300, 60),
    ),
    Endpoint(
        "purchase",
        "xe.resource.purchase.get/1.0.0",
        purchases.list_purchases,
        PURCHASES,
        place="data",
    ),
    Endpoint(
        "information.user",
        "xe.information.user.result.get/1.0.0",
        information.answers_of_user,
        INFORMATION,
        Rate(500, 10),
    ),
    Endpoint(
        "information.form.result",
        "xe.information.form.result.get/1.0.0",
        information.answers_of_form,
        INFORMATION,
        Rate(500, 10),
    ),
    Endpoint(
        "information.form",
        "xe.information.form.get/1.0.0",
        information.list_forms,
        INFORMATION,
        Rate(500, 10),
    ),
)
_BY_PATH = {f"/{endpoint.path}": endpoint for endpoint in ENDPOINTS}


def endpoint_of(path: str) -> Endpoint | None:
    """Return the interface behind a path, with or without the root `/api`; None for none."""
    return _BY_PATH.get(path.removeprefix("/api"))


def api_name(method: str, path: str) -> str:
    """Name the interface of a request for journal and faults; `unknown` where there is none."""
    if path.removeprefix("/api") == "/token":
        return "token"
    endpoint = endpoint_of(path)
    return endpoint.api if endpoint else "unknown"
