"""Histories that once lost an order or a run, kept as they were found."""

from __future__ import annotations

from datetime import datetime

import pytest

from include.simulators.clock import SHANGHAI
from tests.histories.history import Act, History, Meanwhile, Run, Stir
from tests.histories.world import World

START = datetime(2026, 11, 11, 10, 20, 40, tzinfo=SHANGHAI)

FOUND = {
    "what creation times beside the filter show says nothing of the filter alone": History(
        "update",
        START,
        {"update_filter": "within_created_default"},
        page_size=2,
        past=((0.001, Act("place")),),
        runs=(
            Run(1, 0),
            Run(1, 0, (Meanwhile(Act("place"), edge=-1800),)),
            Run(2900, 0, (Meanwhile(Act("pay"), edge=-1800),), dies_before="sync"),
        ),
    ),
    "an order grows too old for the create feed during an outage": History(
        "create",
        START,
        past=((179, Act("place")),),
        runs=(Run(1, 0), Run(1, 0), Run(2900, 0)),
        stirs=(Stir(0, 0, Act("pay")),),
    ),
    "a first run fails and the next one comes hours later": History(
        "update",
        START,
        runs=(Run(1, vendor_fails_at=1, meanwhile=(Meanwhile(Act("place")),)), Run(40)),
    ),
    "the only page empties while its successor is asked for": History(
        "update",
        START,
        {"total": "missing", "distorted_apis": "order.list*"},
        page_size=3,
        past=tuple((0.02, Act("place")) for _ in range(4)),
        runs=(Run(40),),
        stirs=tuple(Stir(number, 61, Act("remark", number)) for number in range(9)),
    ),
    "the newest order with a change is just too old for one range of creation time": History(
        "update",
        START,
        {"window_over_limit": "error"},
        past=((31, Act("place")),),
        runs=(Run(1, 0),),
        stirs=(Stir(0, 0, Act("pay")),),
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_a_history_that_once_ended_badly_ends_well(name):
    world = World(FOUND[name])
    world.play()
    assert world.differences() == []
    assert world.shelf.rows["orders"]
