"""The real client on the simulator: refusals, lost answers and limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest

from connectors.errors import (
    AlreadyExists,
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    OutcomeUnknown,
    PayloadTooLarge,
    RateLimited,
    RejectedError,
    RetryableError,
)
from connectors.http.transport import Deadlines, Transport
from connectors.mingdao.client import MingdaoClient, connect
from connectors.mingdao.connection import MingdaoSettings
from connectors.mingdao.hook import MingdaoHook
from include.simulators.faults import Kind
from include.simulators.hap.store import DEMO_APPKEY, DEMO_SIGN
from tests.connectors.mingdao.world import (
    World,
    all_rows,
    served_world,
)
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def served() -> Iterator[World]:
    with served_world() as world:
        yield world


@pytest.fixture
def world(served: World) -> World:
    return served.renew()


@pytest.mark.parametrize("spelling", ["error_code", "errorCode", "code"])
@pytest.mark.parametrize("failure", ["business", "http_401"])
@pytest.mark.parametrize(
    "wrong", [{"appkey": "nobody"}, {"sign": "wrong"}, {"appkey": "nobody", "sign": "wrong"}]
)
def test_wrong_credentials_are_refused_in_every_spelling(world, spelling, failure, wrong):
    world.renew(error_spelling=spelling, auth_failure=failure)
    with pytest.raises(AuthenticationError):
        world.client(**wrong).list_rows("orders")
    assert world.calls("rows.list") == 1


@pytest.mark.parametrize("code", [430013, 10005, 2])
def test_a_worksheet_of_another_app_is_a_matter_of_configuration(world, code):
    world.renew(foreign_worksheet_code=code)
    world.store.add_app("other", f"other-{code}", "other-sign")
    sheet = world.client().worksheet("orders").id
    with pytest.raises(ConfigurationError):
        world.client(appkey=f"other-{code}", sign="other-sign").list_rows(sheet)


def test_a_worksheet_that_exists_nowhere(world):
    with pytest.raises(ConfigurationError):
        world.client().list_rows("nothing")


def test_an_address_that_is_not_on_the_list(world):
    world.store.settings.ip_allowed = ["192.0.2.1"]
    with pytest.raises(ConfigurationError) as caught:
        world.client().app()
    assert caught.value.code == "10000"


@pytest.mark.parametrize("code", [100005, 10006])
def test_a_unique_index_says_that_the_value_is_taken(world, code):
    world.renew(duplicate_code=code)
    world.store.sheet("customers").add_unique_index("user_id")
    client = world.client()
    client.create_row("customers", {"user_id": "u1"})
    with pytest.raises(AlreadyExists):
        client.create_row("customers", {"user_id": "u1"})
    with pytest.raises(AlreadyExists):
        client.create_rows("customers", [{"user_id": "u2"}, {"user_id": "u1"}])


def test_a_body_that_is_too_large_asks_to_be_halved(world):
    world.store.settings.max_body_bytes = 2000
    with pytest.raises(PayloadTooLarge):
        world.client().create_rows("customers", [{"user_id": "u" * 100} for _ in range(30)])
    assert all_rows(world.client(), "customers") == []


@pytest.mark.parametrize("over_limit", ["503_90001", "429_51", "200_51"])
def test_throttled_calls_are_repeated_whatever_the_refusal_looks_like(world, over_limit):
    world.renew(over_limit=over_limit)
    world.store.settings.qps = 3
    client = world.client()
    created = []
    for number in range(5):
        try:
            client.create_row("customers", {"user_id": f"u{number}"})
            created.append(f"u{number}")
        except RateLimited:
            continue
    world.store.settings.qps = 0
    stored = [row.cells["user_id"] for row in all_rows(client, "customers")]
    assert sorted(stored) == created  # what was throttled was not stored, and nothing twice


WRITES: list[Callable[[MingdaoClient, str], object]] = [
    lambda c, row_id: c.create_row("customers", {"user_id": "u2"}),
    lambda c, row_id: c.create_rows("customers", [{"user_id": "u2"}]),
    lambda c, row_id: c.update_row("customers", row_id, {"phone": "x"}),
    lambda c, row_id: c.update_rows("customers", [row_id], {"phone": "x"}),
    lambda c, row_id: c.delete_rows("customers", [row_id], permanent=True),
]
LOST: list[dict[str, Any]] = [
    {"kind": Kind.RESET_AFTER},
    {"kind": Kind.RESET_BEFORE},
    {"kind": Kind.STATUS, "status": 502, "handled": True},
    {"kind": Kind.STATUS, "status": 503},
    {"kind": Kind.CODE, "code": 99999, "handled": True},
    {"kind": Kind.HTML200},
    {"kind": Kind.EMPTY, "handled": True},
    {"kind": Kind.TRUNCATED},
    {"kind": Kind.CUT},
    {"kind": Kind.BAD_GZIP},
]


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: "-".join(map(str, fault.values())))
def test_a_write_whose_answer_is_lost_is_unknown_and_never_sent_twice(world, fault):
    client = world.client()
    for write in WRITES:
        row_id = client.create_row("customers", {"user_id": "u1"})
        assert row_id
        world.gateway.simulation.journal.clear()
        world.fail(**fault)
        with pytest.raises(OutcomeUnknown):
            write(client, row_id)
        assert world.calls("rows.*") == 1
        world.gateway.simulation.faults.clear()


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: "-".join(map(str, fault.values())))
def test_a_read_whose_answer_is_lost_is_repeated(world, fault):
    client = world.client()
    client.create_row("customers", {"user_id": "u1"})
    world.fail(times=1, api="rows.list", **fault)
    assert len(all_rows(client, "customers")) == 1
    assert world.calls("rows.list") == 2


def test_an_answer_that_comes_too_late_is_unknown_for_a_write(world):
    transport = Transport(world.base_url, allow_http=True, deadlines=Deadlines(total=0.3))
    client = MingdaoClient(transport, appkey=DEMO_APPKEY, sign=DEMO_SIGN)
    world.fail(kind=Kind.SLOW, seconds=1.0, api="rows.create")
    with pytest.raises(OutcomeUnknown):
        client.create_row("customers", {"user_id": "u1"})
    wait_until(lambda: world.calls("rows.create"))
    rows = all_rows(world.client(), "customers")
    assert [row.cells["user_id"] for row in rows] == ["u1"]


@pytest.mark.parametrize("kind", [Kind.BOM, Kind.CONTENT_TYPE])
def test_a_right_answer_in_an_odd_wrapping_is_read(world, kind):
    world.fail(kind=kind)
    assert world.client().worksheet("orders").name == "订单"


def test_a_redirect_is_not_followed(world):
    world.fail(kind=Kind.REDIRECT)
    with pytest.raises(ConnectorError):
        world.client().create_row("customers", {"user_id": "u1"})


def test_a_used_up_quota_is_not_tried_again_soon(world):
    world.store.settings.call_quota = 0
    with pytest.raises(RetryableError) as caught:
        world.client().list_rows("orders")
    assert caught.value.wait == 3600
    assert world.calls("rows.list") == 1


def test_an_unknown_field_that_the_server_minds_is_a_refusal_of_the_row(world):
    world.store.settings.unknown_write_field = "refused"
    with pytest.raises(RejectedError):
        world.client().create_row("customers", {"no_such_field": "x"})


@pytest.mark.parametrize("prefix", ["", "/api"])
def test_the_hook_opens_the_simulator_with_and_without_prefix(world, monkeypatch, prefix):
    monkeypatch.setenv(
        "AIRFLOW_CONN_MINGDAO_DEFAULT",
        f'{{"conn_type": "mingdao", "host": "{world.base_url}{prefix}", "login": "{DEMO_APPKEY}",'
        f' "password": "{DEMO_SIGN}", "extra": {{"allow_http": true}}}}',
    )
    assert MingdaoHook().test_connection() == (
        True,
        "已连接应用「客户运营」，共 2 张工作表 / connected to app 「客户运营」 with 2 worksheets",
    )
    assert [item.alias for item in MingdaoHook().get_conn().app().worksheets] == [
        "customers",
        "orders",
    ]


@pytest.mark.usefixtures("ticking")
def test_clients_of_one_server_keep_its_rate_together(world):
    world.store.settings.qps = 50
    settings = MingdaoSettings(world.base_url, DEMO_APPKEY, DEMO_SIGN, allow_http=True)
    clients = [connect(settings) for _ in range(2)]

    def read_thirty(client: MingdaoClient) -> None:
        for _ in range(30):
            client.list_rows("orders")

    threads = [Thread(target=read_thirty, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = world.gateway.simulation.journal.entries("rows.list")
    assert len(entries) == 60
    assert {entry.status for entry in entries} == {200}
