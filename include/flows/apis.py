"""The remote APIs as operations sees them: one row each in `sync_config`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Api:
    """One API; `page_size` is the default and the most that the vendor takes, 0 where unpaged."""

    key: str
    name: str
    page_size: int = 0


APIS: tuple[Api, ...] = (
    Api("token", "Token 获取"),
    Api("user.list", "用户列表 1.0", 50),
    Api("user.list.cursor", "用户列表 2.0", 50),
    Api("user.by_id", "按 ID 批量获取用户", 50),
    Api("user.info", "用户详情"),
    Api("resource.list", "课程列表(文章所用,默认停用)", 50),
    Api("goods.list", "商品列表 2.0", 100),
    Api("goods.detail", "商品详情"),
    Api("goods.relation", "专栏内容", 20),
    Api("order.list", "订单列表 2.0", 100),
    Api("order.list.created", "订单列表 1.1", 200),
    Api("order.detail", "订单详情"),
    Api("after_sale.list", "售后列表", 50),
    Api("purchase", "商品有效期", 50),
    Api("information.user", "采集信息(按用户)", 50),
    Api("information.form", "采集表单列表", 50),
    Api("information.form.result", "采集信息(按表单)", 50),
)

# Replaced by goods.list unless a shop switches it on: no document of it was found.
DISABLED_BY_DEFAULT = frozenset({"resource.list"})
