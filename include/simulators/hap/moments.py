"""Dates and times between the wire and a cell.

A cell holds a naive string in the app's zone. On the way in HAP takes naive strings and ISO-8601
with an offset; on the way out the settings decide (contracts: hap §8.4).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from include.simulators.clock import read_naive, written
from include.simulators.hap.settings import HapSettings

_MOMENT = re.compile(
    r"(?P<date>\d{4}-\d{1,2}-\d{1,2})"
    r"(?:[ T](?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?)?"
    r"(?P<zone>Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)


def to_cell(text: str, settings: HapSettings) -> str | None:
    """Read a date or date-time as `YYYY-MM-DD HH:MM:SS` in the app's zone; None when it is none."""
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day = (int(part) for part in match["date"].split("-"))
    hour, minute, second = (int(match[unit] or 0) for unit in ("hour", "minute", "second"))
    try:
        moment = datetime(year, month, day, hour, minute, second)
        return written(_in_app_zone(moment, match["zone"], settings))
    except (ValueError, OverflowError):
        return None


def is_date_only(text: str) -> bool:
    """Tell whether a text names a day without a time."""
    match = _MOMENT.fullmatch(text.strip())
    return match is not None and match["hour"] is None


def time_to_cell(text: str) -> str | None:
    """Read `H:MM` or `H:MM:SS`, keeping the seconds only where there are some."""
    match = _TIME.fullmatch(text.strip())
    if match is None or int(match[1]) > 23 or int(match[2]) > 59 or int(match[3] or 0) > 59:
        return None
    seconds = f":{match[3]}" if match[3] else ""
    return f"{int(match[1]):02d}:{match[2]}{seconds}"


def from_cell(cell: str, settings: HapSettings) -> str:
    """Write a date-time cell as the settings have it; anything else passes through."""
    if settings.datetime_read == "naive" or not cell:
        return cell
    try:
        naive = read_naive(cell)
    except ValueError:
        return cell
    moment = naive.replace(tzinfo=ZoneInfo(settings.app_zone)).astimezone(UTC)
    suffix = "Z" if settings.datetime_read == "iso_z" else ".000Z"
    return written(moment).replace(" ", "T") + suffix


def _in_app_zone(moment: datetime, offset: str | None, settings: HapSettings) -> datetime:
    app_zone = ZoneInfo(settings.app_zone)
    if offset is None:
        written = ZoneInfo(settings.naive_write_zone) if settings.naive_write_zone else app_zone
        return moment.replace(tzinfo=written).astimezone(app_zone)
    return datetime.fromisoformat(moment.isoformat() + offset).astimezone(app_zone)
