"""HAP's own workflows start for live orders alone, and for those only where people asked for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from include.simulators.hap.human import Person
from include.simulators.hap.plain import plain_rows
from tests.crash.scene import SINCE, UNTIL, first_day
from tests.pipeline.nights import night
from tests.pipeline.world import open_world

LIVE = {"trigger_workflow": True}  # as a scheduled run opens its shop where the connection says so


@pytest.fixture
def world(tmp_path):
    with open_world(first_day().shop, tmp_path / "tokens") as opened:
        opened.set_up()
        yield opened


def started(world) -> dict[str, int]:
    runs = {sheet.alias: sheet.workflow_runs for sheet in world.store.sheets()}
    return {alias: number for alias, number in runs.items() if number}


def test_a_live_run_starts_them_for_its_orders_and_not_for_goods_and_customers(world):
    world.orders(SINCE, UNTIL, **LIVE)
    assert started(world) == {"orders": len(world.source.orders.current)}
    world.orders(SINCE, UNTIL, **LIVE)
    assert started(world) == {"orders": len(world.source.orders.current)}


def test_by_default_nothing_starts(world):
    world.base_data()
    world.orders(SINCE, UNTIL)
    assert started(world) == {}


def test_the_nightly_run_repairs_and_tidies_without_them(world):
    world.base_data()
    world.orders(SINCE, UNTIL)
    one, other = plain_rows(world.store, "orders")[:2]
    Person(world.store).edit("orders", str(one["rowid"]), {"goods_name": "手改"})
    cells = {name: other[name] for name in ("order_id", "shop", "source_hash")}
    world.hap().create_row("orders", cells, trigger_workflow=False)
    seen = world.hap_journal.entries()[-1].sequence
    client = world.hap
    live = replace(world)
    live.hap = lambda: _triggering(client())
    assert night(live, **LIVE).green
    effects = " ".join(entry.effect for entry in world.writes(after=seen))
    assert "update" in effects
    assert "delete" in effects
    assert started(world) == {}


def _triggering(client):
    """The client of a connection whose extra says `trigger_workflow`."""
    client.trigger_workflow = True
    return client
