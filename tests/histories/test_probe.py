"""What the first run finds out about the update filter, and says about it in words."""

from __future__ import annotations

from datetime import datetime

import pytest

from connectors.errors import ContractError
from include.simulators.clock import SHANGHAI
from include.source.feed_probe import UpdateFilter, probe_update_filter
from tests.histories.history import Act, History
from tests.histories.world import World

NOW = datetime(2026, 11, 20, 12, 5, 40, tzinfo=SHANGHAI)
NEW, OLD = (2.0, Act("place")), (45.0, Act("place"))
LIMITED = {"update_filter": "within_created_default"}
CREATED_WANTED = {"update_requires_created": True}
AND = {"several_times": "and"}


def shop_with(past=(NEW, OLD), **switches) -> World:
    world = World(History("update", NOW, switches=switches, past=past))
    world.stirring = False
    return world


def probe(world: World) -> UpdateFilter:
    return probe_update_filter(world.context().xiaoe, world.clock.now())


@pytest.mark.parametrize(
    ("switches", "found", "said"),
    [
        ({}, UpdateFilter(True, True, True), "与文档一致"),
        (AND, UpdateFilter(True, True, True), "与文档一致"),
        (LIMITED, UpdateFilter(True, True, False), "只含近 30 天下单"),
        (LIMITED | AND, UpdateFilter(True, True, False), "只含近 30 天下单"),
        (CREATED_WANTED, UpdateFilter(False, True), "必须同时给出下单时间"),
        (CREATED_WANTED | AND, UpdateFilter(False, True), "必须同时给出下单时间"),
    ],
)
@pytest.mark.parametrize("bound", ["inclusive", "exclusive"])
def test_every_behaviour_is_recognised_and_told(switches, found, said, bound):
    world = shop_with(**switches, window_start=bound, window_end=bound)
    assert probe(world) == found
    assert said in found.words.zh
    assert "nothing to do" in found.words.en


def test_a_shop_without_orders_says_that_nothing_could_be_tried():
    found = probe(shop_with(past=()))
    assert found == UpdateFilter(True)
    assert "还没有订单" in found.words.zh


@pytest.mark.parametrize("switches", [{}, AND])
def test_an_ignored_filter_is_an_error_that_names_the_other_feed(switches):
    with pytest.raises(ContractError, match="时间条件被忽略") as caught:
        probe(shop_with(update_filter="ignored", **switches))
    assert "order_feed 设为 create" in str(caught.value)


def test_an_order_that_changes_while_it_is_asked_for_is_no_proof_of_anything():
    world = shop_with()
    order_id = next(iter(world.source.orders.current))

    def change(exchange) -> None:
        world.clock.advance(2)
        for name in world.source.orders.current:
            world.source.change_order(name, remark="又改")

    world.app.simulation.before.append(change)
    assert probe(world) == UpdateFilter(True, None, None)
    assert order_id in world.source.orders.listed


def test_only_a_run_without_a_watermark_probes():
    world = shop_with()
    calls = world.app.simulation.journal.calls
    world.scheduled_run()
    first = calls()["order.list"]
    world.clock.advance(900)
    world.scheduled_run()
    assert calls()["order.list"] - first < first
