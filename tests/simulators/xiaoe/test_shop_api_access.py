from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.xiaoe.shop_client import PATHS, ShopClient


def test_missing_and_unknown_tokens(api: ShopClient) -> None:
    bare = api.http.post(api.url + PATHS["goods.list"], json={}, timeout=60).json()
    assert bare["code"] == 2007
    api.token = "xe_unknown"
    assert api.code("goods.list") == 2008


def test_unknown_paths_and_wrong_methods(api: ShopClient) -> None:
    assert api.code("/xe.nothing.get/1.0.0") == 2052
    answer = api.http.get(api.url + PATHS["goods.list"], timeout=60)
    assert answer.status_code == 200
    assert answer.json()["code"] == 2055


def test_a_missing_permission_set_closes_its_interfaces_only(api: ShopClient) -> None:
    api.settings.permissions = api.settings.permissions - {"订单管理-查询"}
    assert api.code("order.list") == 2017
    assert api.code("goods.list") == 0


def test_the_whitelist_guards_the_token_and_tells_the_address(api: ShopClient) -> None:
    api.settings.ip_whitelist = ["10.0.0.1"]
    refused = api.fetch_token()
    assert refused["code"] == 2051
    assert "127.0.0.1" in refused["msg"]
    api.settings.whitelist_tells_address = False
    assert "127.0.0.1" not in api.fetch_token()["msg"]


def test_the_whitelist_guards_business_calls_only_when_told_so(api: ShopClient) -> None:
    assert api.code("goods.list") == 0
    api.settings.ip_whitelist = ["10.0.0.1"]
    assert api.code("goods.list") == 0
    api.settings.whitelist_on_business_calls = True
    assert api.code("goods.list") == 2051


def test_the_21st_order_list_call_of_a_second_is_refused(api: ShopClient) -> None:
    codes = [api.code("order.list") for _ in range(21)]
    assert codes == [0] * 20 + [2053]
    assert api.code("order.detail", order_id="none") != 2053
    api.shop.clock.advance(1)
    assert api.code("order.list") == 0


def test_sliding_windows_and_a_shared_budget(api: ShopClient) -> None:
    api.settings.rate_windows = "sliding"
    api.settings.rate_scope = "shared"
    api.settings.rate_scale = 0.1
    assert [api.code("order.list"), api.code("order.list")] == [0, 0]
    assert api.code("order.detail.v2", order_id="none") == 2053


@pytest.mark.parametrize(("answer", "status"), [("http_429", 429), ("http_503", 503)])
def test_limits_may_come_as_http_errors(api: ShopClient, answer: str, status: Any) -> None:
    api.settings.rate_scale = 0.0001
    api.settings.rate_answer = answer
    api.settings.rate_retry_after = 3
    api.code("after_sale.list", created_at="2026-01-01||2026-12-31")
    refused = api.raw("after_sale.list", created_at="2026-01-01||2026-12-31")
    assert refused.status_code == status
    assert refused.headers["Retry-After"] == "3"


def test_a_burst_is_answered_with_2054(api: ShopClient) -> None:
    api.settings.spike_calls = 2
    api.settings.spike_seconds = 60
    assert [api.code("goods.list") for _ in range(3)] == [0, 0, 2054]


def test_limits_can_be_switched_off(api: ShopClient) -> None:
    api.settings.rate_limits = False
    assert {api.code("order.list") for _ in range(30)} == {0}


def test_a_form_encoded_body_with_json_in_data_is_understood(api: ShopClient) -> None:
    api.code("goods.list")
    form = {"access_token": api.token, "data": '{"goods_id": "v_1", "goods_type": 3}'}
    answer = api.http.post(api.url + PATHS["goods.detail"], data=form, timeout=60).json()
    assert answer["data"]["resource_info"]["title"] == "课程"


def test_the_alternative_path_prefix_works(api: ShopClient) -> None:
    assert api.code("/api/xe.goods.list.get/4.0.0") == 0


def test_error_answers_have_the_configured_shape(api: ShopClient) -> None:
    for shape, data in (("null", None), ("list", []), ("object", {})):
        api.settings.error_data = shape
        assert api.call("order.detail", order_id="none")["data"] == data
    api.settings.error_status = 400
    api.settings.code_as_string = True
    answer = api.raw("order.detail", order_id="none")
    assert (answer.status_code, answer.json()["code"]) == (400, "3002")


def test_success_messages_vary(api: ShopClient) -> None:
    api.settings.msg = "mixed"
    assert len({api.call("goods.list")["msg"] for _ in range(7)}) == 7


def test_every_call_is_journalled_with_its_code_and_caller(api: ShopClient) -> None:
    api.code("goods.list")
    api.code("order.detail", order_id="none")
    journal = api.app.simulation.journal
    assert [(e.api, e.code, e.caller) for e in journal.entries()] == [
        ("token", "0", "appDEMOshop0001"),
        ("goods.list", "0", "appDEMOshop0001"),
        ("order.detail", "3002", "appDEMOshop0001"),
    ]
    assert journal.writes() == []
