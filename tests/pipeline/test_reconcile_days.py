"""Which days are compared, and what may rightly be missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from connectors.errors import ConfigurationError
from include.flows.reconcile.days import not_due_before, open_days, weeks_of, windows_of
from include.flows.reconcile.ledger import named
from include.source.windows import SHOP_ZONE

NOW = datetime(2026, 11, 23, 19, 30, 30, tzinfo=UTC)  # 03:30:30 of the 24th in Beijing
NIGHT = (NOW - timedelta(days=1), NOW)


def beijing(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHOP_ZONE)


@pytest.mark.parametrize(
    ("run_type", "interval", "since", "until", "first", "end"),
    [
        ("scheduled", NIGHT, "", "", "2026-10-25", "2026-11-24 03:30:00"),
        ("manual", NIGHT, "", "", "2026-10-25", "2026-11-24 03:30:00"),
        ("manual", None, "", "", "2026-10-25", "2026-11-24 03:30:00"),
        (
            "backfill",
            (NOW - timedelta(days=9), NOW - timedelta(days=8)),
            "",
            "",
            "2026-11-15",
            "2026-11-17",
        ),
        ("manual", None, "2026-01-05 12:00:00", "2026-01-07 01:00:00", "2026-01-05", "2026-01-08"),
        ("manual", None, "2026-01-05", "2026-01-07", "2026-01-05", "2026-01-07"),
        ("scheduled", NIGHT, "2026-11-23", "", "2026-11-23", "2026-11-24 03:30:00"),
    ],
)
def test_whole_days_in_beijing_up_to_now(run_type, interval, since, until, first, end):
    run = open_days(run_type, interval, since=since, until=until, now=NOW)
    assert (run.since, run.until) == (beijing(first), beijing(end))
    assert run.moves_watermark is False


def test_days_in_the_future_are_an_error_with_the_reason():
    with pytest.raises(ConfigurationError, match="窗口为空"):
        open_days("manual", None, since="2027-01-01", until="2027-01-02", now=NOW)


def test_weeks_and_days_cover_every_second_once():
    run = open_days("scheduled", NIGHT, now=NOW)
    weeks = list(weeks_of(run))
    days = list(windows_of([run.since.date() + timedelta(days=n) for n in range(-1, 33)], run))
    for windows in (weeks, days):
        assert windows[0].since == run.since
        assert windows[-1].until == run.until - timedelta(seconds=1)
        for earlier, later in pairwise(windows):
            assert later.since - earlier.until == timedelta(seconds=1)
    assert len(weeks) == 5
    assert len(days) == 31


@pytest.mark.parametrize(
    ("watermark", "minutes"),
    [("", 0), ("2026-11-24T03:15:00+08:00", 15.5), ("2026-11-20T03:15:00+08:00", 120)],
)
def test_only_what_the_orders_dag_has_still_to_do_may_be_missing(watermark, minutes):
    assert not_due_before(watermark, NOW) == NOW - timedelta(minutes=minutes)


def test_a_watermark_in_the_future_is_an_alarm():
    with pytest.raises(ConfigurationError, match="未来"):
        not_due_before("2027-01-01T00:00:00+08:00", NOW)


def test_very_many_ids_are_cut_and_counted():
    ids = [f"o_{number:03}" for number in range(120)]
    text = named(ids)
    assert text is not None
    assert text.startswith("o_000, o_001")
    assert text.endswith("…另有 70 个 / and 70 more")
    assert named([]) is None
