"""What each vendor code becomes, and how an error reads."""

from __future__ import annotations

import pytest

from connectors.codes import HAP, XIAOE, XIAOE_OF_API, Meaning, System, error_for
from connectors.errors import (
    AlreadyExists,
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    NotFound,
    RateLimited,
    RejectedError,
    RetryableError,
)

ALL_MEANINGS = [*XIAOE.values(), *XIAOE_OF_API.values(), *HAP.values()]


@pytest.mark.parametrize(
    ("system", "api", "code", "kind"),
    [
        ("xiaoe", "order.list", 1001, RetryableError),
        ("xiaoe", "order.list", 1002, RetryableError),
        ("xiaoe", "order.list", -1, RetryableError),
        ("xiaoe", "order.list", -50000, RetryableError),
        ("xiaoe", "order.list", 777, RejectedError),
        ("xiaoe", "token", 2001, AuthenticationError),
        ("xiaoe", "token", 2004, AuthenticationError),
        ("xiaoe", "user.info", 2010, NotFound),
        ("xiaoe", "user.info", 2017, ConfigurationError),
        ("xiaoe", "token", 2051, ConfigurationError),
        ("xiaoe", "resource.list", 2052, ConfigurationError),
        ("xiaoe", "order.list", 2053, RateLimited),
        ("xiaoe", "order.list", 2054, RateLimited),
        ("xiaoe", "goods.detail", 7, NotFound),
        ("xiaoe", "goods.detail", 21, NotFound),
        ("xiaoe", "goods.detail", 3057, RejectedError),
        ("xiaoe", "order.detail", 7, RejectedError),
        ("hap", "row.create", 51, RateLimited),
        ("hap", "row.create", 90000, RateLimited),
        ("hap", "row.create", 90001, RateLimited),
        ("hap", "row.create", 99999, RetryableError),
        ("hap", "row.create", 10000, ConfigurationError),
        ("hap", "row.create", 10005, ConfigurationError),
        ("hap", "row.create", 10102, AuthenticationError),
        ("hap", "row.create", 100005, AlreadyExists),
        ("hap", "row.get", 10007, NotFound),
        ("hap", "row.create", 430022, ConfigurationError),
        ("hap", "row.create", -1, RejectedError),
        ("hap", "row.create", 123456, RejectedError),
    ],
)
def test_a_code_becomes_the_error_that_says_what_to_do(
    system: System, api: str, code: int, kind: type[ConnectorError]
) -> None:
    error = error_for(system, api, code)
    assert type(error) is kind
    assert (error.api, error.code) == (api, str(code))


@pytest.mark.parametrize("meaning", ALL_MEANINGS)
def test_every_code_is_explained_in_both_languages(meaning: Meaning) -> None:
    for words in (meaning.explanation, meaning.action):
        assert any("\u4e00" <= sign <= "\u9fff" for sign in words.zh)
        assert words.en.replace("{permission}", "").isascii() or "「" in words.en


def test_an_error_reads_api_explanation_code_action() -> None:
    error = error_for("xiaoe", "order.list", 2017, permission="订单管理-查询")
    assert str(error) == (
        "order.list: 应用没有这个接口的权限 / the app has no permission for this interface (2017)"
        " — "
        "在小鹅通「云服务控制台」为应用开通权限集「订单管理-查询」（几分钟后生效） / "
        "switch on the permission set 「订单管理-查询」 for the app in "
        "Xiaoe-tong's cloud console; it takes some minutes"
    )
    assert error.action.zh == (
        "在小鹅通「云服务控制台」为应用开通权限集「订单管理-查询」（几分钟后生效）"
    )


def test_a_missing_whitelist_entry_names_the_address_that_the_vendor_saw() -> None:
    seen = error_for("xiaoe", "token", 2051, seen_ip="203.0.113.7")
    assert "203.0.113.7" in str(seen)
    assert "{" not in str(error_for("xiaoe", "token", 2051))


def test_a_used_up_quota_waits_longer_than_a_call_may() -> None:
    error = error_for("hap", "row.create", 90000)
    assert isinstance(error, RateLimited)
    assert error.wait
    assert error.wait > 600
