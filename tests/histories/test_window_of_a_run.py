"""The span of a run: outages heal in slices, a bad watermark is an alarm, nothing is empty."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

import pytest

from connectors.errors import ConfigurationError
from include.flows.run.watermark import fix_window, move_watermark
from include.flows.run.window import LAG, LONGEST_CATCH_UP, OVERLAP, RunWindow, open_window
from include.simulators.clock import SHANGHAI
from tests.histories.history import Act, History, Meanwhile, Run
from tests.histories.world import QUARTER, World

NOW = datetime(2026, 12, 31, 23, 50, 40, tzinfo=SHANGHAI)
INTERVAL = (NOW.replace(minute=35, second=0), NOW.replace(minute=50, second=0))


def scheduled(watermark: str = "", now: datetime = NOW, interval=INTERVAL) -> RunWindow:
    return open_window("scheduled", interval, watermark=watermark, now=now)


def test_a_run_goes_on_where_the_last_one_ended_less_the_overlap():
    ended = INTERVAL[0] - timedelta(hours=5)
    assert scheduled(ended.isoformat()) == RunWindow(ended - OVERLAP, INTERVAL[1], True)


def test_a_window_ends_before_the_present():
    early = INTERVAL[1] + timedelta(seconds=3)
    assert scheduled(INTERVAL[0].isoformat(), early).until == early - LAG


@pytest.mark.parametrize(
    "watermark",
    ["garbage", "2026", "now", "P1D", "None", "null", "1798732240", "2026-12-31T20:00:00"],
)
def test_an_unreadable_watermark_is_an_alarm(watermark):
    with pytest.raises(ConfigurationError, match="水位无法识别"):
        scheduled(watermark)


@pytest.mark.parametrize("ahead", [timedelta(minutes=6), timedelta(days=400)])
def test_a_watermark_in_the_future_is_an_alarm_and_not_nothing_to_do(ahead):
    with pytest.raises(ConfigurationError, match=r"水位 .* 在未来"):
        scheduled((NOW + ahead).isoformat())


@pytest.mark.parametrize("length", [timedelta(0), timedelta(minutes=-15)])
def test_an_empty_interval_is_an_error_although_the_overlap_would_fill_it(length):
    with pytest.raises(ConfigurationError, match="时间窗口为空"):
        scheduled(interval=(INTERVAL[0], INTERVAL[0] + length))


@pytest.mark.parametrize("kind", ["manual", "backfill"])
def test_other_runs_take_exactly_their_interval_and_leave_the_watermark(kind):
    day = (NOW - timedelta(days=40), NOW - timedelta(days=39))
    window = open_window(kind, day, watermark="garbage", now=NOW)
    assert (window.since, window.until, window.moves_watermark) == (*day, False)
    assert window.anchor is None


def test_the_first_live_run_notes_where_it_begins():
    window = scheduled()
    assert window.first
    assert window.anchor == INTERVAL[0].isoformat()
    assert scheduled(INTERVAL[0].isoformat()).anchor is None


def test_until_a_run_has_succeeded_every_run_begins_at_the_anchor_and_is_a_first_one():
    """A first run that failed may have failed at the probe of the filter: it is made again."""
    begun = INTERVAL[0] - timedelta(hours=2)
    window = open_window("scheduled", INTERVAL, anchor=begun.isoformat(), now=NOW)
    assert window == RunWindow(begun - OVERLAP, INTERVAL[1], True, first=True)


def test_an_anchor_gives_way_to_the_watermark_and_is_gone_with_the_first_success():
    world = World(History("update", NOW))
    begun = INTERVAL[0].isoformat()
    fix_window(world.state, "scheduled", INTERVAL, now=NOW)
    assert world.state == {"anchor": begun}
    later = (INTERVAL[0] + QUARTER, INTERVAL[1] + QUARTER)
    fix_window(world.state, "scheduled", later, now=NOW + QUARTER)
    move_watermark(world.state, None)
    assert world.state == {"anchor": begun}
    move_watermark(world.state, later[1].isoformat())
    assert world.state == {"watermark": later[1].isoformat()}


@pytest.mark.parametrize("kind", ["manual", "backfill"])
def test_a_manual_run_before_the_first_live_one_leaves_no_anchor(kind):
    world = World(History("update", NOW))
    fix_window(world.state, kind, INTERVAL, now=NOW)
    assert world.state == {}


@pytest.mark.parametrize("feed", ["update", "create"])
def test_two_hours_of_first_runs_that_fail_lose_nothing_in_the_live_runs_alone(feed):
    failing = Run(1, vendor_fails_at=0, meanwhile=(Meanwhile(Act("place", 1), part=0.5),))
    world = World(History(feed, NOW, runs=(*([failing] * 8), Run(1))))
    world.stirring = False
    world.play()
    assert world.differences() == []
    assert len(world.shelf.rows["orders"]) == 8


@pytest.mark.parametrize("days", [3, 31, 95])
def test_an_outage_of_any_length_heals_in_slices(days):
    """Also a DAG that was paused for so long: Airflow then makes the newest run alone."""
    world = World(History("update", NOW))
    world.stirring = False
    world.scheduled_run()
    for _ in range(days):
        world.clock.advance(86_400)
        world.actor.do(Act("place"))
    slices = 0
    while world.differences():
        before = datetime.fromisoformat(world.watermark)
        world.clock.advance(QUARTER.total_seconds())
        world.scheduled_run()
        slices += 1
        assert datetime.fromisoformat(world.watermark) - before <= LONGEST_CATCH_UP
    assert slices == days // 31 + 1
    assert len(world.shelf.rows["orders"]) == days


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Shanghai"])
@pytest.mark.parametrize("month", [3, 11])
def test_the_zone_of_the_host_does_not_matter(zone, month, monkeypatch):
    """New York changes its clock in March and November; Beijing does not."""
    monkeypatch.setitem(os.environ, "TZ", zone)
    time.tzset()
    start = datetime(2026, month, 1 if month == 11 else 8, 13, 50, 40, tzinfo=SHANGHAI)
    world = World(History("create", start, runs=tuple(Run(1) for _ in range(8))))
    world.actor.do(Act("crowd"))
    world.play()
    monkeypatch.undo()
    time.tzset()
    assert world.differences() == []
    assert datetime.fromisoformat(world.watermark) > world.clock.now().astimezone(UTC) - QUARTER
