from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from include.simulators.clock import SHANGHAI, VirtualClock, format_time, parse_time
from include.simulators.journal import Entry, Journal

NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=SHANGHAI)


def test_times_are_written_in_beijing_whatever_zone_they_come_in() -> None:
    assert format_time(NOON.astimezone(UTC)) == "2026-11-20 12:00:00"
    assert parse_time(" 2026-11-20 12:00:00 ") == NOON
    with pytest.raises(ValueError, match="does not match"):
        parse_time("2026-11-20T12:00:00Z")


def test_a_running_clock_runs_and_a_frozen_one_stands() -> None:
    running, frozen = VirtualClock(NOON), VirtualClock(NOON, frozen=True)
    assert NOON < running.now() < NOON + timedelta(seconds=5)
    assert frozen.now() == NOON
    assert frozen.now().utcoffset() == timedelta(hours=8)


def test_advancing_moves_both_scales_even_while_frozen() -> None:
    clock = VirtualClock(NOON, frozen=True)
    before = clock.monotonic()
    assert clock.advance(3600) == NOON + timedelta(hours=1)
    assert clock.monotonic() - before >= 3600
    with pytest.raises(ValueError, match="only moves forward"):
        clock.advance(-1)


def test_a_freeze_does_not_stop_the_scale_of_rate_limits() -> None:
    clock = VirtualClock(NOON, frozen=True)
    assert clock.monotonic() < clock.monotonic()


def test_a_clock_can_be_frozen_resumed_and_set() -> None:
    clock = VirtualClock(NOON)
    clock.freeze()
    assert clock.frozen
    assert clock.now() == clock.now()
    clock.resume()
    assert clock.now() < clock.now()
    assert clock.set(NOON - timedelta(days=1)) < NOON - timedelta(hours=23)


def entry(journal: Journal, api: str = "rows.list", **facts: Any) -> Entry:
    return journal.append(monotonic=1.0, at=NOON, method="POST", path="/x", api=api, **facts)


def test_the_journal_counts_by_api_pattern_code_and_status() -> None:
    journal = Journal()
    entry(journal, "rows.list", code="1")
    entry(journal, "rows.create", code="1", effect="created 3 rows")
    entry(journal, "rows.create", code="51", status=503)
    assert journal.count() == 3
    assert journal.count("rows.*") == 3
    assert journal.count("rows.create", code="51") == 1
    assert journal.count(status=503) == 1
    assert journal.calls() == {"rows.list": 1, "rows.create": 2}
    assert [e.effect for e in journal.writes()] == ["created 3 rows"]


def test_clearing_the_journal_does_not_restart_its_sequence() -> None:
    journal = Journal()
    entry(journal)
    journal.clear()
    assert journal.count() == 0
    later = entry(journal)
    assert later.sequence == 2
    assert journal.entries(after=2) == []
