"""Which past days the `create` feed reads again, because their orders can still change.

Young days are read in every run, older ones ever more rarely, and each of the last 186 at least
every 18 hours. Each day has its own place in the rhythm, counted from a fixed date: the days due
are spread evenly, so that no run is much longer than another, and a day that grows older into a
rarer rhythm is not late by a moment, because each period is a multiple of the one before.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from include.source.windows import SECOND, Window, midnight

RUN = timedelta(minutes=15)
DAY = timedelta(days=1)
OLDEST = 186
# (up to this age in days, every how many quarter hours)
RHYTHM = ((1, 1), (7, 4), (31, 24), (OLDEST, 72))


def days_due(since: datetime, until: datetime) -> list[Window]:
    """Return the days to read again in the run that goes on from `since` and ends at `until`.

    What fell due while no run was made is due now, also the days that have grown too old meanwhile.
    Days that lie side by side make one window, and none goes beyond `until`.
    """
    first, last = _turn(since) + 1, _turn(until)
    today = midnight(until)
    oldest = OLDEST + max(0, (today - midnight(since)).days)
    due = [today - age * DAY for age in range(oldest, -1, -1) if _is_due(today, age, first, last)]
    return [Window(day, min(end, until - SECOND)) for day, end in _joined(due) if day < until]


def _is_due(today: datetime, age: int, first: int, last: int) -> bool:
    """Tell whether the day's turn came in one of the quarter hours from `first` to `last`."""
    period = next((period for oldest, period in RHYTHM if age <= oldest), RHYTHM[-1][1])
    phase = (today.toordinal() - age) % period
    return (last - phase) // period > (min(first, last) - 1 - phase) // period


def _turn(moment: datetime) -> int:
    return int(moment.timestamp() // RUN.total_seconds())


def _joined(days: list[datetime]) -> list[tuple[datetime, datetime]]:
    """Return first and last second of each run of days side by side, oldest first."""
    spans: list[tuple[datetime, datetime]] = []
    for day in days:
        if spans and spans[-1][1] + SECOND == day:
            spans[-1] = (spans[-1][0], day + DAY - SECOND)
        else:
            spans.append((day, day + DAY - SECOND))
    return spans
