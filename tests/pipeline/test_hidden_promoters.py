"""What happens where the order list says nothing of a promoter whom the detail names (F5)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from include.flows.orders.list import list_orders
from include.flows.orders.sync import sync_batch
from include.flows.run.batches import make_batches
from include.flows.run.window import RunWindow
from include.simulators.hap.plain import plain_rows
from include.simulators.xiaoe.seed import demo_shop
from include.simulators.xiaoe.settings import XiaoeSettings
from include.source.orders import OrderRef
from tests.error_rows import entity_of
from tests.moment import MOMENT
from tests.pipeline.nights import error_rows, night, order_row
from tests.pipeline.world import World, open_world


@pytest.fixture
def world(tmp_path):
    rules = XiaoeSettings(rate_limits=False, list_promoter="hidden")
    with open_world(demo_shop(4, days=8, orders_per_day=3), tmp_path, xiaoe=rules) as opened:
        opened.set_up()
        yield opened


def a_promoted_order(world: World) -> str:
    return next(name for name, o in world.source.orders.current.items() if o.share_nickname)


def test_a_first_load_writes_every_order_without_a_word_of_its_promoter(world):
    world.all_orders()
    held = plain_rows(world.store, "orders")
    assert len(held) == len(world.source.orders.current)
    assert {row["promoter"] for row in held} == {None}
    assert error_rows(world) == {}


def test_the_first_detail_that_is_read_fills_it_in_and_the_shop_is_recorded_once(world):
    world.all_orders()
    order_id = a_promoted_order(world)
    world.source.change_order(order_id, remark="改")
    world.live()
    promoter = world.source.orders.current[order_id].share_nickname
    assert order_row(world, order_id)["promoter"] == promoter
    (row,) = error_rows(world).values()
    assert (entity_of(row), row["record_id"]) == ("interface", "order.list/promoter")
    assert order_id in row["reason"]
    assert promoter not in row["reason"]
    assert "忽略" in row["action"]  # it closes by nothing else, and keeps every run yellow
    seen = world.hap_journal.entries()[-1].sequence
    world.source.change_order(order_id, remark="再改")
    world.live()
    assert [w.effect for w in world.writes(after=seen) if "sync_errors" in w.effect] == []


def test_a_night_leaves_a_promoter_as_it_is_whom_the_list_hides(world):
    world.one_batch = False  # each with its detail
    world.all_orders()
    shown = {row["order_id"]: row["promoter"] for row in plain_rows(world.store, "orders")}
    assert any(shown.values())
    assert [one.effect for one in night(world).writes if " orders" in one.effect] == []
    assert {r["order_id"]: r["promoter"] for r in plain_rows(world.store, "orders")} == shown


def test_a_first_load_leaves_the_promoter_whom_another_run_has_filled_in_since_it_listed(world):
    window = RunWindow(MOMENT - timedelta(days=61), MOMENT + timedelta(seconds=1), False)
    lister = world.context()
    batches = list_orders(lister, window)
    order_id = a_promoted_order(world)
    promoter = world.source.orders.current[order_id].share_nickname
    (pushed,) = make_batches([ref for ref in _refs(batches) if ref.order_id == order_id])
    sync_batch(world.context(), pushed)
    assert order_row(world, order_id)["promoter"] == promoter

    first_load = make_batches(_refs(batches), absent={r.order_id for r in _refs(batches)}, few=True)
    for batch in first_load:
        sync_batch(world.context(lister.known_app()), batch)
    assert order_row(world, order_id)["promoter"] == promoter


def _refs(batches):
    return [
        OrderRef(order.order_id, "", order.created_at, order.updated_at)
        for batch in batches
        for order in batch.orders
    ]
