"""Lines of the order list tell two types of one good: each order points at the row of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from include.flows.orders.sync import sync_batch
from include.simulators.hap.plain import plain_rows
from include.simulators.xiaoe.shop import Shop
from include.simulators.xiaoe.shop.records import COLUMN_TYPES
from tests.moment import MOMENT
from tests.pipeline.busy_shop import batches_of, busy_shop, unpaced
from tests.pipeline.nights import night
from tests.pipeline.world import World, open_world

TRAINING_CAMP = 25


@pytest.fixture
def shop() -> Shop:
    shop = busy_shop(5, orders=1)
    camp = shop.add_goods("训练营", TRAINING_CAMP, 9900, at=MOMENT - timedelta(days=40))
    for number, user in enumerate([*shop.users.values()] * 2):
        at = MOMENT - timedelta(days=3, minutes=number)
        order = shop.place_order(user.user_id, camp.goods_id, at=at)
        shop.pay(order.order_id, at=at + timedelta(seconds=20))
    return shop


@pytest.fixture
def world(shop, tmp_path) -> Iterator[World]:
    """An empty app beside it; the shop tells the type 999 in every seventh row."""
    with open_world(shop, tmp_path, xiaoe=unpaced(unknown_enum=True)) as opened:
        opened.set_up()
        yield opened


def ids(world: World, sheet: str) -> set[object]:
    return {row["rowid"] for row in plain_rows(world.store, sheet)}


def test_each_order_points_at_the_row_of_its_own_line_whatever_others_tell(world):
    world.all_orders()
    orders = world.source.orders.current.values()
    odd = {order.order_id for order in orders if order.number % 7 == 0}
    camps = {order.order_id for order in orders if order.lines[0].goods_type in COLUMN_TYPES}
    assert odd & camps
    goods, columns = (ids(world, sheet) for sheet in ("goods", "columns"))
    linked = {
        row["order_id"]: (len(goods & {*row["goods"]}), len(columns & {*row["columns"]}))
        for row in plain_rows(world.store, "orders")
    }
    assert {linked[name] for name in camps - odd} == {(0, 1)}
    assert {linked[name] for name in odd} == {(1, 0)}
    assert night(world).compared.named == []


def test_a_type_that_we_do_not_know_hides_none_that_another_order_of_the_batch_tells(tmp_path):
    """Where nobody has made the goods before, as with orders that are pushed."""
    shop = busy_shop(63, orders=0)
    course = next(iter(shop.goods))
    for number, user in enumerate(shop.users.values()):
        shop.place_order(user.user_id, course, at=MOMENT - timedelta(days=3, minutes=-number))
    with open_world(shop, tmp_path, xiaoe=unpaced(unknown_enum=True)) as world:
        world.set_up()
        for batch in batches_of(world):
            sync_batch(world.context(), batch)
        assert [row["goods_type"] for row in plain_rows(world.store, "goods")] == ["视频"]
