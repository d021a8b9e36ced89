"""A night that finds something unlikely asks a person, and writes none of it before the answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any, Literal

import pytest

from connectors.errors import Bilingual, ContractError, RejectedError
from connectors.mingdao.models.rows import RowPage
from include.destination.rows import list_rows
from include.flows.customers.user_list import USERS
from include.flows.reconcile import catch_up
from include.flows.reconcile.catch_up import PARTS
from include.flows.reconcile.review import pick_up, review_night, undone
from include.flows.run import volume_checks
from include.flows.run.error_rows import Failure, record_failures
from include.flows.run.volume_checks import StreamDriedUpError
from include.simulators.hap.plain import plain_rows
from include.simulators.journal import Entry
from tests.dag_run import Memory
from tests.pipeline.nights import (
    last_sequence,
    ledger,
    night,
    order_row,
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
    assert "存疑的内容没有写入：" in stopped.error
    assert "这些天的订单" in stopped.error
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
        assert pick_up(world.context(), api, PARTS[api], Memory()).doubt is None
        switches(world).stream = stream
        seen = last_sequence(world)
        waiting = pick_up(world.context(), api, PARTS[api], Memory())
        assert waiting.counts is None
        assert waiting.doubt
        assert effects(world, seen) == []


def test_a_part_that_is_doubted_and_refused_leaves_no_order_missing(tmp_path):
    with synced_world(tmp_path) as world:
        victim = plain_rows(world.store, "orders")[-1]
        person(world).delete("orders", str(victim["rowid"]))
        switches(world).stream = "empty"
        switches(world).distorted_apis = "user.list*"
        stopped = night(world)
        (question,) = stopped.asked
        assert question.count("\n| ") == 2  # the head, and the user list
        assert "用户列表" in question
        assert order_differences(world.source, world.store) == []
        day = ledger(world)[str(victim["created_at"])[:10]]
        assert (day["status"], day["missing"]) == ("已修复", victim["order_id"])
        assert stopped.error.startswith("存疑的内容没有写入：用户列表 / ")
        assert "未完成" not in stopped.error


def test_doubted_orders_hold_up_no_other_part_of_the_night(large_world):
    overwrite(large_world, "orders", {"amount_paid": 1}, 120)
    users = large_world.source.users
    renamed = next(name for name, user in users.items() if user.listed)
    users[renamed] = replace(users[renamed], channel="新渠道")
    stopped = night(large_world)
    assert len(stopped.asked) == 1
    assert channels(large_world)["新渠道"] == 1
    assert stopped.error.startswith("存疑的内容没有写入：工作表「订单」 / ")


def test_what_a_person_sets_to_be_ignored_while_the_question_waits_is_left_alone(large_world):
    overwrite(large_world, "orders", {"amount_paid": 1}, 120)
    newest = max(plain_rows(large_world.store, "orders"), key=lambda row: str(row["created_at"]))
    order_id = str(newest["order_id"])

    def ignore() -> None:
        keep = RejectedError("orders", Bilingual("拒绝", "refused"), Bilingual("", ""), "430021")
        record_failures(large_world.context(), [Failure("order", order_id, "orders", keep)])
        (row,) = plain_rows(large_world.store, "sync_errors")
        person(large_world).edit("sync_errors", str(row["rowid"]), {"status": "忽略"})

    answered = night(large_world, goes_on=True, while_asked=ignore)
    assert len(answered.asked) == 1
    assert order_row(large_world, order_id)["amount_paid"] == 1
    assert answered.counts["still_differing"] == 0
    differences = order_differences(large_world.source, large_world.store)
    assert {one.partition(".")[0] for one in differences} == {order_id}


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


def rename_channels(world: World) -> None:
    """As when the shop's server tells the same nonsense of everybody."""
    for name, user in world.source.users.items():
        world.source.users[name] = replace(user, channel="故障")


