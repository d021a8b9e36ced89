"""Lists that hurt: more orders in one second than a page holds, totals that lie, no last page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from connectors.errors import ConnectorError, ContractError, RetryableError
from connectors.xiaoe.models import Page
from connectors.xiaoe.rows import UnreadableRows
from include.simulators.clock import SHANGHAI
from include.source import paging
from include.source.orders import CreateFeed
from include.source.paging import WindowReader
from include.source.update_feed import UpdateFeed
from include.source.windows import SECOND, Window
from tests.histories.history import Act, History
from tests.histories.world import World

NOW = datetime(2026, 11, 11, 10, 20, 40, tzinfo=SHANGHAI)
HOUR = Window(NOW - timedelta(hours=1), NOW - SECOND)
# The half minute in which the orders of an hour lie: to split the rest takes most of the calls.
AROUND = Window(HOUR.until - timedelta(minutes=14, seconds=30), HOUR.until - timedelta(minutes=14))
CROWD = tuple((0.01, Act("crowd", 5)) for _ in range(3))  # 12 orders in one second


def crowded(feed: str, past=CROWD, **switches) -> World:
    world = World(
        History(feed, NOW, switches={"distorted_apis": "order.list*", **switches}, past=past)
    )
    world.stirring = False
    return world


def read(world: World, window: Window = HOUR) -> list[str]:
    client = world.context().xiaoe
    feed = UpdateFeed(client, 5) if world.history.feed == "update" else CreateFeed(client, 5)
    return [ref.order_id for ref in feed.read(window)]


@pytest.mark.parametrize("feed", ["update", "create"])
@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"total": "string"},
        {"total": "missing"},
        {"total": "zero"},
        {"tie_break": "reversed"},
        {"tie_break": "random"},
        {"page_size_cap": 2},
        {"page_size_cap": 2, "tie_break": "random"},
        {"last_page_repeats": True, "total": "missing"},
        {"duplicate_rows": True, "total": "missing"},
        {"duplicate_rows": True},
        {"duplicate_rows": True, "page_size_cap": 2},
    ],
    ids=str,
)
def test_a_crowded_second_is_read_whole(feed, switches):
    world = crowded(feed, **switches)
    assert sorted(read(world)) == sorted(world.source.orders.current)


@pytest.mark.parametrize("number", [2, 3, 4])
@pytest.mark.parametrize("last_page_repeats", [False, True])
def test_a_row_shown_twice_hides_none_that_a_shuffled_page_leaves_out(number, last_page_repeats):
    """Once lost: the list counts 3, page 1 shows a, b and a again, page 2 shows b instead of c."""
    shuffled = {"page_size_cap": 2, "duplicate_rows": True, "tie_break": "random"}
    world = crowded(
        "update",
        past=tuple((0.01, Act("place")) for _ in range(number)),
        last_page_repeats=last_page_repeats,
        **shuffled,
    )
    for _ in range(6):
        assert sorted(read(world, AROUND)) == sorted(world.source.orders.current)


@pytest.mark.parametrize("feed", ["update", "create"])
@pytest.mark.parametrize(
    "switches", [{"total": "one_more"}, {"short_list": True}, {"order_depth_cap": 10}], ids=str
)
def test_a_list_that_never_shows_what_it_counts_is_a_loud_error(feed, switches):
    if feed == "create" and "order_depth_cap" in switches:
        switches = {"stream": "normal", "total": "one_more"}  # list 1.1 has no such limit
    with pytest.raises(ContractError, match="反复读取只得到"):
        read(crowded(feed, **switches))


@pytest.mark.parametrize("total", ["missing", "zero"])
def test_a_list_without_total_and_without_order_is_read_whole_or_not_at_all(total):
    world = crowded("update", total=total, tie_break="random")
    with pytest.raises(RetryableError, match="无法完整读取"):
        read(world)


def test_totals_that_jump_are_read_whole_or_not_at_all():
    world = crowded("update", total="jumping")
    try:
        assert sorted(read(world, AROUND)) == sorted(world.source.orders.current)
    except ConnectorError as error:
        assert "order.list" in str(error)  # noqa: PT017 - either outcome is right


def reader_of(ask: Callable[[Window, int], Page[str]]) -> WindowReader[str]:
    """Return a reader of rows that all lie where the window begins that was asked for last."""
    asked: list[Window] = []

    def noting(window: Window, number: int) -> Page[str]:
        asked.append(window)
        return ask(window, number)

    return WindowReader[str](
        "order.list",
        noting,
        key=lambda row: row,
        moment=lambda _: asked[-1].since,
        field="update_time",
        unreadable=UnreadableRows(),
    )


def scripted(pages: list[Page[str]]) -> WindowReader[str]:
    """Return a reader of one second that has these pages."""
    return reader_of(
        lambda _, number: pages[number - 1] if number <= len(pages) else Page([], pages[0].total)
    )


SECOND_AT = Window(HOUR.since, HOUR.since)


def test_an_order_that_a_page_shows_twice_stands_for_no_other_one():
    reader = scripted([Page(["a", "b", "c", "a"], 4), Page(["d", "d"], 4)])
    assert sorted(reader.read(SECOND_AT)) == ["a", "b", "c", "d"]


def test_an_order_that_the_list_also_counts_twice_is_no_reason_to_stop():
    assert sorted(scripted([Page(["a", "b", "a"], 3)]).read(SECOND_AT)) == ["a", "b"]


@pytest.mark.parametrize(
    "pages",
    [
        [Page(["a", "b"], 4), Page(["b", "c"], 4)],
        [Page(["a", "b"], 3), Page(["b"], 3)],  # sorted otherwise for each page: c is hidden
    ],
)
def test_an_order_that_comes_on_two_pages_is_no_proof_that_none_is_hidden(pages):
    with pytest.raises(ContractError, match="反复读取只得到"):  # moved, or counted twice: unproven
        list(scripted(pages).read(SECOND_AT))


def test_without_a_count_a_row_that_moves_up_to_the_page_before_is_not_missed():
    """`c` stands on the second page, and on the first when the second one is asked for."""
    answers = iter([Page(["a", "b"], None), Page([], None)])

    def ask(_: Window, number: int) -> Page[str]:
        moved = Page(["b", "c"], None) if number == 1 else Page([], None)
        return next(answers, moved)

    assert {"b", "c"} <= set(reader_of(ask).read(HOUR))


def test_a_list_without_an_end_is_given_up(monkeypatch):
    monkeypatch.setattr(paging, "MOST_PAGES_OF_A_SECOND", 20)
    asked = []

    def endless(window: Window, number: int) -> Page[str]:
        asked.append(number)
        return Page([f"{window.since:%s}-{number}"], None)

    with pytest.raises(RetryableError):
        list(reader_of(endless).read(HOUR))
    assert len(asked) < 100


@pytest.mark.parametrize("feed", ["update", "create"])
@pytest.mark.parametrize("answer", ["clip", "error"])
def test_no_window_is_longer_than_the_vendor_serves(feed, answer):
    past = tuple((float(days), Act("place")) for days in range(1, 200, 9))
    world = World(History(feed, NOW, switches={"window_over_limit": answer}, past=past))
    world.stirring = False
    client = world.context().xiaoe
    feed_of = UpdateFeed(client) if feed == "update" else CreateFeed(client)
    long = Window(NOW - timedelta(days=200), NOW - SECOND)
    found = {ref.order_id for ref in feed_of.read(long)}
    assert found == set(world.source.orders.current)


def test_several_months_are_read_where_creation_times_are_wanted_but_do_not_limit():
    past = tuple((float(days), Act("place")) for days in range(1, 100, 9))
    switches = {"update_requires_created": True, "several_times": "override"}
    world = World(History("update", NOW, switches=switches, past=past))
    world.stirring = False
    long = Window(NOW - timedelta(days=100), NOW - SECOND)
    found = {ref.order_id for ref in UpdateFeed(world.context().xiaoe).read(long)}
    assert found == set(world.source.orders.current)


@pytest.mark.parametrize("feed", ["update", "create"])
def test_a_count_that_jumps_costs_a_few_more_calls_and_not_one_for_each_second(feed):
    world = crowded(feed, total="jumping")
    month = Window(NOW - timedelta(days=30), NOW - SECOND)
    assert len(set(read(world, month))) == 12
    assert len(world.app.simulation.journal.entries()) < 1500


def test_rows_that_are_counted_and_never_shown_are_told():
    with pytest.raises(ContractError, match="一段时间内应有 2 条，反复读取只得到 0 条"):
        list(scripted([Page([], 2)]).read(HOUR))
