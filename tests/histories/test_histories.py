"""Nothing is lost and nothing is stale, whatever happens between two requests.

A test run plays the same histories each time; `make soak` plays fresh ones, many times as many,
drawn from a seed that it prints. The number that was played is printed at the end.
"""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from connectors.errors import ContractError
from include.flows.run.watermark import move_watermark
from tests.histories.drawing import histories
from tests.histories.history import Act, History
from tests.histories.tally import PLAYED
from tests.histories.world import QUARTER, World

HISTORIES = int(os.environ.get("HISTORIES", "500"))
SEED = os.environ.get("SEED")

played = settings(
    max_examples=HISTORIES // 2,
    deadline=None,
    database=None,
    derandomize=SEED is None,
    print_blob=True,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)

drawn = seed(int(SEED)) if SEED else lambda test: test


@pytest.mark.parametrize("feed", ["update", "create"])
def test_every_order_arrives_in_its_newest_version(feed):
    @drawn
    @played
    @given(histories(feed=feed))
    def hold(history: History):
        world = World(history)
        world.play()
        PLAYED[f"played in feed {feed}"] += 1
        assert world.differences() == []

    hold()


@drawn
@settings(played, max_examples=max(50, HISTORIES // 20))
@given(histories(feed="update"), st.booleans())
def test_a_filter_that_is_ignored_ends_in_a_loud_error_and_never_in_data(history, first):
    """In the first run, which probes, and in any later one."""
    switches = {**history.switches, "update_filter": "ignored"}
    # without a stir, which may hide the one order that shows what the filter does
    ignored = replace(history, switches=switches, stirs=())
    world = World(ignored)
    world.actor.do(Act("place"))
    world.clock.advance(3 * 86_400)
    if not first:
        move_watermark(world.state, (world.clock.now() - QUARTER).isoformat())
    with pytest.raises(ContractError) as caught:
        world.scheduled_run()
    PLAYED["with an ignored filter"] += 1
    assert "时间条件被忽略" in str(caught.value)
    assert "order_feed" in str(caught.value)
    assert world.shelf.rows["orders"] == {}
