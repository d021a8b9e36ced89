"""A row of the shop that cannot be read is on record by its id until it reads well again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from include.simulators.hap.plain import plain_rows
from tests.in_process import mount
from tests.matrix.odd_answers import OddAnswers, Plant
from tests.matrix.ten import NOW, shop_of_ten
from tests.pipeline import oracle
from tests.pipeline.nights import night
from tests.pipeline.world import World, open_world


def orders(world: World) -> str | None:
    return world.orders(NOW - timedelta(days=20), NOW + timedelta(seconds=1), live=True)


def letters(world: World) -> set[str]:
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
        world.one_batch = True
        world.set_up()
        odd = OddAnswers(world.apps[0])
        mount(odd, world.xiaoe_url)
        odd.plants = [Plant(api, record, path, '[{"a": 1}]')]
        world.base_data()
        recorded = letters(world)  # the orders read a buyer by another interface, and close it
        assert orders(world) is not None
        assert record in {name.rpartition("/")[2] for name in recorded | letters(world)}
        mine = (ten.orders[3], *(f":{found[3]}" for found in (ten.users, ten.goods, ten.answers)))
        found = oracle.differences(ten.shop, world.store)
        assert [one for one in found if not any(name in one for name in mine)] == []
        odd.plants = []
        orders(world)
        night(world)
        assert oracle.differences(ten.shop, world.store) == []
        assert letters(world) == set()
