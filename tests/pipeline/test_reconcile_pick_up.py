"""New users, changed goods, late answers, and what waits in `sync_errors`."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.errors import RejectedError, Words
from include.flows.dead_letters import Failure, record_failures
from include.flows.pick_up import pick_up_users
from include.simulators.hap.plain import plain_rows
from tests.pipeline.nights import night, person, synced_world
from tests.pipeline.world import World


@pytest.fixture
def world(tmp_path):
    with synced_world(tmp_path) as opened:
        assert night(opened).green
        yield opened


def customers(world: World) -> dict[str, dict[str, Any]]:
    return {str(row["user_id"]): row for row in plain_rows(world.store, "customers")}


def test_a_user_who_registered_since_the_last_run_is_picked_up_at_little_cost(world):
    user = world.source.register_user("新同学", bind_phone="13912345678")
    calls = world.xiaoe_journal.count("user.list*")
    assert night(world).green
    assert customers(world)[user.user_id]["nickname"] == "新同学"
    assert world.xiaoe_journal.count("user.list*") - calls <= 3


def test_users_are_picked_up_by_registration_day_where_the_cursor_is_switched_off(world):
    for row in plain_rows(world.store, "sync_config"):
        if row["api"] == "user.list.cursor":
            world.hap().update_row(
                "sync_config",
                row["rowid"],
                {"enabled": [_option(world, "停用")]},
                trigger_workflow=False,
            )
    user = world.source.register_user("新同学")
    counts = pick_up_users(world.shop())
    assert counts["create"] == 1
    assert user.user_id in customers(world)


def _option(world: World, label: str) -> str:
    field = world.hap().worksheet("sync_config").field("enabled")
    option = field.option(label) if field else None
    assert option
    return option.key


def test_goods_whose_listing_changed_are_written_again_and_the_others_are_not(world):
    goods = next(g for g in world.source.goods.values() if g.goods_type not in {5, 6, 8, 25, 50})
    world.source.change_goods(goods.goods_id, name="改名的商品", price=12345)
    ended = night(world)
    row = next(r for r in plain_rows(world.store, "goods") if r["goods_id"] == goods.goods_id)
    assert row["name"] == "改名的商品"
    assert str(row["price"]) == "123.45"
    assert len(ended.writes) == 1


def test_a_form_answered_long_after_the_order_fills_the_customer(world):
    form = world.source.add_form("回访", ["姓名", "公司", "职位"])
    user_id = next(
        user_id
        for user_id, row in customers(world).items()
        if not row["company"] and not row["job_title"]
    )
    world.source.answer_form(form.form_id, user_id, {"公司": "示例科技", "职位": "总经理"})
    assert night(world).green
    row = customers(world)[user_id]
    assert (row["company"], row["job_title"], row["segment"]) == ("示例科技", "总经理", "决策者")
    assert night(world).writes == []


def test_what_waits_in_sync_errors_is_tried_again_and_closed(world):
    user_id = min(world.source.users.values(), key=lambda user: user.registered_at).user_id
    person(world).delete("customers", customers(world)[user_id]["rowid"])
    error = RejectedError("customers", Words("原因", "reason"), Words("办法", "action"))
    record_failures(world.shop(), [Failure("customer", user_id, "customers", error)])
    ended = night(world)
    assert ended.green, ended.error
    assert user_id in customers(world)
    assert _letters(world) == {user_id: "已解决"}


def test_what_a_person_set_aside_is_left_alone(world):
    user_id = min(world.source.users.values(), key=lambda user: user.registered_at).user_id
    person(world).delete("customers", customers(world)[user_id]["rowid"])
    error = RejectedError("customers", Words("原因", "reason"), Words("办法", "action"))
    record_failures(world.shop(), [Failure("customer", user_id, "customers", error)])
    (letter,) = plain_rows(world.store, "sync_errors")
    person(world).edit("sync_errors", str(letter["rowid"]), {"status": "忽略"})
    night(world)
    assert _letters(world) == {user_id: "忽略"}


def _letters(world: World) -> dict[str, str]:
    return {
        str(row["record_id"]): str(row["status"]) for row in plain_rows(world.store, "sync_errors")
    }
