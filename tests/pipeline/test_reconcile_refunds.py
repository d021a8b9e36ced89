"""Refunds, also in several steps and without a trace, are right to the fen."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from include.flows.reconcile.refunds import refund_days
from include.simulators.hap.plain import plain_rows
from tests.error_rows import entity_of
from tests.pipeline.nights import night, order_row, person, synced_world, told_in

QUIET = frozenset({"refund", "settle", "ship", "change", "close"})


@pytest.fixture(params=["update", "create"])
def quiet_world(request, tmp_path):
    """A shop in which a refund leaves no trace in the update time."""
    with synced_world(tmp_path, feed=request.param, update_time_ignores=QUIET) as opened:
        yield opened


@pytest.fixture
def old_order(quiet_world):
    """A paid order from before the days that are compared, in HAP like all others."""
    world = quiet_world
    user_id = next(iter(world.source.users))
    goods_id = next(g.goods_id for g in world.source.goods.values() if g.price > 1000)
    made = world.source.clock.now() - timedelta(days=90)
    order = world.source.import_order(user_id, goods_id, created_at=made)
    world.all_orders(days=100)
    return order


def test_partial_refunds_in_steps_add_up_to_the_fen(quiet_world, old_order):
    world = quiet_world
    refunded = 0
    for step in (1, 333, 21):
        refunded += step
        world.source.refund(old_order.order_id, step)
        ended = night(world)
        assert ended.green, ended.error
        row = order_row(world, old_order.order_id)
        assert row["amount_refunded"] == Decimal(refunded) / 100
        assert row["refund_state"] == "部分退款"
    world.source.refund(old_order.order_id)
    ended = night(world)
    assert ended.green, ended.error
    row = order_row(world, old_order.order_id)
    assert row["amount_refunded"] == row["amount_paid"]
    assert row["refund_state"] == "全额退款"
    assert night(world).writes == []


def test_two_refunds_of_one_night_are_one_sum(quiet_world, old_order):
    for amount in (150, 275):
        quiet_world.source.refund(old_order.order_id, amount)
    ended = night(quiet_world)
    assert ended.green, ended.error
    assert ended.compared.refunds == [old_order.order_id]
    assert order_row(quiet_world, old_order.order_id)["amount_refunded"] == Decimal("4.25")


def test_a_refund_of_a_compared_day_is_named_in_the_ledger(tmp_path):
    with synced_world(tmp_path, update_time_ignores=QUIET) as world:
        orders = world.source.orders.current.values()
        paid = [o for o in orders if o.pay_state == 1 and o.actual_fee > 500]
        newest = max(paid, key=lambda o: o.created_at)
        world.source.refund(newest.order_id, 100)
        ended = night(world)
        assert ended.green, ended.error
        assert told_in(world, "different") == {newest.order_id}


def test_a_refund_cell_that_was_changed_in_hap_is_put_right(tmp_path):
    with synced_world(tmp_path) as world:
        orders = world.source.orders.current.values()
        order = next(
            o for o in orders if o.actual_fee > 500 and not o.aftersale_state and o.pay_state == 1
        )
        world.source.refund(order.order_id, 100)
        assert night(world).green
        row = order_row(world, order.order_id)
        person(world).edit("orders", row["rowid"], {"refund_state": "无售后"})
        ended = night(world)
        assert ended.green, ended.error
        assert order_row(world, order.order_id)["refund_state"] == "部分退款"


def test_yesterday_and_today_are_always_read_again_and_an_outage_is_made_up_for(tmp_path):
    with synced_world(tmp_path) as world:
        now = world.source.clock.now()
        first = refund_days(world.context(), now)
        assert first == (now.date() - timedelta(days=31), now.date())
        assert night(world).green
        context = world.context()
        assert refund_days(context, now) == (now.date() - timedelta(days=1), now.date())
        late = now + timedelta(days=5)
        assert refund_days(context, late) == (now.date() - timedelta(days=1), late.date())


def test_two_lists_of_the_shop_that_disagree_are_for_a_person_to_settle(tmp_path):
    with synced_world(tmp_path) as world:
        orders = world.source.orders.current.values()
        order = next(
            o for o in orders if o.actual_fee > 500 and not o.aftersale_state and o.pay_state == 1
        )
        world.source.refund(order.order_id, 100)
        world.source.change_order(order.order_id, refund_fee=90)
        for _ in range(2):
            ended = night(world)
            assert ended.green, ended.error
        error_rows = [
            row for row in plain_rows(world.store, "sync_errors") if entity_of(row) == "refund"
        ]
        assert [row["record_id"] for row in error_rows] == [order.order_id]
        assert error_rows[0]["attempts"] == 1
        assert ended.writes == []
        world.source.change_order(order.order_id, refund_fee=100)
        assert night(world).green
        (error_row,) = (
            row for row in plain_rows(world.store, "sync_errors") if entity_of(row) == "refund"
        )
        assert error_row["status"] == "已解决"
