"""Each past day has its turn in time, whatever the hour, the age or the pause between runs."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.source.reread_schedule import DAY, OLDEST, RUN, days_due
from include.source.windows import SECOND, SHOP_ZONE, Window

NOON = datetime(2026, 11, 20, 12, 5, tzinfo=SHOP_ZONE)


def turns_of(day: datetime, first: datetime, runs: int) -> list[datetime]:
    """Return the ends of the runs that read a day again, of so many runs in a row."""
    ends = [first + number * RUN for number in range(runs)]
    return [end for end in ends if any(w.covers(day + SECOND) for w in days_due(end - RUN, end))]


@pytest.mark.parametrize("age", [1, 6, 7, 8, 30, 31, 32, 33, 90, 128, 129, 183])
def test_no_day_waits_longer_than_eighteen_hours(age):
    start = NOON.replace(hour=0, minute=5)
    day = start.replace(minute=0) - age * DAY
    turns = turns_of(day, start, 3 * 96)
    waits = [after - before for before, after in pairwise(turns)]
    assert turns[0] - start <= timedelta(hours=18)
    assert max(waits) <= timedelta(hours=18)


def test_runs_read_about_as_many_old_days_each():
    sizes = []
    for number in range(96):
        end = NOON + number * RUN
        sizes.append(sum(w.span // DAY + 1 for w in days_due(end - RUN, end)))
    assert max(sizes) - min(sizes) <= 3
    assert max(sizes) <= 9


def test_a_pause_of_a_day_makes_every_day_due_at_once_in_one_window():
    windows = days_due(NOON - DAY, NOON)
    assert windows == [Window(NOON.replace(hour=0, minute=0) - (OLDEST + 1) * DAY, NOON - SECOND)]


def test_days_that_grew_too_old_in_a_long_pause_are_read_once_more():
    before = NOON - 30 * DAY
    oldest = days_due(before, NOON)[0].since
    assert oldest == before.replace(hour=0, minute=0) - OLDEST * DAY


def test_a_run_that_ends_at_midnight_reads_no_day_that_has_not_begun():
    midnight = NOON.replace(hour=0, minute=0)
    assert all(
        window.until == midnight - SECOND for window in days_due(midnight - RUN, midnight)[-1:]
    )


@given(st.integers(0, 10**7), st.integers(1, 10**6))
def test_windows_lie_in_the_past_and_do_not_overlap(second, gap):
    until = NOON + second * SECOND
    windows = days_due(until - gap * SECOND, until)
    assert windows[-1].until == until - SECOND
    assert all(a.until < b.since for a, b in pairwise(windows))
