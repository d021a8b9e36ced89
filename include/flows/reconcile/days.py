"""Which days of order creation a reconciliation compares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from connectors.typed import typed
from include.flows.run.window import LAG, RunType, RunWindow, open_window, read_watermark
from include.source.windows import SECOND, SHOP_ZONE, Window, midnight

DAYS = 31
DAY = timedelta(days=1)
# What the orders DAG may still have to do when it is on time; an outage does not excuse more.
UNDER_WAY = timedelta(hours=2)


def open_days(
    run_type: str,
    interval: tuple[datetime, datetime] | None,
    *,
    since: str = "",
    until: str = "",
    now: datetime | None = None,
) -> RunWindow:
    """Return the whole days in Beijing to compare: the last 31 with today, or those asked for.

    A backfill takes the days of its interval. Raises like `open_window`.
    """
    kind = RunType(run_type)
    since, until = typed(since), typed(until)
    now = now or datetime.now(UTC)
    if not (since or until) and (kind is not RunType.BACKFILL or interval is None):
        interval = (midnight(now - LAG) - (DAYS - 1) * DAY, now)
    asked = open_window(RunType.MANUAL, interval, since=since, until=until, now=now)
    end = midnight(asked.until - SECOND) + DAY
    closed = now.replace(microsecond=0) - LAG
    return replace(asked, since=midnight(asked.since), until=min(end, closed))


def not_due_before(watermark: str, now: datetime | None = None) -> datetime:
    """Return from which update time on an order may rightly be missing in HAP.

    The orders DAG has done everything up to its watermark; without one everything is due.
    """
    now = now or datetime.now(UTC)
    stored = read_watermark(watermark, now)
    return max(stored, now - UNDER_WAY) if stored else now


def weeks_of(window: RunWindow) -> Iterator[Window]:
    """Yield the days of a run, seven at a time."""
    yield from Window(window.since, window.until - SECOND).cut(7 * DAY - SECOND)


def windows_of(days: Iterable[date], window: RunWindow) -> Iterator[Window]:
    """Yield the window of each day, cut to the run's own end."""
    for day in sorted(set(days)):
        start = datetime.combine(day, time.min, SHOP_ZONE)
        if window.since <= start < window.until:
            yield Window(start, min(start + DAY, window.until) - SECOND)
