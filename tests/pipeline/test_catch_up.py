"""New users, changed goods, late answers, and what waits in `sync_errors`."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.errors import Bilingual, RejectedError
from include.flows.reconcile.catch_up import _has_turn, catch_up_users
from include.flows.run.error_rows import Failure, record_failures
from include.simulators.faults import FaultRule, Kind
from include.simulators.hap.plain import plain_rows
from include.simulators.xiaoe import users
from include.source.windows import day_of
from tests.error_rows import entity_of
from tests.pipeline.nights import last_sequence, night, person, synced_world
from tests.pipeline.world import World


@pytest.fixture
def world(tmp_path):
    with synced_world(tmp_path) as opened:
        assert night(opened).green
        yield opened


def customers(world: World) -> dict[str, dict[str, Any]]:
    return {str(row["user_id"]): row for row in plain_rows(world.store, "customers")}


def user_of_long_ago(world: World) -> str:
    """Return the first user whom the user list shows."""
    listed = [user for user in world.source.users.values() if user.listed]
    return min(listed, key=lambda user: user.registered_at).user_id


def test_a_user_who_registered_since_the_last_run_is_picked_up_at_little_cost(world):
    user = world.source.register_user("新同学", bind_phone="13912345678")
    calls = world.xiaoe_journal.count("user.list*")
    assert night(world).green
    assert customers(world)[user.user_id]["nickname"] == "新同学"
    pages = -(-len(world.source.users) // 50)
    assert world.xiaoe_journal.count("user.list*") - calls <= pages + 3


def test_a_user_of_long_ago_who_changed_a_name_without_buying_is_found_the_next_night(world):
    user_id = user_of_long_ago(world)
    world.source.change_user(user_id, nickname="改了的昵称")
    assert night(world).green
    assert customers(world)[user_id]["nickname"] == "改了的昵称"


def test_what_only_the_detail_tells_is_read_within_a_month_of_nights(world):
    user = world.source.register_user("无订单", bind_phone="13912345679")
    assert night(world).green
    world.source.change_user(user.user_id, name="钱七", company="新公司", job="总经理")
    paid_before = {name: row["total_paid"] for name, row in customers(world).items()}
    now = world.source.clock.now()
    calls = world.xiaoe_journal.count("user.info")
    for day in range(31):
        catch_up_users(world.context(), now + timedelta(days=day))
    held = customers(world)[user.user_id]
    assert (held["name"], held["company"]) == ("钱七", "新公司")
    paid = {name: row["total_paid"] for name, row in customers(world).items()}
    assert paid == paid_before
    listed = sum(one.listed for one in world.source.users.values())
    assert world.xiaoe_journal.count("user.info") - calls == listed


def test_base_data_asks_the_detail_of_people_without_orders(world):
    user = world.source.register_user("无订单", name="孙八", company="某公司", job="总监")
    world.base_data()
    held = customers(world)[user.user_id]
    assert (held["name"], held["company"], held["job_title"]) == ("孙八", "某公司", "总监")


def test_a_customer_whom_a_person_ignores_is_left_alone(world):
    user = world.source.register_user("不要同步")
    error = RejectedError("customers", Bilingual("原因", "why"), Bilingual("办法", "what to do"))
    record_failures(world.context(), [Failure("customer", user.user_id, "customers", error)])
    (error_row,) = (
        row for row in plain_rows(world.store, "sync_errors") if row["record_id"] == user.user_id
    )
    person(world).edit("sync_errors", error_row["rowid"], {"status": "忽略"})
    assert night(world).green
    assert user.user_id not in customers(world)


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
    counts = catch_up_users(world.context())
    assert counts.create == 1
    assert user.user_id in customers(world)


def _option(world: World, label: str) -> str:
    field = world.hap().worksheet("sync_config").field("enabled")
    option = next((one for one in field.options if one.value == label), None) if field else None
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
    user_id = user_of_long_ago(world)
    person(world).delete("customers", customers(world)[user_id]["rowid"])
    error = RejectedError("customers", Bilingual("原因", "reason"), Bilingual("办法", "action"))
    record_failures(world.context(), [Failure("customer", user_id, "customers", error)])
    ended = night(world)
    assert ended.green, ended.error
    assert user_id in customers(world)
    assert _error_rows(world) == {user_id: "已解决"}


def test_what_a_person_set_aside_is_left_alone(world):
    user_id = user_of_long_ago(world)
    person(world).delete("customers", customers(world)[user_id]["rowid"])
    error = RejectedError("customers", Bilingual("原因", "reason"), Bilingual("办法", "action"))
    record_failures(world.context(), [Failure("customer", user_id, "customers", error)])
    (error_row,) = plain_rows(world.store, "sync_errors")
    person(world).edit("sync_errors", str(error_row["rowid"]), {"status": "忽略"})
    night(world)
    assert _error_rows(world) == {user_id: "忽略"}


def _error_rows(world: World) -> dict[str, str]:
    return {
        str(row["record_id"]): str(row["status"]) for row in plain_rows(world.store, "sync_errors")
    }


def payer(world: World) -> str:
    """Let somebody register and pay; nothing of it is in HAP yet."""
    user = world.source.register_user("新付费", bind_phone="13912345670")
    goods = next(one for one in world.source.goods.values() if one.price > 1000)
    world.source.pay(world.source.place_order(user.user_id, goods.goods_id).order_id)
    return user.user_id


def test_a_new_payers_sum_that_cannot_be_asked_for_is_recorded_and_filled_in_later(world):
    user_id = payer(world)
    world.xiaoe_faults.set([FaultRule(api="user.by_id", kind=Kind.CODE, code=-1)])
    world.base_data()
    row = customers(world)[user_id]
    assert (row["nickname"], row["total_paid"]) == ("新付费", None)
    waiting = {(entity_of(one), one["record_id"]) for one in plain_rows(world.store, "sync_errors")}
    assert waiting & {("customer.listed", user_id), ("interface", "user.by_id")}

    world.xiaoe_faults.clear()
    catch_up_users(world.context())
    assert customers(world)[user_id]["total_paid"] == paid_by(world, user_id)
    assert set(_error_rows(world).values()) == {"已解决"}


def test_a_new_payers_sum_whose_unit_is_unclear_is_asked_for_by_id(world, monkeypatch):
    user_id, plain = payer(world), users._row_2_0
    monkeypatch.setattr(
        users, "_row_2_0", lambda call, user: {**plain(call, user), "pay_sum": user.pay_sum * 7}
    )
    catch_up_users(world.context())
    assert customers(world)[user_id]["total_paid"] == paid_by(world, user_id)
    assert set(_error_rows(world).values()) == {"已解决"}


def paid_by(world: World, user_id: str) -> Decimal:
    return Decimal(world.source.users[user_id].pay_sum) / 100


def test_the_night_looks_every_known_customer_up_once(world):
    catch_up_users(world.context())
    seen = last_sequence(world)
    catch_up_users(world.context(), next_turn_of_nobody(world))
    path = f"/{world.hap().worksheet('customers').id}/rows/list"
    asked = [one for one in world.hap_journal.entries(after=seen) if one.path.endswith(path)]
    assert len(asked) == 2, "how many there are, and which"


def next_turn_of_nobody(world: World) -> datetime:
    """Return a night in which nobody's detail has its turn."""
    now = world.source.clock.now()
    nights = (now + timedelta(days=number) for number in range(31))
    return next(
        one
        for one in nights
        if not any(_has_turn(name, day_of(one).toordinal()) for name in world.source.users)
    )
