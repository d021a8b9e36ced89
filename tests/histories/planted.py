"""Known mistakes, each a small wrong version of one piece of the real code.

A test that has never failed proves little: the histories must find every one of these. A mistake
is put in the place of the real piece for as long as it is tried; `suits` says in which kind of
history it can show at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from hypothesis import strategies as st

from connectors.xiaoe.calls import orders as calls
from connectors.xiaoe.client import XiaoeClient
from connectors.xiaoe.envelope import read_page
from connectors.xiaoe.models import Order
from include.flows.orders import list as order_list
from include.flows.run import window as order_window
from include.flows.run.watermark import WATERMARK, move_watermark
from include.flows.run.window import RunWindow
from include.source import orders, reread_schedule, update_feed
from include.source.paging import WindowReader
from include.source.update_feed import UpdateFeed
from include.source.windows import SECOND, SHOP_ZONE, Window
from tests.histories.history import Act, Meanwhile, Run, Stir
from tests.histories.world import HistoryRun, World

SHORT = 2  # rows a page, so that pages are many


@dataclass(frozen=True)
class Mistake:
    """A name, what stands in for what, the histories that it can show in.

    Any `seed` draws one that shows it sooner or later; the one given does so among the first.
    """

    name: str
    wrong: tuple[tuple[Any, str, Any], ...]
    suits: Mapping[str, Any] = field(default_factory=dict)
    switches: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 1

    @contextmanager
    def planted(self) -> Iterator[None]:
        """Let the mistake stand in for the real code."""
        with ExitStack() as stack:
            for owner, name, stand_in in self.wrong:
                stack.enter_context(patch.object(owner, name, stand_in))
            yield


def covers_without_its_start(window: Window, moment: datetime) -> bool:
    return window.since < moment.replace(microsecond=0) <= window.until


def plain_paging(reader: WindowReader[Any], window: Window, page: Any) -> Iterator[Any]:
    """Page by number over the whole window, until a page is empty."""
    seen: set[str] = set()
    number = 1
    while fresh := [row for row in page.rows if reader.key(row) not in seen]:
        seen |= {reader.key(row) for row in fresh}
        yield from reader._of(window, fresh)
        number += 1
        page = reader._page(window, number)


def whole_if_short(reader: WindowReader[Any], _: Window, page: Any) -> Any:
    """Take a page that is not full for the last one, although a server may lower its size."""
    return page.rows if len(page.rows) < 5 else None


def whole_if_next_is_empty(reader: WindowReader[Any], window: Window, page: Any) -> Any:
    """Without a total, believe the empty page behind and do not look again."""
    if page.total:
        return page.rows if page.total == len(page.rows) else None
    return None if reader._page(window, 2).rows else page.rows


def one_pass(reader: WindowReader[Any], window: Window) -> Any:
    """Read a crowded second once, as far as the total of its first page says."""
    total, number = None, 0
    rows: dict[str, Any] = {}
    while total is None or number * SHORT < total:
        number += 1
        page = reader._page(window, number)
        total = page.total or 0 if total is None else total
        rows |= {reader.key(row): row for row in page.rows}
    return list(rows.values())


def watermark_by_the_greatest_seen(world: World) -> str | None:
    stored = world.shelf.rows["orders"].values()
    newest = max((str(cells["source_updated_at"]) for cells in stored), default="")
    return f"{newest}+08:00".replace(" ", "T") if newest else None


def settle_by_the_greatest_seen(run: HistoryRun, *told: Any) -> None:
    if moves(run, *told) and (seen := watermark_by_the_greatest_seen(run.world)):
        run.state.set(WATERMARK, seen)


def watermark_before_the_write(run: HistoryRun, window: RunWindow) -> Any:
    if window.moves_watermark:
        move_watermark(run.state, window.until.astimezone(SHOP_ZONE).isoformat())
    return REAL_LISTING(run, window)


def only_what_is_new(run: HistoryRun, *told: Any) -> None:
    if moves(run, *told):
        moved = datetime.fromisoformat(run.state.get(WATERMARK))
        run.state.set(WATERMARK, (moved + SECOND).isoformat())


def moves(run: HistoryRun, window: RunWindow, *told: Any) -> bool:
    """Settle as the flow does; tell whether the run moves the watermark."""
    REAL_SETTLING(run, window, *told)
    return bool(window.moves_watermark)


def only_its_interval(
    interval: tuple[datetime, datetime], _: str, __: str, closed: datetime
) -> order_window.RunWindow:
    since, until = interval[0] - order_window.OVERLAP, min(interval[1], closed)
    return order_window.RunWindow(since, until, moves_watermark=True)


def pages_from_zero(client: XiaoeClient, query: Any, page: int, page_size: int = 100) -> Any:
    body = {**query.body(), "page": page - 1, "page_size": page_size}
    return read_page("order.list", client._caller.call("order.list", body), Order)


def only_young_days(since: datetime, until: datetime) -> list[Window]:
    return [
        window
        for window in REAL_DAYS(since, until)
        if until - window.since < 3 * reread_schedule.DAY
    ]


def never_older_ranges(feed: UpdateFeed, part: Window) -> Iterator[Any]:
    yield from feed._alone(part)


REAL_LISTING, REAL_SETTLING = HistoryRun.list_orders, HistoryRun.settle
REAL_DAYS = reread_schedule.days_due
TOO_LONG = timedelta(days=60)
# While 65 days are healed in slices, an order of the first slice changes again in the third.
LONG_OUTAGE = (
    Run(1),
    Run(
        6_300,
        meanwhile=(
            Meanwhile(Act("place", 1), part=0.1),
            Meanwhile(Act("place", 1), part=0.7),
            Meanwhile(Act("remark"), part=0.9),
        ),
    ),
)

# The overlap would read a young second twice.
CROWD_LONG_AGO = (Run(1), Run(40, meanwhile=(Meanwhile(Act("crowd", 5), part=0.3),)))

THREE_LONG_AGO = (
    Run(1),
    Run(40, meanwhile=tuple(Meanwhile(Act("place"), part=part) for part in (0.30, 0.31, 0.32))),
)
A_REMARK = st.builds(
    lambda requests, number: (Stir(requests, 1, Act("remark", number)),),
    st.integers(9, 21),
    st.integers(1, 3),
)
SHOWN_LATE = (Run(1), Run(1, meanwhile=(Meanwhile(Act("late", 1), edge=-1),)), Run(2))
FIRST_RUN_FAILS = (
    Run(1, vendor_fails_at=0, meanwhile=(Meanwhile(Act("place", 1), part=0.1),)),
    Run(8),
)
# An order of half a year ago, that the ranges of creation time no longer reach.
IMPORTED_BEFORE_THE_HORIZON = (
    Run(1),
    Run(1_000, meanwhile=(Meanwhile(Act("import", 5), part=0.05),)),
)
PLACED_AT_THE_END = Meanwhile(Act("place", 1), edge=0)

MISTAKES = (
    Mistake("`>` for `>=`", ((Window, "covers", covers_without_its_start),)),
    Mistake(
        "exclusive ends not padded",
        ((Window, "asked", property(lambda window: (window.since, window.until))),),
        switches={"window_start": "exclusive", "window_end": "exclusive"},
    ),
    Mistake(
        "no overlap",
        ((order_window, "OVERLAP", timedelta(0)),),
        {"feed": "update", "runs": SHOWN_LATE},
    ),
    Mistake(
        "plain paging",
        ((WindowReader, "_pages", plain_paging),),
        {"feed": "update", "page_size": SHORT, "runs": THREE_LONG_AGO, "stirs": A_REMARK},
    ),
    Mistake(
        "stop at a short page",
        ((WindowReader, "_whole", whole_if_short),),
        {"page_size": 5},
        {"page_size_cap": 2},
    ),
    Mistake(
        "an empty next page is believed",
        ((WindowReader, "_whole", whole_if_next_is_empty),),
        {
            "feed": "update",
            "page_size": SHORT,
            "past": ((45.0, Act("place")),),
            "runs": THREE_LONG_AGO,
            "stirs": A_REMARK,
        },
        {"total": "missing", "update_filter": "honoured", "update_requires_created": False},
    ),
    Mistake(
        "the first page's total is trusted",
        ((WindowReader, "_again", one_pass),),
        {"page_size": SHORT, "runs": CROWD_LONG_AGO},
        {"total": "exact", "tie_break": "random", "page_size_cap": None},
        seed=2,
    ),
    Mistake(
        "pages counted from 0",
        ((XiaoeClient, "list_orders", pages_from_zero),),
        {"page_size": SHORT, "feed": "update"},
        {"page_zero": "first"},
    ),
    Mistake(
        "a window longer than the vendor's",
        (
            (update_feed, "LIST_SPAN", TOO_LONG),
            (orders, "CREATED_SPAN", TOO_LONG),
            (calls, "LONGEST_WINDOW", 2 * TOO_LONG),
            (calls, "LONGEST_CREATED_WINDOW", 2 * TOO_LONG),
            (order_window, "LONGEST_CATCH_UP", TOO_LONG),
        ),
        switches={"window_over_limit": "clip"},
    ),
    Mistake(
        "watermark by the greatest seen",
        ((HistoryRun, "settle", settle_by_the_greatest_seen),),
        {"feed": "update", "runs": LONG_OUTAGE},
    ),
    Mistake(
        "watermark before the write", ((HistoryRun, "list_orders", watermark_before_the_write),)
    ),
    Mistake(
        "watermark one second on, no overlap",
        ((HistoryRun, "settle", only_what_is_new), (order_window, "OVERLAP", timedelta(0))),
        {"feed": "update", "runs": (Run(1), Run(1, meanwhile=(PLACED_AT_THE_END,)), Run(1))},
        seed=2,
    ),
    Mistake(
        "only young days read again",
        ((order_list, "days_due", only_young_days),),
        {"feed": "create"},
    ),
    Mistake(
        "older creation times forgotten",
        ((UpdateFeed, "_read_part", never_older_ranges),),
        {"feed": "update"},
        {"update_filter": "within_created_default"},
    ),
    Mistake(
        "an outage healed in one interval",
        ((order_window, "_scheduled", only_its_interval),),
    ),
    Mistake(
        "first runs that fail leave no anchor",
        ((order_window.RunWindow, "anchor", None),),
        {"feed": "update", "runs": FIRST_RUN_FAILS},
    ),
    Mistake(
        "a filter that is ignored is believed",
        (
            (order_list, "probe_update_filter", lambda *_: None),
            (Window, "covers_when_asked", lambda *_: True),
        ),
        {"feed": "update", "page_size": 100, "runs": IMPORTED_BEFORE_THE_HORIZON},
        {"update_filter": "ignored", "page_size_cap": None, "total": "exact"},
        seed=6,
    ),
)
