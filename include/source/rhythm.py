"""Which past days the `create` feed reads again, because their orders can still change.

Young days are read in every run, older ones ever more rarely, and each day of the last 186 at least
once in 24 hours; the days due are spread evenly, so that no run is much longer than another.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from include.source.windows import SHOP_ZONE

RUN = timedelta(minutes=15)
OLDEST = 186
# (up to this age in days, every how many runs); 96 runs are a day.
RHYTHM = ((1, 1), (7, 4), (31, 24), (OLDEST, 96))


def days_due(until: datetime) -> list[datetime]:
    """Return the first moments of the days that the run ending at `until` reads again."""
    run = int(until.timestamp() // RUN.total_seconds())
    today = until.astimezone(SHOP_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    return [
        today - timedelta(days=age) for age in range(OLDEST + 1) if (run + age) % _period(age) == 0
    ]


def _period(age: int) -> int:
    return next(period for oldest, period in RHYTHM if age <= oldest)
