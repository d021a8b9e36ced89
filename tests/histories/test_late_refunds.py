"""A refund long after the purchase is seen in time, in both feeds.

The scheduled runs every 15 minutes are all made where they matter: in the day around the refund.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from include.simulators.clock import SHANGHAI
from tests.histories.history import Act, History
from tests.histories.tally import PLAYED
from tests.histories.world import QUARTER, World, interval_end

BOUGHT = datetime(2028, 1, 31, 15, 20, 7, tzinfo=SHANGHAI)
LATER = [timedelta(days=days) for days in (1, 10, 29, 32, 90)]
ONE_INTERVAL = QUARTER + timedelta(minutes=1)


def bought_and_refunded(feed: str, later: timedelta, hour: int) -> World:
    """Return a world whose only order was refunded a moment ago, with runs up to that moment."""
    refund = (BOUGHT + later).replace(hour=hour, minute=1)
    world = World(History(feed, BOUGHT, page_size=100))
    world.stirring = False
    world.actor.do(Act("place", 1))
    world.clock.set(BOUGHT + timedelta(minutes=30))
    world.scheduled_run()
    world.clock.set(refund - timedelta(hours=3))
    world.scheduled_run()
    world.catch_up()
    world.clock.set(refund)
    world.actor.do(Act("refund"))
    return world


def runs_until_seen(world: World, limit: timedelta) -> timedelta:
    """Run quarter hour by quarter hour; return how long after the refund HAP knew of it."""
    refunded = world.clock.now()
    while world.clock.now() - refunded < limit:
        world.clock.set(interval_end(world.clock.now()) + QUARTER + timedelta(seconds=35))
        world.scheduled_run()
        if world.differences() == []:
            return world.clock.now() - refunded
    return timedelta.max


@pytest.mark.parametrize("later", LATER, ids=lambda later: f"+{later.days} days")
def test_the_update_feed_sees_a_late_refund_within_one_interval(later):
    world = bought_and_refunded("update", later, 10)
    assert runs_until_seen(world, timedelta(hours=1)) <= ONE_INTERVAL
    PLAYED["with a late refund"] += 1


@pytest.mark.parametrize("hour", [0, 9, 23])
@pytest.mark.parametrize("later", LATER, ids=lambda later: f"+{later.days} days")
def test_the_create_feed_sees_a_late_refund_within_a_day(later, hour):
    world = bought_and_refunded("create", later, hour)
    assert runs_until_seen(world, timedelta(hours=30)) <= timedelta(hours=24)
    PLAYED["with a late refund"] += 1
