"""The interfaces that are called: path, rate, permission set and paging of each.

What a stranger would get wrong: the vendor's marketing versions are not those in the path ("order
list 2.0" is ``xe.ecommerce.order.list/1.0.0``), and pages count from 1 for every interface used
here.

Facts: contracts xiaoe §0.2 (paths, rates, permission sets, paging), §3.2 (planned use of a rate).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.errors import ConfigurationError, Words
from connectors.limits import Budget

USERS = "用户管理-查询"
GOODS = "商品管理-查询"
ORDERS = "订单管理-查询"
PURCHASES = "订购管理-查询"
INFORMATION = "信息采集/表单管理-查询"

_PATH = re.compile(r"xe(\.[a-z][a-z0-9_]*)+/\d+\.\d+\.\d+")


@dataclass(frozen=True)
class Endpoint:
    """One interface.

    Attributes:
        path: Default path below the base URL.
        rate: The vendor's text "N calls within W seconds" as ``(N, W)``.
        permission: Name of the permission set (权限集) that the app needs for it.
        use: The part of the rate that is planned to be used; the rest is for calls that the network
            brings late into the next window, half a second of them in a window of ten.
        page_size: Largest page, or None where it is not documented.
        list_keys: Names that the list of rows may have; a trailing * stands for any ending.
        total_keys: Names that the number of rows may have.
    """

    path: str
    rate: tuple[int, float]
    permission: str = ""
    use: float = 0.95
    page_size: int | None = None
    list_keys: tuple[str, ...] = ("list",)
    total_keys: tuple[str, ...] = ("total",)


_ANSWERS = ("collection_list", "col*", "list")
# The rate of these interfaces is not documented; the lowest documented one of their kind is taken.
_UNKNOWN_RATE = (500, 10.0)

ENDPOINTS: Mapping[str, Endpoint] = {
    "token": Endpoint("token", (100, 600.0)),
    "user.list": Endpoint("xe.user.batch.get/1.0.0", (3000, 10.0), USERS, page_size=50),
    "user.list.cursor": Endpoint("xe.user.batch.get/2.0.0", (3000, 10.0), USERS, page_size=50),
    "user.by_id": Endpoint("xe.user.batch_by_user_id.get/1.0.0", (1000, 10.0), USERS, page_size=50),
    "user.info": Endpoint("xe.user.info.get/1.0.0", (3000, 10.0), USERS),
    "resource.list": Endpoint(
        "xe.resource.list.get/1.0.0",
        _UNKNOWN_RATE,
        GOODS,
        page_size=100,
        list_keys=("list", "resource_list", "goods_list"),
    ),
    "goods.list": Endpoint("xe.goods.list.get/4.0.0", (3000, 10.0), GOODS, page_size=100),
    "goods.detail": Endpoint("xe.goods.detail.get/3.0.0", (3000, 10.0), GOODS),
    "goods.relation": Endpoint(
        "xe.goods.relation.get/3.0.0",
        _UNKNOWN_RATE,
        GOODS,
        list_keys=("list", "goods_list", "resource_list", "relation_list"),
    ),
    "order.list": Endpoint(
        "xe.ecommerce.order.list/1.0.0", (20, 1.0), ORDERS, use=0.75, page_size=100
    ),
    "order.list.created": Endpoint("xe.order.list.get/1.0.1", (3000, 10.0), ORDERS, page_size=200),
    "order.detail": Endpoint("xe.order.detail/1.0.0", (3000, 10.0), ORDERS),
    "after_sale.list": Endpoint(
        "xe.ecommerce.after_sale.list/1.0.0",
        (300, 60.0),
        ORDERS,
        use=0.8,
        total_keys=("row_count", "total"),
    ),
    "purchase": Endpoint(
        "xe.resource.purchase.get/1.0.0",
        _UNKNOWN_RATE,
        PURCHASES,
        page_size=50,
        list_keys=("list", "purchase_list", "data"),
        total_keys=("total", "count", "row_count"),
    ),
    "information.user": Endpoint(
        "xe.information.user.result.get/1.0.0",
        (500, 10.0),
        INFORMATION,
        page_size=50,
        list_keys=_ANSWERS,
    ),
    "information.form.result": Endpoint(
        "xe.information.form.result.get/1.0.0",
        (500, 10.0),
        INFORMATION,
        page_size=50,
        list_keys=_ANSWERS,
    ),
    "information.form": Endpoint(
        "xe.information.form.get/1.0.0",
        (500, 10.0),
        INFORMATION,
        page_size=50,
        list_keys=("form_list", "list"),
    ),
}

BUDGETS: Mapping[str, Budget] = {
    api: Budget(api, endpoint.rate[0], endpoint.rate[1], endpoint.use)
    for api, endpoint in ENDPOINTS.items()
}


def resolve_paths(overrides: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the path of each api, with ``overrides`` in place of the defaults.

    Raises:
        ConfigurationError: An override names no api of ours, or is no path of the vendor's form
            ``xe.words/1.2.3``. A token or a host therefore never gets into a path.
    """
    paths = {api: endpoint.path for api, endpoint in ENDPOINTS.items()}
    for api, path in (overrides or {}).items():
        if api not in ENDPOINTS or api == "token":
            raise _wrong_path(api, "没有这个接口名，路径无法修改", "no such api to set a path for")
        if not _PATH.fullmatch(path):
            raise _wrong_path(api, "接口路径格式不对", "the path has not the vendor's form")
        paths[api] = path
    return paths


def _wrong_path(api: str, zh: str, en: str) -> ConfigurationError:
    return ConfigurationError(
        api if api in ENDPOINTS else "paths",
        Words(zh, en),
        Words(
            "在第三方应用配置表里修改，路径应形如 xe.order.detail/1.0.0",
            "correct it in the configuration sheet; a path looks like xe.order.detail/1.0.0",
        ),
    )
