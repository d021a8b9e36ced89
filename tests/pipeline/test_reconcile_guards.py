"""A stream that has dried up stops the run before anything is written."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.errors import ContractError
from include.flows.orders.list import list_orders
from include.flows.reconcile.catch_up import catch_up_answers, catch_up_goods, catch_up_users
from include.flows.run.volume_checks import dried_up
from include.flows.run.window import RunWindow
from include.simulators.journal import Entry
from tests.pipeline.nights import last_sequence, switches, synced_world
from tests.pipeline.world import World


@pytest.fixture(params=["update", "create"])
def world(request, tmp_path):
    with synced_world(tmp_path, feed=request.param) as opened:
        yield opened


def effects(world: World, after: int) -> list[Entry]:
    return [entry for entry in world.hap_journal.entries(after=after) if entry.effect]


@pytest.mark.parametrize(
    ("now", "before", "alarm"),
    [
        (0, 5, True),
        (0, 4, False),
        (1, 10, True),
        (1, 9, False),
        (2, 19, False),
        (2, 20, True),
        (9, 90, True),
        (10, 90, False),
        (0, 0, False),
        (100, 3, False),
    ],
)
def test_ninety_per_cent_less_is_an_alarm_and_a_handful_of_rows_proves_nothing(now, before, alarm):
    assert dried_up(now, before) is alarm


@pytest.mark.parametrize("catch_up", [catch_up_users, catch_up_goods, catch_up_answers])
def test_where_nobody_can_be_asked_a_stream_that_dries_up_stops_before_a_write(tmp_path, catch_up):
    with synced_world(tmp_path) as world:
        catch_up(world.context())
        switches(world).stream = "empty"
        seen = last_sequence(world)
        with pytest.raises(ContractError, match="已停止"):
            catch_up(world.context())
        assert effects(world, seen) == []


def whole_days(world: World, days: int, first: int) -> RunWindow:
    midnight = world.source.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    since = midnight - timedelta(days=first)
    return RunWindow(since, since + timedelta(days=days), moves_watermark=False)


def test_a_backfilled_day_without_orders_is_an_alarm_when_hap_knows_some(world):
    window = whole_days(world, days=5, first=5)
    assert list_orders(world.context(), window) == []
    switches(world).stream = "empty"
    with pytest.raises(ContractError, match="已停止"):
        list_orders(world.context(), window)


def test_a_past_day_whose_orders_have_all_changed_since_is_no_alarm(tmp_path):
    with synced_world(tmp_path) as world:
        for order_id in world.source.orders.current:
            world.source.change_order(order_id, remark="改过")
        assert list_orders(world.context(), whole_days(world, days=5, first=5)) == []


def test_a_short_window_may_be_empty(world):
    now = world.source.clock.now()
    switches(world).stream = "empty"
    quarter = RunWindow(now - timedelta(minutes=15), now, moves_watermark=False)
    assert list_orders(world.context(), quarter) == []
