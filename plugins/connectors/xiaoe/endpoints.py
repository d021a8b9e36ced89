"""The interfaces that are called: path, rate, permission set, paging and use of each.

Each is a row of `sync_config`, in this order, and of the reference page about the interfaces.

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


_NOTHING = Bilingual("", "")


@dataclass(frozen=True)
class Endpoint:
    """One interface.

    Attributes:
        path: Default path below the base URL.
        rate: The vendor's text "N calls within W seconds" as ``(N, W)``.
        permission: Name of the permission set (权限集) that the app needs for it.
        use: The part of the rate that is planned to be used; the rest is for calls that the network
            brings late into the next window, half a second of them in a window of ten.
        careful: The part while calls are made that may be counted with these, and for a day after
            "too many"; None where no others are.
        beside: The interface that the calls may be counted with.
        page_size: Largest page, or None where it is not documented.
        list_keys: Names that the list of rows may have; a trailing * stands for any ending.
        total_keys: Names that the number of rows may have.
        name: What the vendor calls it, as people see it in `sync_config`.
        brings: What comes from it.
        without: What happens when it does not answer or the app has no permission for it.
        asked: How many rows a page is asked for, unless people set fewer; 0 where it is unpaged.
        primary: A flow cannot do without it. Primary is what brings the rows themselves: the lists
            of orders, users and goods, and the forms' records. All else is secondary: the row is
            written without it, what is missing is recorded and made good by itself.
    """

    path: str
    rate: tuple[int, float]
    permission: str = ""
    use: float = 0.95
    careful: float | None = None
    beside: str = ""
    page_size: int | None = None
    list_keys: tuple[str, ...] = ("list",)
    total_keys: tuple[str, ...] = ("total",)
    name: str = ""
    brings: Bilingual = _NOTHING
    without: Bilingual = _NOTHING
    asked: int = 0
    primary: bool = False


_ANSWERS = ("collection_list", "col*", "list")
# undetermined: xiaoe.md §13.9: which rate have these interfaces? The lowest documented one is taken
_UNKNOWN_RATE = (500, 10.0)

_ORDERS_STOP = Bilingual("订单同步停止，水位不动", "the orders flow stops, the watermark stays")
_GOODS_STOP = Bilingual(
    "商品部分变红；订单同步不受影响", "the part for goods turns red; orders go on without it"
)
_USERS_STOP = Bilingual(
    "客户部分变红；订单同步不受影响", "the part for customers turns red; orders go on without it"
)
_FORMS_STOP = Bilingual(
    "每晚的采集部分变红；基础数据先写客户，表单由下一晚补齐；订单改为按买家读取",
    "the nightly part for forms turns red; base data writes the customers and a night adds the "
    "forms; orders ask for each buyer instead",
)

ENDPOINTS: Mapping[str, Endpoint] = {
    "token": Endpoint(
        "token",
        (100, 600.0),
        name="Token 获取",
        brings=Bilingual("凭证", "the credentials"),
        without=Bilingual("所有流程停止", "every flow stops"),
        primary=True,
    ),
    "user.list": Endpoint(
        "xe.user.batch.get/1.0.0",
        (3000, 10.0),
        USERS,
        page_size=50,
        name="用户列表 1.0",
        brings=Bilingual("客户", "customers"),
        without=_USERS_STOP,
        asked=50,
        primary=True,
    ),
    "user.list.cursor": Endpoint(
        "xe.user.batch.get/2.0.0",
        (3000, 10.0),
        USERS,
        page_size=50,
        name="用户列表 2.0",
        brings=Bilingual("客户", "customers"),
        without=_USERS_STOP,
        asked=50,
        primary=True,
    ),
    "user.by_id": Endpoint(
        "xe.user.batch_by_user_id.get/1.0.0",
        (1000, 10.0),
        USERS,
        page_size=50,
        name="按 ID 批量获取用户",
        brings=Bilingual(
            "买家的昵称、来源、注册时间、累计消费", "what the user list tells of a buyer"
        ),
        without=Bilingual(
            "客户按订单所载写入，其余字段保持原样",
            "the customer is written from what the order tells, other cells stay",
        ),
        asked=50,
    ),
    "user.info": Endpoint(
        "xe.user.info.get/1.0.0",
        (3000, 10.0),
        USERS,
        name="用户详情",
        brings=Bilingual("表单没有回答的姓名、公司、职位、邮箱", "what the forms leave open"),
        without=Bilingual(
            "客户照常写入，这些字段保持原样", "the customer is written, those cells stay"
        ),
    ),
    "resource.list": Endpoint(
        "xe.resource.list.get/1.0.0",
        _UNKNOWN_RATE,
        GOODS,
        page_size=100,
        list_keys=("list", "resource_list", "goods_list"),
        name="课程列表（文章所用，默认停用）",
        brings=Bilingual("商品与专栏", "goods and columns"),
        without=_GOODS_STOP,
        asked=50,
        primary=True,
    ),
    "goods.list": Endpoint(
        "xe.goods.list.get/4.0.0",
        (3000, 10.0),
        GOODS,
        page_size=100,
        name="商品列表 2.0",
        brings=Bilingual("商品与专栏", "goods and columns"),
        without=_GOODS_STOP,
        asked=100,
        primary=True,
    ),
    "goods.detail": Endpoint(
        "xe.goods.detail.get/3.0.0",
        (3000, 10.0),
        GOODS,
        name="商品详情",
        brings=Bilingual("简介；新商品的售价与封面", "summary; price and cover of a new good"),
        without=Bilingual(
            "商品照常写入，这些字段保持原样", "the good is written without it, those cells stay"
        ),
    ),
    "goods.relation": Endpoint(
        "xe.goods.relation.get/3.0.0",
        _UNKNOWN_RATE,
        GOODS,
        list_keys=("list", "goods_list", "resource_list", "relation_list"),
        name="专栏内容",
        brings=Bilingual("专栏包含的商品", "what a column contains"),
        without=Bilingual(
            "专栏照常写入，「包含商品」保持原样", "the column is written, its contents stay"
        ),
        asked=20,
    ),
    "order.list": Endpoint(
        "xe.ecommerce.order.list/1.0.0",
        (20, 1.0),
        ORDERS,
        use=0.9,
        careful=0.75,
        page_size=100,
        name="订单列表 2.0",
        brings=Bilingual("订单", "orders"),
        without=_ORDERS_STOP,
        asked=100,
        primary=True,
    ),
    "order.list.created": Endpoint(
        "xe.order.list.get/1.0.1",
        (3000, 10.0),
        ORDERS,
        page_size=200,
        name="订单列表 1.1",
        brings=Bilingual("订单（order_feed 为 create 时）", "orders, where order_feed is create"),
        without=_ORDERS_STOP,
        asked=200,
        primary=True,
    ),
    "order.detail": Endpoint(
        "xe.order.detail/1.0.0",
        (3000, 10.0),
        ORDERS,
        beside="order.list",
        name="订单详情",
        brings=Bilingual(
            "推广员，列表未给出的支付与结算时间", "promoter, times that the list leaves open"
        ),
        without=Bilingual(
            "订单照常写入，这些字段保持原样", "the order is written, those cells stay"
        ),
    ),
    "after_sale.list": Endpoint(
        "xe.ecommerce.after_sale.list/1.0.0",
        (300, 60.0),
        ORDERS,
        use=0.8,
        total_keys=("row_count", "total"),
        name="售后列表",
        brings=Bilingual("每晚的退款交叉核对", "the nightly cross-check of refunds"),
        without=Bilingual(
            "对账照常进行，没有退款核对", "the comparison goes on without that check"
        ),
        asked=50,
    ),
    "purchase": Endpoint(
        "xe.resource.purchase.get/1.0.0",
        _UNKNOWN_RATE,
        PURCHASES,
        page_size=50,
        list_keys=("list", "purchase_list", "data"),
        total_keys=("total", "count", "row_count"),
        name="商品有效期",
        brings=Bilingual("有效期起止", "from when until when a purchase is valid"),
        without=Bilingual(
            "订单照常写入，有效期保持原样", "the order is written, its validity stays"
        ),
        asked=50,
    ),
    "information.user": Endpoint(
        "xe.information.user.result.get/1.0.0",
        (500, 10.0),
        INFORMATION,
        page_size=50,
        list_keys=_ANSWERS,
        name="采集信息（按用户）",
        brings=Bilingual("买家填写的表单", "the forms that a buyer answered"),
        without=Bilingual(
            "客户与订单照常写入，填写的内容不变", "customer and order are written, answers stay"
        ),
        asked=50,
    ),
    "information.form": Endpoint(
        "xe.information.form.get/1.0.0",
        (500, 10.0),
        INFORMATION,
        page_size=50,
        list_keys=("form_list", "list"),
        name="采集表单列表",
        brings=Bilingual("采集信息", "answered forms"),
        without=_FORMS_STOP,
        asked=50,
        primary=True,
    ),
    "information.form.result": Endpoint(
        "xe.information.form.result.get/1.0.0",
        (500, 10.0),
        INFORMATION,
        page_size=50,
        list_keys=_ANSWERS,
        name="采集信息（按表单）",
        brings=Bilingual("采集信息", "answered forms"),
        without=_FORMS_STOP,
        asked=50,
        primary=True,
    ),
}

# Replaced by goods.list unless a shop switches it on: no document of it was found.
DISABLED_BY_DEFAULT = frozenset({"resource.list"})

BUDGETS: Mapping[str, Budget] = {
    api: Budget(api, *endpoint.rate, endpoint.use, endpoint.careful, endpoint.beside)
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
