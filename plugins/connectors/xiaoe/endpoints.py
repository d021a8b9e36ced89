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

from connectors.errors import Bilingual, ConfigurationError
from connectors.rates.limits import Budget

USERS = "用户管理-查询"
GOODS = "商品管理-查询"
ORDERS = "订单管理-查询"
PURCHASES = "订购管理-查询"
INFORMATION = "信息采集/表单管理-查询"

_VERSION = re.compile(r"\d{1,3}\.\d{1,3}\.\d{1,3}", re.ASCII)


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
# undetermined: xiaoe.md §13.9: which rate have these interfaces? The lowest documented one is taken
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

    People may choose another version of an interface, never another interface: whoever may edit the
    configuration sheet could otherwise have anything called with the shop's credentials, such as
    ``xe.user.delete/1.0.0``.

    Raises:
        ConfigurationError: An override names no api of ours, or is no version of its interface.
    """
    paths = {api: endpoint.path for api, endpoint in ENDPOINTS.items()}
    for api, path in (overrides or {}).items():
        if api not in ENDPOINTS or api == "token":
            raise _not_settable(api)
        interface, version = path.partition("/")[::2]
        if interface != paths[api].partition("/")[0] or not _VERSION.fullmatch(version):
            raise _not_this_interface(api)
        paths[api] = path
    return paths


def _not_settable(api: str) -> ConfigurationError:
    return ConfigurationError(
        api if api in ENDPOINTS else "paths",
        Bilingual("这个接口的路径不能修改", "the path of this api cannot be set"),
        Bilingual(
            "在工作表「第三方应用配置」里改回原值", "restore it in the worksheet sync_config"
        ),
    )


def _not_this_interface(api: str) -> ConfigurationError:
    default = ENDPOINTS[api].path
    return ConfigurationError(
        api,
        Bilingual(
            "所填路径不是该接口的另一个版本，没有调用",
            "the path that was set is no other version of this interface, nothing was called",
        ),
        Bilingual(
            f"在工作表「第三方应用配置」里改为 {default}；只能改斜杠后的版本号",
            f"set {default} in the worksheet sync_config; only the version may differ",
        ),
    )
