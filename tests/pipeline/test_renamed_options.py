"""A person renames options in HAP: the names stay, no second option is made, no row is moved."""

from __future__ import annotations

import dataclasses
import json

import pytest

from connectors.errors import Bilingual, RejectedError
from include.destination.sheets import user_mapping
from include.destination.sheets.options import merged, read_option_keys, to_text
from include.doctor.context import DoctorContext
from include.doctor.examine import examine
from include.flows.run.error_rows import Failure, record_failures
from include.simulators.hap.plain import plain_rows
from include.simulators.xiaoe.seed import demo_shop
from include.status.snapshot import read_snapshot
from tests.pipeline.nights import last_sequence, night
from tests.pipeline.test_own_worksheets import own_app
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
    assert not fresh.context().enabled("user.info")
    assert fresh.context().enabled("order.list")


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
    assert "订单.订单状态：没有选项「已完成」" in caplog.text
    assert shown(fresh, STATE) == ["待付款", "待成交", "待发货", "已发货", "完成", "已关闭"]


def test_the_page_and_the_messages_understand_statuses_under_their_new_names(fresh):
    fresh.base_data()
    fresh.all_orders()
    assert night(fresh).green
    words = Bilingual("原因", "why"), Bilingual("办法", "what to do")
    failure = Failure("order", "o_1", "order.detail", RejectedError("order.detail", *words))
    record_failures(fresh.context(), [failure])
    rename(fresh, ("sync_errors", "status"), "待处理", "待办")
    rename(fresh, ("sync_config", "last_status"), "成功", "好")
    rename(fresh, ("sync_ledger", "status"), "一致", "相同")
    fresh.all_orders()
    assert "成功" not in shown(fresh, ("sync_config", "last_status"))
    picture = read_snapshot(fresh.hap(), [fresh.config])
    assert picture["errors"]["total"] == 1
    assert [one["status"] for one in picture["errors"]["newest"]] == ["待处理"]
    assert "成功" in {run["status"] for run in picture["runs"]}
    (shop,) = picture["shops"]
    assert {day["status"] for day in shop["days"]} == {"一致"}


def test_renamed_options_of_a_users_own_worksheets_stop_nothing(tmp_path, monkeypatch):
    with own_app(tmp_path) as world:
        monkeypatch.setattr(user_mapping, "FILE", world.file)
        for place, before, after in [
            (STATE, "已完成", "完成"),
            (("customers", "segment"), "决策者", "老板"),
        ]:
            field = world.made.field(*place)
            field.options = [
                dataclasses.replace(one, value=after) if one.value == before else one
                for one in field.options
            ]
        world.all_orders()
        assert night(world).green
        world.set_up()
        options = [one.value for one in world.made.field(*STATE).options]
        assert (len(options), "已完成" in options) == (6, False)
        (context,) = read_snapshot(world.hap(), [world.config])["shops"]
        counted = {one["name"]: one["customers"] for one in context["segments"]}
        assert isinstance(counted["老板"], int)
        context = world.context()
        report = examine(DoctorContext(dataclasses.replace(context, preview=True)))
        assert "缺少选项" not in report.table()


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
