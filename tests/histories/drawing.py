"""Draws histories: times at the edges that hurt, switches that the documents leave open."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from include.simulators.clock import SHANGHAI
from tests.histories.history import Act, Backfill, History, Meanwhile, Run, Stir

# Month and year ends, the 29th of February, and moments at which a window closes at midnight.
STARTS = tuple(
    datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    for text in (
        "2026-11-11 10:20:40",
        "2026-12-31 23:50:31",
        "2027-01-01 00:00:30",
        "2028-02-28 23:50:40",
        "2028-02-29 12:05:31",
        "2028-03-01 00:05:45",
        "2026-09-30 23:58:00",
    )
)
KINDS = (
    *("place", "place", "crowd", "late", "import", "pay", "close", "settle", "settle all"),
    *("refund a part", "refund", "remark", "remark", "hide"),
)
PAST_DAYS = (0.001, 0.01, 0.02, 0.9, 1, 6.5, 10, 29.9, 31, 33.5, 45, 62, 90, 120, 179)
# In quarter hours: mostly the next one, at times hours, days, or more than the vendor's 31 days.
WAITS = (1, 1, 1, 1, 1, 1, 2, 4, 40, 96, 300, 2_900, 3_100, 6_300)
LISTS = "order.list*"


def acts() -> st.SearchStrategy[Act]:
    return st.builds(Act, st.sampled_from(KINDS), st.integers(0, 11))


def switches() -> st.SearchStrategy[dict[str, Any]]:
    """Draw every switch of the order lists that the documents leave open (contracts: xiaoe §12)."""
    return st.fixed_dictionaries(
        {
            "update_filter": st.sampled_from(["honoured", "within_created_default"]),
            "update_requires_created": st.booleans(),
            "several_times": st.sampled_from(["override", "and"]),
            "window_start": st.sampled_from(["inclusive", "exclusive"]),
            "window_end": st.sampled_from(["inclusive", "exclusive"]),
            "window_over_limit": st.sampled_from(["clip", "error"]),
            "missing_bound": st.sampled_from(["fill", "error"]),
            "default_window_for_ids": st.booleans(),
            "order_by_honoured": st.booleans(),
            "legacy_order_by_updated": st.booleans(),
            "tie_break": st.sampled_from(["stable", "reversed", "random"]),
            "page_size_over_limit": st.sampled_from(["clamp", "error"]),
            "page_size_cap": st.sampled_from([None, None, 2]),
            "page_zero": st.sampled_from(["first", "empty", "error"]),
            "distorted_apis": st.just(LISTS),
            "total": st.sampled_from(["exact", "exact", "string", "missing", "zero"]),
            "list_shape": st.sampled_from(["list", "null_when_empty"]),
            "duplicate_rows": st.booleans(),
            "last_page_repeats": st.booleans(),
            "list_lag": st.sampled_from([0.0, 0.0, 5.0, 600.0]),
            "dialect_seed": st.integers(0, 3),
            "sentinels": st.sampled_from(["zero", "mixed"]),
            "numbers": st.sampled_from(["int", "mixed"]),
        }
    ).map(_readable)


def _readable(drawn: dict[str, Any]) -> dict[str, Any]:
    """Leave out what no client can read: a list that neither counts its rows nor keeps an order."""
    if drawn["total"] in ("missing", "zero") and drawn["tie_break"] == "random":
        drawn["tie_break"] = "stable"
    return drawn


def meanwhiles() -> st.SearchStrategy[tuple[Meanwhile, ...]]:
    edges = st.builds(Meanwhile, acts(), st.sampled_from([-1800, -31, -1, 0, 1, 30]))
    parts = st.builds(Meanwhile, acts(), st.none(), st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]))
    return st.lists(edges | parts, max_size=3).map(tuple)


def runs() -> st.SearchStrategy[Run]:
    usual = st.none()
    return st.builds(
        Run,
        quarters=st.sampled_from(WAITS),
        delay=st.sampled_from([0, 5, 35, 35, 400]),
        meanwhile=meanwhiles(),
        backfill=usual | usual | st.builds(Backfill, st.integers(1, 8), st.sampled_from([1, 2])),
        vendor_fails_at=usual | usual | usual | st.integers(0, 12),
        dies_before=usual | usual | usual | st.sampled_from(["sync", "settle"]),
    )


def stirs() -> st.SearchStrategy[tuple[Stir, ...]]:
    seconds = st.sampled_from([0, 0, 1, 2, 61])
    return st.lists(st.builds(Stir, st.integers(0, 4), seconds, acts()), max_size=9).map(tuple)


def histories(**fixed: Any) -> st.SearchStrategy[History]:
    """Draw a history; `fixed` gives parts, or other ways to draw them."""
    drawn: dict[str, st.SearchStrategy[Any]] = {
        "feed": st.sampled_from(["update", "create"]),
        "start": st.sampled_from(STARTS),
        "switches": switches(),
        "page_size": st.sampled_from([3, 5]),
        "past": st.lists(st.tuples(st.sampled_from(PAST_DAYS), acts()), max_size=5).map(tuple),
        "runs": st.lists(runs(), min_size=1, max_size=3).map(tuple),
        "stirs": stirs(),
    }
    for name, part in fixed.items():
        drawn[name] = part if isinstance(part, st.SearchStrategy) else st.just(part)
    return st.builds(History, **drawn)
