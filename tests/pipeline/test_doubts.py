"""A night that finds something unlikely asks a person, and writes none of it before the answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Literal

import pytest

from include.flows.reconcile.catch_up import PARTS
from include.flows.reconcile.review import pick_up
from include.simulators.hap.plain import plain_rows
from include.simulators.journal import Entry
from tests.pipeline.nights import (
    last_sequence,
    ledger,
    night,
    person,
    switches,
    synced_world,
)
from tests.pipeline.oracle import order_differences
from tests.pipeline.world import World


@pytest.fixture(params=["update", "create"])
def world(request, tmp_path):
    with synced_world(tmp_path, feed=request.param) as opened:
        yield opened


@pytest.fixture
def large_world(tmp_path):
    with synced_world(tmp_path, orders_per_day=20) as opened:
        yield opened


def effects(world: World, after: int) -> list[Entry]:
    """Return what was written beside what a run reports of itself."""
    entries = world.hap_journal.entries(after=after)
    return [one for one in entries if one.effect and " sync_config " not in one.effect]


def dry_up(world: World, stream: Literal["empty", "tenth"]) -> None:
    switches(world).stream = stream
    switches(world).distorted_apis = "order.list*"


def test_an_ordinary_night_asks_nobody(world):
    assert night(world).asked == []


@pytest.mark.parametrize("stream", ["empty", "tenth"])
def test_orders_that_dry_up_are_shown_to_a_person_and_a_stop_writes_nothing(world, stream):
    assert night(world).green
    rows = plain_rows(world.store, "orders")
    dry_up(world, stream)
    seen = last_sequence(world)
    stopped = night(world)
    (question,) = stopped.asked
    assert "| 这些天的订单 / the orders of these days | " in question
    assert "存疑的内容没有写入" in stopped.error
    assert effects(world, seen) == []
    assert plain_rows(world.store, "orders") == rows
    switches(world).stream = "normal"
    assert night(world).green


def test_orders_that_really_are_gone_stay_in_hap_when_the_night_goes_on(world):
    assert night(world).green
    held = {row["order_id"] for row in plain_rows(world.store, "orders")}
    dry_up(world, "empty")
    gone = night(world, goes_on=True)
    assert len(gone.asked) == 1
    assert "明道云多出" in gone.error
    assert {row["order_id"] for row in plain_rows(world.store, "orders")} == held
    assert "不一致" in {row["status"] for row in ledger(world).values()}


def test_order_rows_that_vanish_from_hap_come_back_once_a_person_says_so(tmp_path):
    with synced_world(tmp_path) as world:
        assert night(world).green
        for row in plain_rows(world.store, "orders"):
            person(world).delete("orders", str(row["rowid"]))
        (question,) = night(world).asked
        assert "明道云里这些天的订单行" in question
        assert plain_rows(world.store, "orders") == []
        days = night(world, goes_on=True).compared.days.values()
        missing = {order_id for day in days for order_id in day.missing}
        assert {row["order_id"] for row in plain_rows(world.store, "orders")} == missing != set()


@pytest.mark.parametrize("stream", ["empty", "tenth"])
@pytest.mark.parametrize("api", PARTS)
def test_users_goods_and_answers_that_dry_up_wait_for_a_person(tmp_path, stream, api):
    with synced_world(tmp_path) as world:
        assert pick_up(world.context(), PARTS[api]).doubt is None
        switches(world).stream = stream
        seen = last_sequence(world)
        waiting = pick_up(world.context(), PARTS[api])
        assert waiting.counts is None
        assert waiting.doubt
        assert effects(world, seen) == []


def test_a_part_that_waits_holds_up_no_other_part_of_the_night(tmp_path):
    with synced_world(tmp_path) as world:
        victim = plain_rows(world.store, "orders")[-1]
        person(world).delete("orders", str(victim["rowid"]))
        switches(world).stream = "empty"
        switches(world).distorted_apis = "user.list*"
        waited = night(world, goes_on=True)
        (question,) = waited.asked
        assert question.count("\n| ") == 2  # the head, and the user list
        assert "用户列表" in question
        assert order_differences(world.source, world.store) == []


def overwrite(world: World, sheet: str, cells: dict[str, object], rows: int) -> None:
    """As an import of a person's would; the newest rows."""
    held = plain_rows(world.store, sheet)
    held.sort(key=lambda row: str(row["created_at"]), reverse=True)
    for row in held[:rows]:
        person(world).edit(sheet, str(row["rowid"]), cells)


def test_more_than_a_twentieth_of_the_orders_and_more_than_a_hundred_are_not_changed_unasked(
    large_world,
):
    assert night(large_world).asked == []
    overwrite(large_world, "orders", {"amount_paid": 1}, 120)
    seen = last_sequence(large_world)
    (question,) = night(large_world).asked
    assert "工作表「订单」" in question
    assert "行会改变" in question
    assert effects(large_world, seen) == []
    assert night(large_world, goes_on=True).green
    assert order_differences(large_world.source, large_world.store) == []


def test_a_hundred_orders_are_changed_without_a_question(large_world):
    overwrite(large_world, "orders", {"amount_paid": 1}, 100)
    assert night(large_world).asked == []
    assert order_differences(large_world.source, large_world.store) == []


def test_what_a_release_changes_is_announced_and_not_asked(large_world):
    overwrite(large_world, "orders", {"amount_due": 1, "source_hash": f"v1:{'0' * 32}"}, 160)
    assert night(large_world).asked == []
    assert order_differences(large_world.source, large_world.store) == []


def channels(world: World) -> Counter[str]:
    return Counter(str(row["channel"]) for row in plain_rows(world.store, "customers"))


def test_most_customers_changing_at_once_is_asked_before_more_than_a_hundred_change(large_world):
    night(large_world)
    users = large_world.source.users
    for name, user in users.items():
        users[name] = replace(user, channel="故障")
    (question,) = night(large_world).asked
    assert "工作表「客户」" in question
    assert "来源" in question
    assert channels(large_world)["故障"] <= 100
    assert len((again := night(large_world, goes_on=True)).asked) == 1
    assert again.green
    assert channels(large_world)["故障"] == sum(user.listed for user in users.values())
