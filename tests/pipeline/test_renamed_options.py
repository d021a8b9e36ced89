"""A person renames options in HAP: the names stay, no second option is made, no row is moved."""

from __future__ import annotations

import dataclasses
import json

import pytest

from include.destination.options import merged, read_option_keys, to_text
from include.simulators.hap.plain import plain_rows
from include.simulators.xiaoe.seed import demo_shop
from tests.pipeline.nights import last_sequence, night
from tests.pipeline.world import World, open_world

STATE = ("orders", "order_state")


@pytest.fixture
def fresh(tmp_path):
    with open_world(demo_shop(5, days=3, orders_per_day=2), tmp_path) as world:
        world.set_up()
        yield world


def rename(world: World, place: tuple[str, str], before: str, after: str) -> None:
    field = world.store.sheet(place[0]).need(place[1])
    options = [
        dataclasses.replace(option, value=after) if option.value == before else option
        for option in field.options
    ]
    object.__setattr__(field, "options", options)


def shown(world: World, place: tuple[str, str]) -> list[str]:
    return [option.value for option in world.store.sheet(place[0]).need(place[1]).options]


def states(world: World) -> dict[object, object]:
    return {row["order_id"]: row["order_state"] for row in plain_rows(world.store, "orders")}


def test_a_renamed_option_is_followed_by_orders_and_by_the_night(fresh):
    fresh.base_data()
    fresh.all_orders()
    before = states(fresh)
    rename(fresh, STATE, "已完成", "完成")
    order = next(o for o in fresh.source.orders.current.values() if o.state == 4)
    fresh.source.clock.advance(60)
    fresh.source.change_order(order.order_id)
    fresh.all_orders()
    assert night(fresh).green
    fresh.set_up()
    assert "已完成" not in shown(fresh, STATE)
    assert len(shown(fresh, STATE)) == 6
    renamed = {"已完成": "完成"}
    assert states(fresh) == {one: renamed.get(str(held), held) for one, held in before.items()}
    seen = last_sequence(fresh)
    fresh.all_orders()
    assert fresh.writes(after=seen) == []


def test_the_switch_of_an_api_is_obeyed_under_its_new_name(fresh):
    rename(fresh, ("sync_config", "enabled"), "停用", "关闭")
    row = next(row for row in fresh.rows("sync_config") if row["api"] == "user.info")
    field = fresh.store.sheet("sync_config").need("enabled")
    key = next(option.key for option in field.options if option.value == "关闭")
    fresh.hap().update_row("sync_config", row["row_id"], {"enabled": [key]}, trigger_workflow=False)
    assert not fresh.shop().enabled("user.info")
    assert fresh.shop().enabled("order.list")


def test_an_app_set_up_before_remembers_its_options_at_the_next_set_up(fresh):
    fresh.hap().edit_worksheet("sync_config", remove_fields=["option_keys"])
    fresh.base_data()
    fresh.all_orders()
    fresh.set_up()
    rename(fresh, STATE, "已完成", "完成")
    order = next(o for o in fresh.source.orders.current.values() if o.state == 4)
    fresh.source.clock.advance(60)
    fresh.source.change_order(order.order_id)
    fresh.all_orders()
    assert "已完成" not in shown(fresh, STATE)


def test_a_rename_that_cannot_be_placed_is_reported_and_not_undone(fresh, caplog):
    fresh.hap().edit_worksheet("sync_config", remove_fields=["option_keys"])
    rename(fresh, STATE, "已完成", "完成")
    fresh.set_up()
    assert "订单.订单状态:没有选项「已完成」" in caplog.text
    assert shown(fresh, STATE) == ["待付款", "待成交", "待发货", "已发货", "完成", "已关闭"]


def test_what_was_remembered_survives_the_way_through_a_text_field():
    keys = {"orders": {"order_state": {"已完成": "k5"}}}
    assert read_option_keys(to_text(keys)) == keys
    assert merged([keys, {"orders": {"order_state": {"已完成": "k9", "已关闭": "k6"}}}]) == {
        "orders": {"order_state": {"已完成": "k5", "已关闭": "k6"}}
    }


@pytest.mark.parametrize(
    "text", ["", None, "oops", "[]", '{"orders": 1}', json.dumps({"a": {"b": []}})]
)
def test_what_a_person_damaged_there_counts_as_not_known(text):
    assert read_option_keys(text) == {}
