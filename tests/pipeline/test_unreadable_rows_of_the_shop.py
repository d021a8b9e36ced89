"""A row of the shop that cannot be read is on record by its id until it reads well again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.errors import ContractError
from include.simulators.hap.plain import plain_rows
from include.simulators.xiaoe.settings import XiaoeSettings
from tests.in_process import mount
from tests.matrix.odd_answers import OddAnswers, Plant
from tests.matrix.ten import NOW, shop_of_ten
from tests.pipeline import oracle
from tests.pipeline.nights import night
from tests.pipeline.world import World, open_world


def orders(world: World) -> str | None:
    return world.orders(NOW - timedelta(days=20), NOW + timedelta(seconds=1), live=True)


def error_rows(world: World) -> set[str]:
    rows = plain_rows(world.store, "sync_errors")
    return {row["record_id"] for row in rows if row["status"] == "待处理"}


@pytest.mark.parametrize(
    ("api", "kind", "path"),
    [
        ("order.list", "orders", ("order_info", "update_time")),
        ("order.list", "orders", ("order_info", "created_time")),
        ("user.list.cursor", "users", ("pay_sum",)),
        ("goods.list", "goods", ("price_low",)),
        ("information.form.result", "answers", ("user_id",)),
    ],
)
def test_a_row_is_recorded_by_its_id_and_closes_when_it_reads_well(tmp_path, api, kind, path):
    ten = shop_of_ten()
    record = getattr(ten, kind)[3]
    with open_world(ten.shop, tmp_path) as world:
        world.set_up()
        odd = OddAnswers(world.apps[0])
        mount(odd, world.xiaoe_url)
        odd.plants = [Plant(api, record, path, '[{"a": 1}]')]
        world.base_data()
        recorded = error_rows(world)  # the orders read a buyer by another interface, and close it
        assert orders(world) is not None
        assert record in {name.rpartition("/")[2] for name in recorded | error_rows(world)}
        mine = (ten.orders[3], *(f":{found[3]}" for found in (ten.users, ten.goods, ten.answers)))
        found = oracle.differences(ten.shop, world.store)
        assert [one for one in found if not any(name in one for name in mine)] == []
        odd.plants = []
        orders(world)
        night(world)
        assert oracle.differences(ten.shop, world.store) == []
        assert error_rows(world) == set()


def test_a_row_of_another_time_is_set_apart_where_the_shop_filters(tmp_path):
    ten = shop_of_ten()
    with open_world(ten.shop, tmp_path) as world:
        world.set_up()
        odd = OddAnswers(world.apps[0])
        mount(odd, world.xiaoe_url)
        path = ("order_info", "update_time")
        odd.plants = [Plant("order.list", ten.orders[3], path, '"2024-02-01 09:10:11"')]
        assert orders(world) is not None
        assert error_rows(world) == set()  # asked for by its id, the order reads well
        assert oracle.stored_orders(world.store).keys() == set(ten.orders)
        found = oracle.order_differences(ten.shop, world.store)
        assert [one for one in found if not one.startswith(ten.orders[3])] == []


def test_rows_of_another_time_are_an_error_where_the_shop_does_not_filter(tmp_path):
    ten = shop_of_ten()
    settings = XiaoeSettings(rate_limits=False, update_filter="ignored")
    with open_world(ten.shop, tmp_path, xiaoe=settings) as world:
        world.set_up()
        now = NOW - timedelta(days=8)
        with pytest.raises(ContractError):
            world.orders(now - timedelta(days=1), now, live=True)
        assert oracle.stored_orders(world.store) == {}
