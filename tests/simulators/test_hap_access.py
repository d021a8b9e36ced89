from __future__ import annotations

from typing import Any

import pytest
import requests

from include.simulators.faults import FaultRule, Kind
from include.simulators.hap.app import create_app
from include.simulators.hap.settings import HapSettings
from include.simulators.hap.store import HapStore
from include.simulators.server import serve
from tests.simulators.hap_service import KEYS, TEXT, Hap, batch, quiet

LIST = "/v3/app/worksheets/orders/rows/list"


@pytest.fixture
def orders(hap: Hap) -> Hap:
    hap.make("orders", {"alias": "order_no", **TEXT})
    return hap


@pytest.mark.parametrize("prefix", ["/v3", "/api/v3"])
def test_the_app_answers_under_both_prefixes(hap: Hap, prefix: str) -> None:
    assert hap.ok("GET", f"{prefix}/app")["appId"] == hap.store.app.id


def test_a_deployment_may_sit_behind_a_path_prefix(hap: Hap) -> None:
    with serve(create_app(HapStore.demo(), prefix="/some/prefix")) as url:
        inside = requests.get(f"{url}/some/prefix/api/v3/app", headers=KEYS, timeout=60)
        outside = requests.get(f"{url}/api/v3/app", headers=KEYS, timeout=60)
    assert inside.json()["success"] is True
    assert outside.status_code == 404


@pytest.mark.parametrize(
    ("mode", "headers", "status", "code"),
    [
        ("sign_401", {"HAP-Appkey": "other"}, 200, 10101),
        ("sign_401", {"HAP-Sign": "wrong"}, 401, 10001),
        ("business", {"HAP-Appkey": "other"}, 200, 10101),
        ("business", {"HAP-Sign": "wrong"}, 200, 10102),
        ("business", {"HAP-Sign": ""}, 401, 10001),
        ("http_401", {"HAP-Appkey": "other"}, 401, 10001),
        ("http_401", {"HAP-Sign": "wrong"}, 401, 10001),
    ],
)
def test_wrong_credentials_are_refused(
    hap: Hap, mode: Any, headers: dict[str, str], status: int, code: int
) -> None:
    hap.settings.auth_failure = mode
    answer = hap.send("GET", "/v3/app", headers=headers)
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)
    assert answer.json()["success"] is False


@pytest.mark.parametrize(
    ("spelling", "code", "message"),
    [
        ("error_code", "error_code", "error_msg"),
        ("errorCode", "errorCode", "errorMsg"),
        ("code", "code", "msg"),
    ],
)
def test_an_error_has_three_spellings(hap: Hap, spelling: Any, code: str, message: str) -> None:
    hap.settings.error_spelling = spelling
    answer = hap.send("GET", "/v3/app/worksheets/none").json()
    assert (answer[code], answer[message]) == (430022, "工作表不存在")


def test_success_may_come_without_a_code(hap: Hap) -> None:
    assert hap.send("GET", "/v3/app").json()["error_code"] == 1
    hap.settings.success_code = "absent"
    assert "error_code" not in hap.send("GET", "/v3/app").json()


@pytest.mark.parametrize("status", [400, 200])
def test_a_write_without_a_body_is_refused(orders: Hap, status: Any) -> None:
    orders.settings.empty_body_status = status
    answer = orders.send("POST", LIST)
    assert answer.status_code == status
    assert answer.json()["error_msg"] == "A non-empty request body is required."


def test_broken_json_is_a_parameter_error(orders: Hap) -> None:
    answer = orders.session.post(orders.url + LIST, data=b"{", timeout=60)
    assert answer.json()["error_code"] == 10001


@pytest.mark.parametrize("code", [430013, 10005, 2])
def test_a_worksheet_of_another_app_is_out_of_reach(orders: Hap, code: Any) -> None:
    orders.store.add_app("另一个", "other-key", "other-sign")
    orders.settings.foreign_worksheet_code = code
    other = {"HAP-Appkey": "other-key", "HAP-Sign": "other-sign"}
    sheet = orders.store.sheet("orders").id
    assert orders.code("GET", f"/v3/app/worksheets/{sheet}", headers=other) == code
    assert orders.code("GET", "/v3/app/worksheets/orders", headers=other) == 430022


