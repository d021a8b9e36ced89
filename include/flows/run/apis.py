"""The remote APIs as operations sees them: one row each in `sync_config`.

Each is declared as primary or secondary. Primary is what brings the rows themselves: the lists of
orders, users and goods, and the forms' records; without it the flow that reads it stops. All else
is secondary: the row is written without it, what is missing is recorded and made good by itself.
The reference page about the interfaces is made from this table.
"""

from __future__ import annotations

from dataclasses import dataclass

from connectors.errors import Bilingual


@dataclass(frozen=True)
class Api:
    """One API; `page_size` is the default and the most that the vendor takes, 0 where unpaged.

    `brings` is what comes from it, `without` what happens when it does not answer or the app has
    no permission for it. `primary` marks the ones that a flow cannot do without.
    """

    key: str
    name: str
    brings: Bilingual
    without: Bilingual
    page_size: int = 0
    primary: bool = False


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

APIS: tuple[Api, ...] = (
    Api(
        "token",
        "Token 获取",
        Bilingual("凭证", "the credentials"),
        Bilingual("所有流程停止", "every flow stops"),
        primary=True,
    ),
    Api("user.list", "用户列表 1.0", Bilingual("客户", "customers"), _USERS_STOP, 50, primary=True),
    Api(
        "user.list.cursor",
        "用户列表 2.0",
        Bilingual("客户", "customers"),
        _USERS_STOP,
        50,
        primary=True,
    ),
    Api(
        "user.by_id",
        "按 ID 批量获取用户",
        Bilingual("买家的昵称、来源、注册时间、累计消费", "what the user list tells of a buyer"),
        Bilingual(
            "客户按订单所载写入，其余字段保持原样",
            "the customer is written from what the order tells, other cells stay",
        ),
        50,
    ),
    Api(
        "user.info",
        "用户详情",
        Bilingual("表单没有回答的姓名、公司、职位、邮箱", "what the forms leave open"),
        Bilingual("客户照常写入，这些字段保持原样", "the customer is written, those cells stay"),
    ),
    Api(
        "resource.list",
        "课程列表（文章所用，默认停用）",
        Bilingual("商品与专栏", "goods and columns"),
        _GOODS_STOP,
        50,
        primary=True,
    ),
    Api(
        "goods.list",
        "商品列表 2.0",
        Bilingual("商品与专栏", "goods and columns"),
        _GOODS_STOP,
        100,
        primary=True,
    ),
    Api(
        "goods.detail",
        "商品详情",
        Bilingual("简介；新商品的售价与封面", "summary; price and cover of a new good"),
        Bilingual(
            "商品照常写入，这些字段保持原样", "the good is written without it, those cells stay"
        ),
    ),
    Api(
        "goods.relation",
        "专栏内容",
        Bilingual("专栏包含的商品", "what a column contains"),
        Bilingual("专栏照常写入，「包含商品」保持原样", "the column is written, its contents stay"),
        20,
    ),
    Api("order.list", "订单列表 2.0", Bilingual("订单", "orders"), _ORDERS_STOP, 100, primary=True),
    Api(
        "order.list.created",
        "订单列表 1.1",
        Bilingual("订单（order_feed 为 create 时）", "orders, where order_feed is create"),
        _ORDERS_STOP,
        200,
        primary=True,
    ),
    Api(
        "order.detail",
        "订单详情",
        Bilingual(
            "推广员，列表未给出的支付与结算时间", "promoter, times that the list leaves open"
        ),
        Bilingual("订单照常写入，这些字段保持原样", "the order is written, those cells stay"),
    ),
    Api(
        "after_sale.list",
        "售后列表",
        Bilingual("每晚的退款交叉核对", "the nightly cross-check of refunds"),
        Bilingual("对账照常进行，没有退款核对", "the comparison goes on without that check"),
        50,
    ),
    Api(
        "purchase",
        "商品有效期",
        Bilingual("有效期起止", "from when until when a purchase is valid"),
        Bilingual("订单照常写入，有效期保持原样", "the order is written, its validity stays"),
        50,
    ),
    Api(
        "information.user",
        "采集信息（按用户）",
        Bilingual("买家填写的表单", "the forms that a buyer answered"),
        Bilingual(
            "客户与订单照常写入，填写的内容不变", "customer and order are written, answers stay"
        ),
        50,
    ),
    Api(
        "information.form",
        "采集表单列表",
        Bilingual("采集信息", "answered forms"),
        _FORMS_STOP,
        50,
        primary=True,
    ),
    Api(
        "information.form.result",
        "采集信息（按表单）",
        Bilingual("采集信息", "answered forms"),
        _FORMS_STOP,
        50,
        primary=True,
    ),
)

# Replaced by goods.list unless a shop switches it on: no document of it was found.
DISABLED_BY_DEFAULT = frozenset({"resource.list"})
