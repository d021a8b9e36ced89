"""How often a run asks HAP which orders it holds, and that it doubles none."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from connectors.errors import CallError
from include.destination.read.long_filters import LONG
from include.destination.sheets.worksheets import ORDERS
from include.flows.orders.list import list_orders
from include.flows.orders.sync import sync_batch
from include.flows.run.batches import make_batches
from include.flows.run.window import RunWindow
from include.simulators.faults import FaultRule, Kind
from include.simulators.hap.settings import HapSettings
from tests.pipeline.busy_shop import busy_shop, refs_of, unpaced
from tests.pipeline.oracle import duplicates, order_differences
from tests.pipeline.world import World, open_world


def test_a_first_attempt_believes_the_list_step_and_doubles_nothing_where_that_is_out_of_date(
    tmp_path,
):
    with open_world(busy_shop(4), tmp_path, xiaoe=unpaced()) as world:
        world.set_up()
        refs = refs_of(world)
        (batch,) = make_batches(refs, absent={ref.order_id for ref in refs}, few=True)
        known = world.context().known_app()
        assert sync_batch(world.context(known), batch).counts.create == len(refs)
        assert _looks_at_orders(world) == 2  # before the write and after it
        again = sync_batch(world.context(known), batch).counts
        assert (again.unchanged, again.written, duplicates(world.store)) == (len(refs), 0, [])
        assert _looks_at_orders(world) == 1


@pytest.mark.parametrize(("most", "looks"), [(None, 1), (LONG - 1, 2)])
def test_a_run_of_many_orders_asks_for_as_many_keys_as_hap_heeds_and_doubles_nothing(
    tmp_path, most, looks
):
    app = HapSettings(qps=0, most_conditions=most, too_many_conditions="cut")
    with open_world(busy_shop(55), tmp_path, xiaoe=unpaced(), hap=app) as world:
        world.set_up()
        for _ in range(2):
            _looks_at_orders(world)
            world.all_orders()
        assert _looks_at_orders(world) == looks  # nothing has changed: the list step alone looked
        assert order_differences(world.source, world.store) == []
        assert duplicates(world.store) == []


def test_hap_is_asked_while_the_list_is_read_and_its_refusal_ends_the_reading(tmp_path):
    with open_world(busy_shop(500), tmp_path, xiaoe=unpaced(page_size_cap=5)) as world:
        world.set_up()
        now, context = world.source.clock.now(), world.context()
        context.xiaoe.transport._limiter = None
        # what HAP is asked is waited for; the list is read in several parts at once
        context.hap.threads.number, context.xiaoe.threads.number = 1, 8
        context.sheet(ORDERS)
        world.hap_faults.set([FaultRule(api="rows.list", kind=Kind.CODE, code=430028)])
        month = RunWindow(now - timedelta(days=20), now, moves_watermark=False)
        with pytest.raises(CallError) as refused:
            list_orders(context, month)
        asked = world.xiaoe_journal.calls()["order.list"]
        time.sleep(0.3)
        assert refused.tb  # which keeps alive what the failed step had begun
        assert world.xiaoe_journal.calls()["order.list"] == asked < 150  # of more than 200


def _looks_at_orders(world: World) -> int:
    """Return how often rows of orders have been asked for since the last time."""
    path = f"/{world.context().sheet(ORDERS).id}/rows/list"
    asked = [entry for entry in world.hap_journal.entries() if entry.path.endswith(path)]
    world.hap_journal.clear()
    return len(asked)
