"""Which span of time one run of the orders DAG reads; fixed once, before anything is read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import pendulum

from connectors.errors import Bilingual, ConfigurationError
from connectors.typed import typed
from include.source.windows import SHOP_ZONE

# An order may become visible a little late, so a scheduled run reads this much again.
OVERLAP = timedelta(minutes=30)
# A window must be over before it is read, or rows would still enter it.
LAG = timedelta(seconds=30)
# After an outage a scheduled run heals at most this much; the next one goes on from there.
LONGEST_CATCH_UP = timedelta(days=31)
# The live runs' intervals start at :05, :20, :35 and :50 (airflow_extras/timetable.py says why).
LIVE_INTERVAL = timedelta(minutes=15)
_LIVE_START = timedelta(minutes=5)


class RunType(StrEnum):
    """How a run came about, in Airflow's own words; all but the first two are like manual ones."""

    SCHEDULED = "scheduled"
    BACKFILL = "backfill"
    MANUAL = "manual"
    OPERATOR_TRIGGERED = "operator_triggered"
    ASSET_TRIGGERED = "asset_triggered"
    ASSET_MATERIALIZATION = "asset_materialization"


@dataclass(frozen=True)
class RunWindow:
    """From `since` up to, but not including, `until`; `moves_watermark` in scheduled runs alone.

    `first` tells that there is no watermark yet: no live run of this shop has ever succeeded.
    """

    since: datetime
    until: datetime
    moves_watermark: bool
    first: bool = False

    @property
    def anchor(self) -> str | None:
        """Return where the live runs of a shop begin, while none has succeeded; else None.

        Without it a first run that fails would leave a gap: the next one would start at its own
        interval.
        """
        if not (self.first and self.moves_watermark):
            return None
        return (self.since + OVERLAP).astimezone(SHOP_ZONE).isoformat()


def live_interval(moment: datetime) -> tuple[datetime, datetime]:
    """Return the interval of the live run that reads a moment, in Beijing time."""
    # Airflow's moments (pendulum) lose their zone when one that `astimezone` gave is added to.
    shifted = (moment - _LIVE_START).astimezone(SHOP_ZONE)
    quarter = shifted.replace(minute=shifted.minute // 15 * 15, second=0, microsecond=0)
    start = quarter + _LIVE_START
    return start, start + LIVE_INTERVAL


def open_window(
    run_type: str,
    interval: tuple[datetime, datetime] | None,
    *,
    since: str = "",
    until: str = "",
    watermark: str = "",
    anchor: str = "",
    now: datetime | None = None,
) -> RunWindow:
    """Return the window of a run.

    A scheduled run starts from the watermark or its interval's start, the earlier one, less the
    overlap, so that an outage heals by itself; `anchor`, where the first live run began, stands in
    for the watermark until one of them has succeeded. A backfill or a manual run takes exactly its
    interval, or `since` and `until` (Beijing time where they carry no zone).

    Raises ConfigurationError when the window is empty, unreadable or lies in the future, and
    ValueError for an unknown run type: taken for a manual run, it would never move the watermark.
    """
    kind = RunType(run_type)
    since, until = typed(since), typed(until)
    closed = (now or datetime.now(UTC)).replace(microsecond=0) - LAG
    if kind is RunType.SCHEDULED and interval and not (since or until):
        return _scheduled(interval, watermark, anchor, closed)
    start, end = _asked(interval, since, until, closed)
    window = RunWindow(start, min(end, closed), moves_watermark=False, first=not watermark)
    return _checked(window, closed)


def read_watermark(watermark: str, closed: datetime) -> datetime | None:
    """Return the stored watermark; None when there is none yet.

    Raises ConfigurationError when it is unreadable or lies in the future: read as it stands, it
    would hide every order until then behind green runs.
    """
    if not watermark:
        return None
    moment = _stored_moment(watermark)
    if moment > closed + timedelta(minutes=5):
        raise _unusable(
            f"水位 {watermark} 在未来", "the watermark lies in the future", _RESET_ZH, _RESET_EN
        )
    return moment


_RESET_ZH = "在 Airflow 里与订单 DAG 同名的资产的状态里改正 watermark，再重新运行"
_RESET_EN = "correct the watermark in the state of the asset named like the orders DAG, run again"


def _scheduled(
    interval: tuple[datetime, datetime], watermark: str, anchor: str, closed: datetime
) -> RunWindow:
    start, end = interval
    stored = read_watermark(watermark or anchor, closed)
    since = min(start, stored) if stored else start
    until = min(end, closed, since + LONGEST_CATCH_UP)
    window = RunWindow(since, until, moves_watermark=True, first=not watermark)
    return replace(_checked(window, closed), since=since - OVERLAP)


def _asked(
    interval: tuple[datetime, datetime] | None, since: str, until: str, closed: datetime
) -> tuple[datetime, datetime]:
    if since:
        return _moment("since", since), _moment("until", until) if until else closed
    if until:
        raise _unusable(
            "只填了 until，没有 since",
            "until was given without since",
            "同时填写 since",
            "give both",
        )
    if interval is None:
        raise _unusable(
            "本次运行没有数据区间",
            "the run has no data interval",
            "填写 since 和 until",
            "give both",
        )
    return interval


def _checked(window: RunWindow, closed: datetime) -> RunWindow:
    if window.since < window.until:
        return window
    since, until = (moment.astimezone(SHOP_ZONE).isoformat() for moment in (window.since, closed))
    raise _unusable(
        f"时间窗口为空：开始 {since} 不早于可读取的最晚时间 {until}",
        "the window is empty: it does not start before what can be read by now",
        "检查 since、until 和本机时钟",
        "check since, until and the clock of this machine",
    )


def _moment(name: str, text: str) -> datetime:
    try:
        moment = pendulum.parse(text, tz=str(SHOP_ZONE))
    except ValueError:
        moment = None
    if not isinstance(moment, datetime):
        raise _unusable(
            f"{name} 不是日期时间：{text[:40]}",
            f"{name} is not a date-time",
            "按 2026-11-01 00:00:00 的格式填写",
            "write it as 2026-11-01 00:00:00",
        )
    return moment.replace(microsecond=0)


def _stored_moment(watermark: str) -> datetime:
    """Read a watermark as a run stored it; anything looser would guess at a damaged one."""
    try:
        moment = datetime.fromisoformat(watermark)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise _unusable(
            f"水位无法识别：{watermark[:40]}",
            "the stored watermark cannot be read",
            _RESET_ZH,
            _RESET_EN,
        )
    return moment


def _unusable(zh: str, en: str, action_zh: str, action_en: str) -> ConfigurationError:
    return ConfigurationError("window", Bilingual(zh, en), Bilingual(action_zh, action_en))
