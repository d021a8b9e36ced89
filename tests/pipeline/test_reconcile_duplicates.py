"""Of two rows for one order the oldest wins; only the pipeline's own work is ever removed."""

from __future__ import annotations

import pytest

from include.simulators.hap.plain import plain_rows
from tests.pipeline.nights import night, order_row, person, synced_world, told_in
from tests.pipeline.oracle import duplicates, order_differences
from tests.pipeline.world import World


@pytest.fixture
def world(tmp_path):
    with synced_world(tmp_path) as opened:
        yield opened


@pytest.fixture
def order(world):
    return max(world.source.orders.current.values(), key=lambda order: order.created_at)


def copy_by_api(world: World, sheet: str, key: str, value: str, **cells: object) -> str:
    row_id = world.hap().create_row(sheet, {key: value, **cells}, trigger_workflow=False)
    assert row_id
    return row_id


def test_a_younger_row_that_the_pipeline_made_is_moved_to_the_recycle_bin(world, order):
    oldest = order_row(world, order.order_id)["rowid"]
    copy_by_api(world, "orders", "order_id", order.order_id, shop=world.source.app_id)
    ended = night(world)
    assert ended.green, ended.error
    assert order_row(world, order.order_id)["rowid"] == oldest
    assert [r["order_id"] for r in plain_rows(world.store, "orders", recycled=True)] == [
        order.order_id
    ]
    assert told_in(world, "extra") == {f"{order.order_id} ×2"}
    assert order_differences(world.source, world.store) == []
    assert night(world).writes == []


def test_a_row_that_a_person_made_or_touched_stays_and_is_named(world, order):
    copied = copy_by_api(world, "orders", "order_id", order.order_id, shop=world.source.app_id)
    person(world).edit("orders", copied, {"goods_name": "备注"})
    for _ in range(2):
        ended = night(world)
        assert order.order_id in ended.error
        assert ended.writes == []
    assert duplicates(world.store) == [f"orders:{order.order_id}"]
    (letter,) = (r for r in plain_rows(world.store, "sync_errors") if r["entity"] == "duplicate")
    assert letter["record_id"] == f"orders:{order.order_id}"
    assert letter["attempts"] == 1

    person(world).delete("orders", copied)
    assert night(world).green
    (letter,) = (r for r in plain_rows(world.store, "sync_errors") if r["entity"] == "duplicate")
    assert letter["status"] == "已解决"


def test_an_order_that_points_at_a_younger_customer_is_moved_to_the_oldest(world, order):
    oldest = order_row(world, order.order_id)["customer"][0]
    copied = copy_by_api(world, "customers", "user_id", order.user_id, nickname="x")
    world.hap().update_row(
        "orders",
        order_row(world, order.order_id)["rowid"],
        {"customer": [copied]},
        trigger_workflow=False,
    )
    ended = night(world)
    assert ended.green, ended.error
    assert order_row(world, order.order_id)["customer"] == [oldest]
    assert duplicates(world.store) == [f"customers:{order.user_id}"]
    letters = [r["record_id"] for r in plain_rows(world.store, "sync_errors")]
    assert letters == [f"customers:{order.user_id}"]
