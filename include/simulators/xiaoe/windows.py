"""Time filters: which rows a pair of bounds selects, and what the server does with odd bounds.

The order list 2.0 is where the documentation is thinnest and a client can lose most: see the fields
of `OrderSettings`, and contracts: xiaoe §6.4, §11.1, §11.9.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from include.simulators.xiaoe.call import Call
from include.simulators.xiaoe.settings import XiaoeSettings

DAY = timedelta(days=1)
# filter precedence of list 2.0, highest first, with the request's own parameter names
PRECEDENCE = {
    "pay": "pay_time",
    "settle": "settle_time",
    "update": "update_time",
    "created": "created_time",
}


@dataclass(frozen=True, slots=True)
class Window:
    """A time range over one dimension of an order."""

    dimension: str
    start: datetime
    end: datetime

    def holds(self, moment: datetime | None, settings: XiaoeSettings) -> bool:
        """Tell whether a row's time lies in the window."""
        if moment is None:
            return False
        after = (
            moment >= self.start if settings.window_start == "inclusive" else (moment > self.start)
        )
        before = moment <= self.end if settings.window_end == "inclusive" else moment < self.end
        return after and before


def bounded(
    call: Call,
    dimension: str,
    start: datetime | None,
    end: datetime | None,
    *,
    limit: timedelta,
    fill: timedelta | None = None,
) -> Window:
    """Make a window of two bounds, of which one may be missing and which may be too far apart.

    `fill` is the width that a missing start is made up with; `limit` the widest that is served: by
    `window_over_limit` the rest is cut off at the end without a word, or refused.
    """
    settings = call.settings
    if (start is None or end is None) and settings.missing_bound == "error":
        raise call.bad_parameter(f"{dimension} window")
    end = end if end is not None else (start + limit if start else call.now)
    start = start if start is not None else end - (fill or limit)
    if end - start > limit:
        if settings.window_over_limit == "error":
            raise call.bad_parameter(f"{dimension} window")
        end = start + limit
    return Window(dimension, start, end)


def default_window(now: datetime) -> Window:
    """Return what list 2.0 takes without any time: the last 30 days by creation, up to tonight."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return Window("created", today - 30 * DAY, today + DAY)


def order_windows(call: Call) -> list[Window]:
    """Return the filters of an order list 2.0 call; the first one is also the default sort."""
    settings = call.settings
    asked = _asked(call)
    if settings.update_filter == "ignored":
        asked = [window for window in asked if window.dimension != "update"]
    dimensions = {window.dimension for window in asked}
    if "update" in dimensions and "created" not in dimensions:
        if settings.update_requires_created:
            raise call.bad_parameter("created_time_start")
        if settings.update_filter == "within_created_default":
            return [*asked, default_window(call.now)]
    if not asked:
        by_id = bool(call.text("order_id") or call.text("user_id"))
        return [] if by_id and not settings.default_window_for_ids else [default_window(call.now)]
    return asked if settings.several_times == "and" else asked[:1]


def _asked(call: Call) -> list[Window]:
    windows = []
    for dimension, name in PRECEDENCE.items():
        start, end = call.time(f"{name}_start"), call.time(f"{name}_end")
        if start is not None or end is not None:
            windows.append(bounded(call, dimension, start, end, limit=31 * DAY))
    return windows
