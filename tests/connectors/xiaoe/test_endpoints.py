"""The table of interfaces, and which paths may replace the defaults."""

from __future__ import annotations

import pytest

from connectors.errors import ConfigurationError
from connectors.xiaoe.endpoints import BUDGETS, ENDPOINTS, resolve_paths


@pytest.mark.parametrize(
    ("api", "path", "rate", "permission", "page_size"),
    [
        ("token", "token", (100, 600), "", None),
        ("user.list", "xe.user.batch.get/1.0.0", (3000, 10), "用户管理-查询", 50),
        ("user.list.cursor", "xe.user.batch.get/2.0.0", (3000, 10), "用户管理-查询", 50),
        ("user.by_id", "xe.user.batch_by_user_id.get/1.0.0", (1000, 10), "用户管理-查询", 50),
        ("user.info", "xe.user.info.get/1.0.0", (3000, 10), "用户管理-查询", None),
        ("resource.list", "xe.resource.list.get/1.0.0", (500, 10), "商品管理-查询", 100),
        ("goods.list", "xe.goods.list.get/4.0.0", (3000, 10), "商品管理-查询", 100),
        ("goods.detail", "xe.goods.detail.get/3.0.0", (3000, 10), "商品管理-查询", None),
        ("goods.relation", "xe.goods.relation.get/3.0.0", (500, 10), "商品管理-查询", None),
        ("order.list", "xe.ecommerce.order.list/1.0.0", (20, 1), "订单管理-查询", 100),
        ("order.list.created", "xe.order.list.get/1.0.1", (3000, 10), "订单管理-查询", 200),
        ("order.detail", "xe.order.detail/1.0.0", (3000, 10), "订单管理-查询", None),
        ("after_sale.list", "xe.ecommerce.after_sale.list/1.0.0", (300, 60), "订单管理-查询", None),
        ("purchase", "xe.resource.purchase.get/1.0.0", (500, 10), "订购管理-查询", 50),
        *(
            (api, f"xe.information.{name}.get/1.0.0", (500, 10), "信息采集/表单管理-查询", 50)
            for api, name in (
                ("information.user", "user.result"),
                ("information.form.result", "form.result"),
                ("information.form", "form"),
            )
        ),
    ],
)
def test_an_interface_is_as_documented(
    api: str, path: str, rate: tuple[int, float], permission: str, page_size: int | None
) -> None:
    endpoint = ENDPOINTS[api]
    assert (endpoint.path, endpoint.rate, endpoint.permission, endpoint.page_size) == (
        path,
        rate,
        permission,
        page_size,
    )


def test_the_planned_rates_leave_room() -> None:
    listing = BUDGETS["order.list"]
    assert listing.calls * listing.use <= 18
    assert listing.calls * (listing.careful or 1) <= 15
    assert BUDGETS["order.detail"].beside == listing.name
    assert BUDGETS["after_sale.list"].calls * BUDGETS["after_sale.list"].use <= 240


def test_another_version_of_the_interface_replaces_the_default() -> None:
    paths = resolve_paths({"order.list": "xe.ecommerce.order.list/10.0.12"})
    assert paths["order.list"] == "xe.ecommerce.order.list/10.0.12"
    assert paths["order.detail"] == "xe.order.detail/1.0.0"


@pytest.mark.parametrize(
    ("api", "path"),
    [
        ("order.list", ""),
        ("order.list", "/xe.ecommerce.order.list/1.0.0"),
        ("order.list", "xe.ecommerce.order.list/1.0"),
        ("order.list", "xe.ecommerce.order.list/1.0.0/"),
        ("order.list", "xe.ecommerce.order.list/1.0.0\n"),
        ("order.list", "xe.ecommerce.order.list/１.0.0"),
        ("order.list", "xe.ecommerce.order.list/1.0.0/../../xe.user.delete/1.0.0"),
        ("order.list", "xe.ecommerce.order.list"),
        ("order.list", "xe.ecommerce.order.list.delete/1.0.0"),
        ("order.list", "xe.order.list.get/1.0.1"),
        ("user.info", "xe.user.delete/1.0.0"),
        ("order.list", "xe/1.0.0"),
        ("order.list", "xe.Order/1.0.0"),
        ("order.list", "../token"),
        ("order.list", "https://evil.example/xe.order.list/1.0.0"),
        ("order.list", "xe.ecommerce.order.list/1.0.0?access_token=x"),
        ("order.lists", "xe.order.list/1.0.0"),
        ("token", "xe.token/1.0.0"),
    ],
)
def test_any_other_path_is_refused(api: str, path: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        resolve_paths({api: path})
    assert "evil" not in str(caught.value)


def test_another_interface_is_refused_with_the_path_that_is_right() -> None:
    with pytest.raises(ConfigurationError, match=r"改为 xe\.user\.info\.get/1\.0\.0") as caught:
        resolve_paths({"user.info": "xe.user.delete/1.0.0"})
    assert "delete" not in str(caught.value)
