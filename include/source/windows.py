"""Windows of time, closed at both ends and in whole seconds, as both lists filter them.

Whether the vendor includes the ends of a range is not documented (contracts: xiaoe §6.4), so what
is asked is one second wider on both sides than what is wanted, and the rows are cut to size here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

# The vendor's times carry no zone and are Beijing time (contracts: xiaoe §1).
SHOP_ZONE = ZoneInfo("Asia/Shanghai")
SECOND = timedelta(seconds=1)


def day_of(moment: datetime) -> date:
    """Return the day in Beijing."""
    return moment.astimezone(SHOP_ZONE).date()


def midnight(moment: datetime) -> datetime:
    """Return when that day began."""
    return moment.astimezone(SHOP_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)


@dataclass(frozen=True)
class Window:
    """The seconds from `since` to `until`, both included."""

    since: datetime
    until: datetime

    def __post_init__(self) -> None:
        if self.since.tzinfo is None or self.until.tzinfo is None:
            raise ValueError("a window needs moments with a time zone")
        if self.since > self.until:
            raise ValueError("a window needs its start before its end")

    @property
    def span(self) -> timedelta:
        """Return the distance between the two ends; zero for a single second."""
        return self.until - self.since

    @property
    def asked(self) -> tuple[datetime, datetime]:
        """Return the two ends as they are sent to the vendor, one second wider on each side."""
        # undetermined: xiaoe.md §13.1: are the ends of a range inclusive?
        return self.since - SECOND, self.until + SECOND

    @property
    def days(self) -> str:
        """Return the days in Beijing that the window touches: one, or the first and the last."""
        return " ".join(dict.fromkeys(str(day_of(end)) for end in (self.since, self.until)))

    def covers(self, moment: datetime) -> bool:
        """Tell whether a moment lies in the window, to the second."""
        return self.since <= moment.replace(microsecond=0) <= self.until

    def covers_when_asked(self, moment: datetime) -> bool:
        """Tell whether a moment lies in what was sent to the vendor."""
        since, until = self.asked
        return since <= moment.replace(microsecond=0) <= until

    def cut(self, longest: timedelta) -> Iterator[Window]:
        """Yield windows of at most `longest` that cover every second of this one exactly once."""
        since = self.since
        while since <= self.until:
            until = min(self.until, since + longest)
            yield Window(since, until)
            since = until + SECOND

    def first(self, longest: timedelta) -> Window:
        """Return the beginning of this window, of at most that span."""
        return Window(self.since, min(self.until, self.since + longest))
