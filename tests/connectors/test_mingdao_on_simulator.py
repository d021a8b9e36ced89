"""The real client against the simulator: each undocumented point in every one of its forms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest

from connectors.errors import (
    AlreadyExists,
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    NotFound,
    OutcomeUnknown,
    PayloadTooLarge,
    RateLimited,
    RejectedError,
    RetryableError,
)
from connectors.mingdao import cells
from connectors.mingdao.client import MingdaoClient, connect
from connectors.mingdao.filters import all_of, any_equal, between
from connectors.mingdao.hook import MingdaoHook
from connectors.mingdao.models import Row
from connectors.mingdao.row_reads import Sort
from connectors.retries import RetryRules
from connectors.transport import Deadlines, Transport
from include.simulators.faults import FaultRule, Kind
from include.simulators.gateway import Gateway
from include.simulators.hap.app import create_app
from include.simulators.hap.settings import HapSettings
from include.simulators.hap.store import DEMO_APPKEY, DEMO_SIGN, HapStore
from include.simulators.server import serve

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)

CUSTOMER_FIELDS = [
    {"name": "用户ID", "alias": "user_id", "type": "Text", "required": False, "isTitle": True},
    {"name": "手机", "alias": "phone", "type": "Text", "required": False},
]
ORDER_FIELDS: list[dict[str, Any]] = [
    {"name": "订单号", "alias": "order_id", "type": "Text", "required": False, "isTitle": True},
    {"name": "实付", "alias": "amount", "type": "Number", "precision": 2, "required": False},
    {"name": "时间", "alias": "paid_at", "type": "DateTime", "subType": 6, "required": False},
    {
        "name": "状态",
        "alias": "state",
        "type": "SingleSelect",
        "required": False,
        "options": [{"value": "待付款", "index": 1}, {"value": "已完成", "index": 2}],
    },
]


@dataclass
class World:
    """A served simulator with a client on it."""

    store: HapStore
    gateway: Gateway
    base_url: str

    def client(self, **settings: Any) -> MingdaoClient:
        given = {"appkey": DEMO_APPKEY, "sign": DEMO_SIGN, **settings}
        retries = RetryRules(first_wait=0.001, longest_wait=1.0, budget_floor=100)
        deadlines = Deadlines(total=5.0)
        transport = Transport(self.base_url, allow_http=True, retries=retries, deadlines=deadlines)
        return MingdaoClient(transport, **given)

    def fail(self, **rule: Any) -> None:
        self.gateway.simulation.faults.set([FaultRule(**rule)])

    def calls(self, api: str) -> int:
        return len(self.gateway.simulation.journal.entries(api))


@pytest.fixture(scope="module")
def service() -> Iterator[World]:
    """One service for all tests, because building its routes is slow."""
    store = HapStore.demo(HapSettings())
    gateway = create_app(store)
    with serve(gateway) as base_url:
        yield World(store, gateway, base_url)


@pytest.fixture
def world_with(service: World) -> Callable[..., World]:
    """Return what empties the app, sets the given switches, and provisions it anew."""

    def make(**switches: Any) -> World:
        store, simulation = service.store, service.gateway.simulation
        for name, value in HapSettings(qps=0, **switches):
            setattr(store.settings, name, value)
        store.worksheets.clear()
        store.calls = 0
        for section in store.app.sections:
            for part in (section, *section.children):
                part.items.clear()
        simulation.faults.clear()
        provision(service.client())
        simulation.journal.clear()
        return service

    return make


def provision(client: MingdaoClient) -> None:
    target = client.create_worksheet("客户", "customers", CUSTOMER_FIELDS)
    client.create_worksheet("订单", "orders", ORDER_FIELDS)
    relation = {"showFields": [], "bidirectional": False}
    common = {"type": "Relation", "required": False, "dataSource": target, "relation": relation}
    client.edit_worksheet(
        "orders",
        add_fields=[
            {**common, "name": "客户", "alias": "customer", "subType": 1},
            {**common, "name": "同伴", "alias": "friends", "subType": 2},
        ],
    )


@pytest.fixture
def world(world_with: Callable[..., World]) -> World:
    return world_with()


def state_key(client: MingdaoClient, label: str) -> str:
    sheet = client.worksheet("orders")
    field = sheet.field("state")
    assert field is not None
    option = field.option(label)
    assert option is not None
    return option.key


def order(client: MingdaoClient, **more: Any) -> dict[str, Any]:
    return {
        "order_id": "A1",
        "amount": cells.write_number(Decimal("129.90")),
        "paid_at": cells.write_datetime(NOON, client.zone),
        "state": cells.write_options([state_key(client, "已完成")]),
        **more,
    }


def all_rows(client: MingdaoClient, sheet: str = "orders") -> list[Row]:
    return client.list_rows(sheet).rows


# ---- structure ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"structure_type": "code"},
        {"option_deleted_as": "string"},
        {"section_id_key": "sectionId", "new_sheet_section": "child"},
        {"system_fields_in_structure": False},
        {"success_code": "absent"},
    ],
)
def test_the_structure_reads_the_same_in_every_form(world_with, switches):
    world = world_with(**switches)
    client = world.client()
    found = client.app().worksheet("orders")
    assert found is not None
    assert (found.id, found.name) in client.worksheets()
    sheet = client.worksheet("orders")
    assert (sheet.id, sheet.name, sheet.alias) == (found.id, "订单", "orders")
    ours = {field.alias: field for field in sheet.fields}
    types = {alias: ours[alias].type for alias in ("order_id", "amount", "paid_at", "state")}
    assert types == {
        "order_id": "Text",
        "amount": "Number",
        "paid_at": "DateTime",
        "state": "SingleSelect",
    }
    assert ours["order_id"].is_title
    assert ours["amount"].precision == 2
    assert [option.value for option in ours["state"].options] == ["待付款", "已完成"]
    assert ours["customer"].data_source == client.worksheet("customers").id
    assert client.worksheet(sheet.id) == sheet


def test_a_deleted_option_is_not_offered_any_more(world):
    client = world.client()
    options = [{"value": "已完成", "index": 1}, {"value": "已关闭", "index": 2}]
    client.edit_worksheet("orders", edit_fields=[{"id": "state", "options": options}])
    field = client.worksheet("orders").field("state")
    assert field is not None
    assert [option.value for option in field.options] == ["已完成", "已关闭"]


def test_an_alias_that_is_taken_already_exists(world):
    with pytest.raises(AlreadyExists):
        world.client().create_worksheet("订单", "orders", ORDER_FIELDS)


def test_overlapping_structure_edits_wait_for_each_other(world_with):
    world = world_with(structure_overlap="stale")
    world.store.settings.structure_edit_s = 0.2
    failures: list[ConnectorError] = []

    def add(alias: str) -> None:
        field = {"name": alias, "alias": alias, "type": "Text", "required": False}
        try:
            world.client().edit_worksheet("orders", add_fields=[field])
        except ConnectorError as error:
            failures.append(error)

    threads = [Thread(target=add, args=(alias,)) for alias in ("note_a", "note_b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    sheet = world.client().worksheet("orders")
    assert sheet.field("note_a")
    assert sheet.field("note_b")
    assert world.calls("worksheet.edit") > 2  # one of the two was sent again


# ---- rows: writing and reading back -------------------------------------------------------------


@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"row_key": "id"},
        {"row_key": "rowid", "row_object_id": True},
        {"number_read": "number"},
        {"number_zeros": "trimmed"},
        {"datetime_read": "iso_z"},
        {"datetime_read": "iso_ms_z"},
        {"app_zone": "America/New_York"},
        {"total": "tab_string"},
        {"success_code": "absent"},
        {"update_answer": "id"},
        {"update_answer": "none"},
        {"batch_update_type_required": True},
    ],
)
def test_a_row_reads_back_as_it_was_written_in_every_form(world_with, switches):
    world = world_with(**switches)
    client = world.client(timezone=switches.get("app_zone", "Asia/Shanghai"))
    customer = client.create_row("customers", {"user_id": "u1"})
    assert customer
    client.create_row("orders", order(client, customer=cells.write_relation([customer])))
    page = client.list_rows("orders", filter=any_equal("order_id", ["A1"]), count=True)
    assert page.total == 1
    [row] = page.rows
    assert cells.text(row.cells["order_id"]) == "A1"
    assert cells.number(row.cells["amount"]) == Decimal("129.90")
    assert cells.datetime(row.cells["paid_at"], client.zone) == NOON
    assert cells.option_labels(row.cells["state"]) == ["已完成"]
    assert cells.option_keys(row.cells["state"]) == [state_key(client, "已完成")]
    assert cells.relation_ids(row.cells["customer"]) == [customer]
    single = client.get_row("orders", row.id)
    assert single is not None
    assert single.id == row.id
    assert cells.number(single.cells["amount"]) == Decimal("129.90")
    client.update_row("orders", row.id, {"amount": 0})
    assert client.update_rows("orders", [row.id], {"order_id": "A2"}) == []
    [changed] = all_rows(client)
    assert cells.number(changed.cells["amount"]) == 0
    assert changed.cells["order_id"] == "A2"
    assert cells.datetime(changed.cells["paid_at"], client.zone) == NOON


@pytest.mark.parametrize("in_list", ["omitted", "count", "array"])
@pytest.mark.parametrize("in_get", ["omitted", "count", "array"])
def test_a_relation_to_many_rows_is_known_or_asked_for(world_with, in_list, in_get):
    world = world_with(multi_relation_in_list=in_list, multi_relation_in_get=in_get)
    client = world.client()
    friends = client.create_rows("customers", [{"user_id": "u1"}, {"user_id": "u2"}])
    row_id = client.create_row("orders", order(client, friends=friends))
    assert row_id
    [listed] = all_rows(client)
    single = client.get_row("orders", row_id)
    assert single is not None
    for form, row in ((in_list, listed), (in_get, single)):
        known = cells.relation_ids(row.cells.get("friends"))
        assert known == (friends if form == "array" else None)
    related = client.related_rows("orders", row_id, "friends")
    assert {row.id for row in related.rows} == set(friends)
    assert related.total == 2
    assert len(client.related_rows("orders", row_id, "friends", 2, 1).rows) == 1


def test_cells_are_emptied(world):
    client = world.client()
    customer = client.create_row("customers", {"user_id": "u1"})
    row_id = client.create_row("orders", order(client, customer=[customer]))
    assert row_id
    sheet = client.worksheet("orders")
    types = {field.alias: field.type for field in sheet.fields}
    emptied = {alias: cells.cleared(types[alias]) for alias in order(client, customer=None)}
    client.update_row("orders", row_id, emptied)
    [row] = all_rows(client)
    assert cells.text(row.cells.get("order_id")) == ""
    assert cells.number(row.cells.get("amount")) is None
    assert cells.datetime(row.cells.get("paid_at"), client.zone) is None
    assert cells.option_keys(row.cells.get("state")) == []
    assert cells.relation_ids(row.cells.get("customer", "")) == []


@pytest.mark.parametrize(("answer", "named"), [("rowIds", True), ("rows", False), ("none", False)])
def test_a_batch_is_created_whatever_its_answer_names(world_with, answer, named):
    world = world_with(batch_create_answer=answer)
    client = world.client()
    ids = client.create_rows("customers", [{"user_id": f"u{n}"} for n in range(3)])
    rows = all_rows(client, "customers")
    assert len(rows) == 3
    assert not named or {row.id for row in rows} == set(ids)


@pytest.mark.parametrize("key", ["successfulRowIds", "succeededRowIds"])
def test_a_batch_update_names_the_rows_that_failed(world_with, key):
    world = world_with(batch_update_key=key)
    client = world.client()
    ids = client.create_rows("customers", [{"user_id": "u1"}, {"user_id": "u2"}])
    client.delete_row("customers", ids[0], permanent=True)
    assert client.update_rows("customers", ids, {"phone": "x"}) == [ids[0]]
    assert [row.cells["phone"] for row in all_rows(client, "customers")] == ["x"]


@pytest.mark.parametrize("answer", ["success", "quirk"])
@pytest.mark.parametrize("permanent", [True, False])
def test_deleted_rows_are_gone_whatever_the_answer_says(world_with, answer, permanent):
    world = world_with(batch_delete_answer=answer)
    client = world.client()
    ids = client.create_rows("customers", [{"user_id": f"u{n}"} for n in range(3)])
    client.delete_rows("customers", ids[:2], permanent=permanent)
    client.delete_row("customers", ids[2], permanent=permanent)
    assert all_rows(client, "customers") == []
    assert client.get_row("customers", ids[0]) is None


@pytest.mark.parametrize("code", [430002, 10007])
def test_a_row_that_is_not_there(world_with, code):
    world = world_with(missing_row_code=code)
    client = world.client()
    assert client.get_row("orders", "no-such-row") is None
    with pytest.raises(NotFound):
        client.update_row("orders", "no-such-row", {"order_id": "A1"})
    with pytest.raises(NotFound):
        client.delete_row("orders", "no-such-row", permanent=False)


# ---- filters and pages --------------------------------------------------------------------------

CAREFUL: list[dict[str, Any]] = [
    {},
    {"strict_filters": True},
    {"in_on_text": "dropped"},
    {"date_comparisons": "dropped"},
    {"isempty_honoured": True},
    {"root_condition": "honoured"},
]


@pytest.mark.parametrize("switches", CAREFUL)
def test_every_filter_of_ours_is_understood_under_every_switch(world_with, switches):
    world = world_with(**switches)
    client = world.client()
    days = [NOON - timedelta(days=days) for days in range(6)]
    client.create_rows(
        "orders",
        [
            order(
                client,
                order_id=f"A{number}",
                paid_at=cells.write_datetime(day, client.zone),
                state=[state_key(client, "待付款" if number % 2 else "已完成")],
            )
            for number, day in enumerate(days)
        ],
    )

    def matching(given: dict[str, Any]) -> set[str]:
        rows = client.list_rows("orders", filter=given).rows
        return {row.cells["order_id"] for row in rows}

    assert matching(any_equal("order_id", ["A1", "A3", "A99"])) == {"A1", "A3"}
    assert matching(any_equal("order_id", ["A"])) == set()
    unpaid = any_equal("state", [state_key(client, "待付款")])
    assert matching(unpaid) == {"A1", "A3", "A5"}
    exact = between("paid_at", days[3], days[1], zone=client.zone, slack=timedelta(0))
    assert {"A2"} <= matching(exact) <= {"A1", "A2", "A3"}
    wide = between("paid_at", days[3], days[1], zone=client.zone)
    assert {"A1", "A2", "A3"} <= matching(wide) <= {"A0", "A1", "A2", "A3", "A4"}
    assert matching(all_of(unpaid, wide)) == {"A1", "A3"}


def test_pages_sorted_by_something_unique_hold_every_row_once(world):
    client = world.client()
    client.create_rows("customers", [{"user_id": f"u{number:02}"} for number in range(25)])
    seen: list[str] = []
    for page_index in (1, 2, 3, 4):
        page = client.list_rows(
            "customers",
            page_size=10,
            page_index=page_index,
            fields=["user_id"],
            sorts=[Sort("user_id")],
            count=True,
        )
        assert page.total == 25
        seen += [row.cells["user_id"] for row in page.rows]
    assert seen == [f"u{number:02}" for number in range(25)]


def test_system_fields_come_when_asked_for(world):
    client = world.client()
    client.create_row("customers", {"user_id": "u1"})
    [plain] = client.list_rows("customers").rows
    [full] = client.list_rows("customers", system_fields=True).rows
    assert "_createdAt" not in plain.cells
    assert cells.datetime(full.cells["_createdAt"], client.zone) is not None


def test_a_pivot_returns_the_raw_data(world):
    client = world.client()
    client.create_rows("customers", [{"user_id": "u1"}, {"user_id": "u2"}])
    assert client.pivot("customers", {"pageSize": 10, "pageIndex": 1}) is not None


# ---- refusals and faults ------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", ["error_code", "errorCode", "code"])
@pytest.mark.parametrize("failure", ["business", "http_401"])
@pytest.mark.parametrize(
    "wrong", [{"appkey": "nobody"}, {"sign": "wrong"}, {"appkey": "nobody", "sign": "wrong"}]
)
def test_wrong_credentials_are_refused_in_every_spelling(world_with, spelling, failure, wrong):
    world = world_with(error_spelling=spelling, auth_failure=failure)
    with pytest.raises(AuthenticationError):
        world.client(**wrong).list_rows("orders")
    assert world.calls("rows.list") == 1


@pytest.mark.parametrize("code", [430013, 10005, 2])
def test_a_worksheet_of_another_app_is_a_matter_of_configuration(world_with, code):
    world = world_with(foreign_worksheet_code=code)
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
def test_a_unique_index_says_that_the_value_is_taken(world_with, code):
    world = world_with(duplicate_code=code)
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
def test_throttled_calls_are_repeated_whatever_the_refusal_looks_like(world_with, over_limit):
    world = world_with(over_limit=over_limit)
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
    lambda c, row_id: c.delete_row("customers", row_id, permanent=True),
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
    assert [row.cells["user_id"] for row in all_rows(client, "customers")] == ["u1"]


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


def test_a_required_field_and_a_bad_option_are_refusals_of_the_row(world):
    world.store.settings.unknown_write_field = "refused"
    with pytest.raises(RejectedError):
        world.client().create_row("customers", {"no_such_field": "x"})


# ---- the whole way ------------------------------------------------------------------------------


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


def test_clients_of_one_server_keep_its_rate_together(world):
    world.store.settings.qps = 50
    clients = [
        connect(world.base_url, appkey=DEMO_APPKEY, sign=DEMO_SIGN, allow_http=True)
        for _ in range(2)
    ]

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