def test_a_read_only_key_cannot_write(orders: Hap) -> None:
    orders.store.app.keys["demo-appkey"].read_only = True
    assert orders.rows("orders") == []
    path = "/v3/app/worksheets/orders/rows"
    assert orders.code("POST", path, quiet(fields=[])) == 10005
    assert orders.code("POST", "/v3/app/worksheets/orders", {"name": "x"}) == 10005


def test_an_address_off_the_allow_list_is_refused(hap: Hap) -> None:
    hap.settings.ip_allowed = ["10.0.0.1"]
    assert hap.code("GET", "/v3/app") == 10000


@pytest.mark.parametrize(
    ("over_limit", "status", "code"),
    [("503_90001", 503, 90001), ("429_51", 429, 51), ("200_51", 200, 51)],
)
def test_row_calls_beyond_the_rate_are_refused_until_the_next_second(
    orders: Hap, over_limit: Any, status: int, code: int
) -> None:
    orders.settings.qps, orders.settings.over_limit = 3, over_limit
    answers = [orders.send("POST", LIST, {}) for _ in range(4)]
    assert [a.json()["success"] for a in answers] == [True, True, True, False]
    assert (answers[3].status_code, answers[3].json()["error_code"]) == (status, code)
    assert orders.ok("GET", "/v3/app")  # structure calls are not counted
    orders.store.clock.advance(1)
    assert orders.rows("orders") == []


def test_the_rate_may_be_counted_for_each_endpoint(orders: Hap) -> None:
    orders.settings.qps, orders.settings.qps_scope = 1, "endpoint"
    assert orders.rows("orders") == []
    orders.add("orders", order_no="A1")
    assert orders.code("POST", LIST, {}) == 90001


def test_a_body_above_the_limit_is_413_from_the_gateway(orders: Hap) -> None:
    orders.settings.max_body_bytes = 1000
    path = "/v3/app/worksheets/orders/rows/batch"
    answer = orders.send("POST", path, batch([{"order_no": "x" * 1000}]))
    assert answer.status_code == 413
    assert "html" in answer.headers["content-type"]
    assert orders.rows("orders") == []


def test_a_used_up_quota_answers_90000(hap: Hap) -> None:
    hap.settings.call_quota = 1
    hap.ok("GET", "/v3/app")
    assert hap.code("GET", "/v3/app") == 90000


@pytest.mark.parametrize("path", ["/v3/app/info", "/v3/app/worksheets/x/rows/upsert/now"])
def test_invented_endpoints_do_not_exist(hap: Hap, path: str) -> None:
    assert hap.send("POST", path, {}).status_code in {404, 405}


def test_the_wrong_verb_is_refused(orders: Hap) -> None:
    assert orders.send("PUT", "/v3/app/worksheets/orders/rows/batch", {}).status_code == 405


def test_a_fault_rule_answers_in_haps_envelope(orders: Hap) -> None:
    orders.simulation.faults.set([FaultRule(api="rows.list", kind=Kind.CODE, code=99999)])
    assert orders.code("POST", LIST, {}) == 99999
    orders.simulation.faults.set([FaultRule(api="rows.list", kind=Kind.CODE, code=90001)])
    assert orders.send("POST", LIST, {}).status_code == 503


def test_a_reset_after_the_write_leaves_the_row_and_its_journal_entry(orders: Hap) -> None:
    orders.simulation.faults.set([FaultRule(api="rows.create", kind=Kind.RESET_AFTER)])
    with pytest.raises(requests.ConnectionError):
        orders.add("orders", order_no="A1")
    assert orders.values("orders", "order_no") == ["A1"]
    assert [e.effect for e in orders.simulation.journal.writes()][-1] == "create orders 1"


def test_settings_can_be_changed_over_the_control_route(hap: Hap) -> None:
    changed = hap.send("PATCH", "/_sim/settings", {"number_read": "number"}).json()
    assert changed["number_read"] == hap.settings.number_read == "number"
    assert hap.send("PATCH", "/_sim/settings", {"number_read": "roman"}).status_code == 422


def test_a_misspelled_setting_is_an_error() -> None:
    with pytest.raises(ValueError, match="qpss"):
        HapSettings(**{"qpss": 1})
