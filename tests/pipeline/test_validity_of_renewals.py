"""A renewal never lends its validity, although it comes with another batch, or another run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.xiaoe.calls.orders import OrderQuery
from include.flows.customers.merge_accounts import keep_merges
from include.flows.orders.explain import explain_order
from include.flows.run.merged_accounts import Merge
from include.simulators.clock import VirtualClock
from include.simulators.hap.plain import plain_rows
from include.simulators.xiaoe.settings import XiaoeSettings
from include.simulators.xiaoe.shop import Shop as SimulatedShop
from tests.error_rows import entity_of
from tests.moment import MOMENT
from tests.pipeline.nights import switches
from tests.pipeline.oracle import order_differences
from tests.pipeline.world import World, open_world

DAYS = 290
GAPS = (*map(timedelta, (3, 40, 90)), timedelta(minutes=2), timedelta(hours=1))


@pytest.fixture
def shop() -> SimulatedShop:
    """A shop in which everybody buys the same three times; some of it is paid back."""
    drawn = random.Random(11)
    shop = SimulatedShop(clock=VirtualClock(MOMENT, frozen=True), seed=1)
    opened = MOMENT - timedelta(days=DAYS)
    course = shop.add_goods("年卡", 3, 9900, at=opened, valid_days=365)
    other = shop.add_goods("别的课", 3, 1900, at=opened, valid_days=30)
    for number in range(12):
        user = shop.register_user(f"客户{number}", at=opened)
        at, orders = opened + timedelta(days=1), []
        for _ in range(3):
            at += drawn.choice(GAPS)
            order = shop.place_order(user.user_id, course.goods_id, at=at)
            orders.append((order, at + timedelta(seconds=drawn.randrange(5, 60))))
        shop.pay(shop.place_order(user.user_id, other.goods_id, at=at).order_id, at=at)
        drawn.shuffle(orders)
        for order, paid in orders:
            shop.pay(order.order_id, at=paid)
        for order, _ in orders[: drawn.randrange(1, 4)]:
            shop.refund(order.order_id, 9900)
    return shop


@pytest.fixture
def world(shop, tmp_path) -> Iterator[World]:
    """The lines of its orders tell no validity, and a record that was paid back is not shown."""
    rules = XiaoeSettings(rate_limits=False, list_expiry="dashes", purchase_deleted="hidden")
    with open_world(shop, tmp_path, xiaoe=rules) as opened:
        opened.set_up()
        yield opened


@pytest.mark.parametrize("one_batch", [False, True], ids=["each alone", "all in one"])
def test_an_order_whose_record_is_gone_shows_no_validity(world, one_batch):
    world.one_batch = one_batch
    world.all_orders(DAYS)
    assert order_differences(world.source, world.store) == []
    gone = [row for row in plain_rows(world.store, "orders") if not row["valid_until"]]
    assert gone, "or nothing is shown here"


def test_an_order_whose_record_is_gone_is_explained_as_it_is_written(world):
    world.all_orders(DAYS)
    gone = [row["order_id"] for row in plain_rows(world.store, "orders") if not row["valid_until"]]
    context, now = world.context(), world.source.clock.now()
    told = ["\n".join(explain_order(context, order_id, now)) for order_id in gone[:3]]
    assert all("✓ 每一项都相同" in story for story in told)


def test_runs_of_a_month_each_end_the_same(world):
    for back in range(DAYS, -1, -31):
        since = world.source.clock.now() - timedelta(days=back)
        world.orders(since, since + timedelta(days=31, seconds=1))
    assert order_differences(world.source, world.store) == []


def test_where_the_shop_ignores_who_is_asked_for_validity_is_left_open_and_on_record(
    world, monkeypatch
):
    world.one_batch = False
    plain = OrderQuery.body
    with monkeypatch.context() as patch:
        patch.setattr(OrderQuery, "body", lambda query: {**plain(query), "user_id": ""})
        world.all_orders(DAYS)
    (error_row,) = plain_rows(world.store, "sync_errors")
    assert (entity_of(error_row), error_row["record_id"]) == ("interface", "purchase")
    assert (error_row["status"], "按 user_id 的查询被忽略" in error_row["reason"]) == (
        "待处理",
        True,
    )
    world.all_orders(DAYS)
    assert order_differences(world.source, world.store) == []
    assert {row["status"] for row in plain_rows(world.store, "sync_errors")} == {"已解决"}


def test_a_record_that_came_late_counts_where_no_other_order_is_nearer(world):
    user = world.source.register_user("拼团的人")
    goods_id = next(iter(world.source.goods))
    order = world.source.place_order(user.user_id, goods_id, at=MOMENT - timedelta(days=9))
    world.source.pay(order.order_id, at=MOMENT - timedelta(days=9))
    number, right = next(
        (number, one)
        for number, one in world.source.purchases.items()
        if one.order_id == order.order_id
    )
    world.source.purchases[number] = replace(right, created_at=MOMENT - timedelta(days=7))
    world.all_orders()
    assert order_differences(world.source, world.store, since=order.created_at) == []


def test_a_record_of_an_account_that_is_gone_stays_with_that_accounts_order(world):
    source, goods_id = world.source, next(iter(world.source.goods))
    switches(world).merged_orders = "kept"
    users = [source.register_user(f"同一人{number}") for number in range(2)]
    at = MOMENT - timedelta(days=9)
    orders = [source.place_order(user.user_id, goods_id, at=at) for user in users]
    for day, order in enumerate(orders):
        source.pay(order.order_id, at=at + timedelta(days=day))
    source.refund(orders[1].order_id)  # whose record is gone, while the old account's is there
    world.base_data()
    source.merge_users(*(user.user_id for user in users))
    keep_merges(world.context(), [Merge(users[0].user_id, users[1].user_id, MOMENT)])
    world.all_orders()
    rows = {row["order_id"]: row for row in plain_rows(world.store, "orders")}
    shown = [rows[order.order_id]["valid_until"] for order in orders]
    assert [bool(until) for until in shown] == [True, False]
