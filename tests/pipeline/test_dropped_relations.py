"""HAP drops relations for a while, with success: the night sees all of them and mends them."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from connectors.errors import ConfigurationError
from include.simulators.hap.plain import plain_rows
from include.simulators.xiaoe.seed import demo_shop
from tests.pipeline.nights import DAYS, night, person, synced_world
from tests.pipeline.oracle import link_differences, order_differences
from tests.pipeline.world import World, open_world

RELATIONS = [
    ("orders", "customer"),
    ("orders", "goods"),
    ("orders", "columns"),
    ("columns", "goods"),
    ("collected_info", "customer"),
]


def linked(world: World) -> dict[tuple[str, str], int]:
    """Return how many rows hold each relation."""
    return {
        (sheet, alias): sum(bool(row[alias]) for row in plain_rows(world.store, sheet))
        for sheet, alias in RELATIONS
    }


def untold(world: World, difference: str) -> bool:
    """Tell whether it is about a column whose contents no interface tells."""
    column_id = difference.partition(":")[2].partition(".")[0]
    column = world.source.goods.get(column_id)
    return column is not None and column.goods_type in {25, 50}


def test_relations_that_were_dropped_once_are_back_after_one_night_and_then_it_is_silent(tmp_path):
    source = demo_shop(5, days=DAYS, orders_per_day=3)
    with open_world(source, tmp_path) as world:
        world.set_up()
        world.store.settings.relation_write = "dropped"
        world.base_data()
        with suppress(ConfigurationError):
            world.all_orders()
        assert set(linked(world).values()) == {0}
        world.store.settings.relation_write = "stored"
        world.all_orders()
        first = night(world)
        assert first.green, first.error
        assert all(linked(world).values())
        month = source.clock.now() - timedelta(days=32)
        assert any(order.created_at < month for order in source.orders.current.values())
        assert order_differences(source, world.store) == []
        assert [
            one for one in link_differences(source, world.store) if not untold(world, one)
        ] == []
        assert night(world).writes == []


def test_a_relation_that_a_person_has_emptied_is_the_pipelines_own_and_comes_back(tmp_path):
    with synced_world(tmp_path) as world:
        before = linked(world)
        for sheet, alias in [("columns", "goods"), ("collected_info", "customer")]:
            row = next(row for row in plain_rows(world.store, sheet) if row[alias])
            person(world).edit(sheet, row["rowid"], {alias: []})
        assert linked(world) != before
        assert night(world).green
        assert linked(world) == before
        assert night(world).writes == []


def test_a_night_without_differences_reads_no_relation_order_by_order(tmp_path):
    with synced_world(tmp_path) as world:
        night(world)
        reads = world.hap_journal.count("rows.relations")
        quiet = night(world)
        in_depth = sum(len(batch.orders) for batch in quiet.compared.batches)
        columns = len(plain_rows(world.store, "columns"))
        allowed = columns + 2 * in_depth
        assert world.hap_journal.count("rows.relations") - reads <= allowed
        assert in_depth < len(plain_rows(world.store, "orders")) / 4