def test_most_customers_changing_at_once_is_asked_before_more_than_a_hundred_change(large_world):
    night(large_world)
    rename_channels(large_world)
    (question,) = night(large_world).asked
    assert "工作表「客户」" in question
    assert "来源" in question
    assert channels(large_world)["故障"] <= 100
    assert len((again := night(large_world, goes_on=True)).asked) == 1
    assert again.green
    rows = plain_rows(large_world.store, "customers")
    changed = {row["user_id"] for row in rows if row["channel"] == "故障"}
    users = large_world.source.users.values()
    assert {user.user_id for user in users if user.listed} <= changed  # others come with orders


def test_blanks_that_are_filled_are_no_change(large_world):
    """As when a shop begins to ask for something, or an interface is switched on."""
    night(large_world)
    for row in plain_rows(large_world.store, "customers"):
        person(large_world).edit("customers", str(row["rowid"]), {"channel": ""})
    users = large_world.source.users
    for name, user in users.items():
        users[name] = replace(user, channel="新问的")
    filled = night(large_world)
    assert filled.asked == []
    assert channels(large_world)["新问的"] > 100


def test_the_question_says_how_many_rows_have_been_written(large_world, monkeypatch):
    night(large_world)
    monkeypatch.setattr(catch_up, "CUSTOMERS_AT_ONCE", 50)
    rename_channels(large_world)
    waiting = pick_up(large_world.context(), USERS, catch_up.catch_up_users, Memory())
    assert waiting.doubt
    written = channels(large_world)["故障"]
    assert 0 < written <= 100
    question = review_night(None, {USERS: waiting}).body
    assert f"其中至多 {written} 行已经写入" in question
    assert "还没有写入" not in question
    assert f"工作表「客户」（此前至多 {written} 行已经写入）" in undone([waiting.doubt]).zh


def test_a_doubt_that_nobody_has_answered_lets_the_next_nights_write_none_of_it(
    large_world, monkeypatch
):
    state = Memory()
    monkeypatch.setattr(catch_up, "CUSTOMERS_AT_ONCE", 50)
    night(large_world, state=state)
    rename_channels(large_world)
    assert len(night(large_world, state=state).asked) == 1
    written = channels(large_world)["故障"]
    assert written > 0
    assert len(night(large_world, state=state).asked) == 1
    assert channels(large_world)["故障"] == written
    assert night(large_world, state=state, goes_on=True).green
    assert channels(large_world)["故障"] > written
    assert night(large_world, state=state).asked == []
    assert state.keys() <= {"watermark"}


def test_a_doubt_that_is_gone_by_itself_is_forgotten(large_world):
    state = Memory()
    night(large_world, state=state)
    before = dict(large_world.source.users)
    rename_channels(large_world)
    assert len(night(large_world, state=state).asked) == 1
    large_world.source.users.update(before)
    night(large_world, state=state, goes_on=True)
    assert state.keys() <= {"watermark"}


def test_a_stream_that_dries_up_while_changes_are_asked_about_is_not_believed(large_world):
    night(large_world)
    rename_channels(large_world)

    def dry_up_users() -> None:
        switches(large_world).stream = "empty"
        switches(large_world).distorted_apis = "user.list*"

    with pytest.raises(StreamDriedUpError):
        night(large_world, goes_on=True, while_asked=dry_up_users)


def test_changes_that_come_up_while_a_stream_is_asked_about_are_not_made(large_world):
    night(large_world)
    switches(large_world).stream = "empty"
    switches(large_world).distorted_apis = "user.list*"

    def recover_with_nonsense() -> None:
        switches(large_world).stream = "normal"
        rename_channels(large_world)

    with pytest.raises(ContractError, match="没有问过的变化，已停下：工作表「客户」"):
        night(large_world, goes_on=True, while_asked=recover_with_nonsense)
    assert channels(large_world)["故障"] <= 100


def test_where_hap_does_not_count_its_rows_they_are_counted_and_not_taken_for_none(
    large_world, monkeypatch
):
    def uncounted(*given: Any, **named: Any) -> RowPage:
        return replace(list_rows(*given, **named), total=None)

    monkeypatch.setattr(volume_checks, "list_rows", uncounted)
    rename_channels(large_world)
    waiting = pick_up(large_world.context(), USERS, catch_up.catch_up_users, Memory())
    assert waiting.doubt
    assert waiting.doubt.known.zh == f"{len(plain_rows(large_world.store, 'customers'))} 行"
