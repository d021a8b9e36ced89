"""The flows from outside: what people set is obeyed, and a preview tells the truth."""

from __future__ import annotations

import logging
import re
from datetime import timedelta

import pytest

from connectors.errors import ConfigurationError
from include.simulators.hap.human import Person
from include.simulators.hap.plain import plain_rows
from include.simulators.xiaoe.seed import demo_shop
from include.simulators.xiaoe.settings import XiaoeSettings
from tests.pipeline.nights import last_sequence
from tests.pipeline.oracle import duplicates, order_differences
from tests.pipeline.world import BUSINESS_SHEETS, open_world


def configure(world, api: str, **cells) -> None:
    rows = {row["api"]: row["rowid"] for row in plain_rows(world.store, "sync_config")}
    Person(world.store).edit("sync_config", rows[api], cells)


def asked(world, api: str) -> int:
    return world.xiaoe_journal.count(api)


def test_both_servers_may_stand_under_a_path_prefix(tmp_path):
    source = demo_shop(5, days=10, orders_per_day=1)
    with open_world(source, tmp_path, prefix="/some/prefix") as world:
        world.fill()
        assert order_differences(source, world.store) == []
        assert duplicates(world.store) == []


@pytest.mark.parametrize("api", ["information.user", "purchase", "user.info", "order.detail"])
def test_an_interface_that_people_switched_off_is_not_called(world, api):
    configure(world, api, enabled="停用")
    world.all_orders(days=3)
    assert asked(world, api) == 0
    assert plain_rows(world.store, "orders")


def test_cells_that_a_switched_off_interface_told_stay_as_they_are(world):
    world.one_batch = False  # each with its detail
    world.all_orders(days=20)
    told = ("promoter", "valid_from", "valid_until", "settled_at", "paid_at")
    before = {r["order_id"]: [r[name] for name in told] for r in plain_rows(world.store, "orders")}
    assert all(any(cells) for cells in zip(*before.values(), strict=True))
    for api in ("order.detail", "purchase"):
        configure(world, api, enabled="停用")
    for order_id in before:
        world.source.change_order(order_id, remark="改")
    world.all_orders(days=20)
    rows = plain_rows(world.store, "orders")
    assert {r["order_id"]: [r[name] for name in told] for r in rows} == before


def test_a_path_to_another_interface_is_an_error_and_nothing_is_called(world):
    configure(world, "user.info", path="xe.user.delete/1.0.0")
    with pytest.raises(ConfigurationError, match="不是该接口的另一个版本"):
        world.all_orders(days=3)
    assert world.xiaoe_journal.entries() == []


@pytest.mark.parametrize(
    ("switched_off", "run"),
    [
        (["order.list"], "all_orders"),
        (["goods.list"], "base_data"),
        (["user.list", "user.list.cursor"], "base_data"),
    ],
)
def test_a_run_that_cannot_do_without_an_interface_says_so_and_is_not_green(
    world, switched_off, run
):
    for api in switched_off:
        configure(world, api, enabled="停用")
    with pytest.raises(ConfigurationError, match="停用"):
        getattr(world, run)()


def test_users_are_read_by_day_when_the_cursor_is_switched_off(world):
    configure(world, "user.list.cursor", enabled="停用")
    world.base_data()
    assert asked(world, "user.list.cursor") == 0
    listed = {user.user_id for user in world.source.users.values() if user.listed}
    assert listed <= {row["user_id"] for row in plain_rows(world.store, "customers")}


def test_a_page_size_that_people_set_is_used(world):
    configure(world, "goods.list", page_size=5)
    world.base_data()
    assert asked(world, "goods.list") >= len(world.source.goods) // 5


def test_a_path_that_people_set_is_called_and_a_wrong_one_is_refused_in_words(world):
    configure(world, "goods.list", path="xe.goods.list.get/9.9.9")
    with pytest.raises(ConfigurationError, match="2052"):  # the shop does not offer this version
        world.context().xiaoe.list_goods(1)
    configure(world, "goods.list", path="https://evil.example/x")
    with pytest.raises(ConfigurationError, match=r"xe\.goods\.list\.get/4\.0\.0"):
        world.context()


def test_setting_up_again_changes_nothing_that_people_set(world):
    configure(world, "purchase", enabled="停用", page_size=20)
    before = plain_rows(world.store, "sync_config")
    assert world.set_up() == {"created": 0, "settings": 0}
    assert plain_rows(world.store, "sync_config") == before


def test_a_preview_writes_nothing_and_counts_what_the_real_run_then_does(world, caplog):
    caplog.set_level(logging.INFO)
    seen = last_sequence(world)
    world.all_orders(preview=True)
    assert [entry for entry in world.hap_journal.entries(after=seen) if entry.effect] == []
    foretold = set(re.findall(r"新建 create orders (\S+?);", caplog.text))
    world.all_orders()
    assert foretold == {row["order_id"] for row in plain_rows(world.store, "orders")}


def test_a_preview_shows_no_personal_data(world, caplog):
    caplog.set_level(logging.DEBUG)
    world.all_orders(preview=True)
    assert "预览" in caplog.text
    people = world.source.users.values()
    for secret in {user.bind_phone for user in people} | {user.name for user in people} - {""}:
        assert not secret or secret not in caplog.text


def test_an_ordinary_run_logs_no_personal_data(world, caplog):
    caplog.set_level(logging.DEBUG)
    world.base_data()
    world.all_orders()
    for user in world.source.users.values():
        for secret in (user.bind_phone, user.collect_phone, user.email, user.wx_union_id):
            assert not secret or secret not in caplog.text


def test_a_change_reaches_hap_with_the_next_run_and_costs_only_its_own_order(world):
    world.all_orders()
    order_id = next(iter(world.source.orders.current))
    order = world.source.orders.current[order_id]
    if order.actual_fee == 0:
        pytest.fail("the demo shop's first order should have been paid")
    world.source.refund(order_id, at=world.source.clock.now() - timedelta(minutes=1))
    details = asked(world, "order.detail")
    world.all_orders(days=1)
    assert asked(world, "order.detail") == details + 1
    assert order_differences(world.source, world.store) == []


def test_what_nobody_changed_stays_byte_for_byte(world):
    world.base_data()
    world.all_orders()
    before = {sheet: plain_rows(world.store, sheet) for sheet in BUSINESS_SHEETS}
    world.base_data()
    world.all_orders()
    assert {sheet: plain_rows(world.store, sheet) for sheet in BUSINESS_SHEETS} == before


def test_numbers_that_no_document_explains_are_kept_and_told_once_a_run(tmp_path, caplog):
    caplog.set_level(logging.WARNING)
    settings = XiaoeSettings(rate_limits=False, unknown_enum=True)
    with open_world(demo_shop(5, days=10, orders_per_day=2), tmp_path, xiaoe=settings) as world:
        world.set_up()
        world.all_orders()
        states = {row["order_state"] for row in plain_rows(world.store, "orders")}
        assert "未知(9)" in states
        reported = {str(row["message"]) for row in plain_rows(world.store, "sync_config")}
    assert any("orders.order_state=未知(9)" in message for message in reported)
    told = [record for record in caplog.records if "orders.order_state=未知(9)" in record.message]
    assert len(told) == 1
