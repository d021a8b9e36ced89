"""From a pushed message to the rows in HAP: the real receiver, the real steps, no scheduler."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest

from airflow_extras.xcom import decoded
from connectors.errors import Bilingual, RejectedError, RetryableError
from connectors.xiaoe.client import XiaoeClient
from include.flows.orders.pushed import Pushed, Work
from include.flows.run.error_rows import Failure, record_failures
from include.simulators.faults import FaultRule, Kind
from include.simulators.hap.human import Person
from include.simulators.hap.plain import plain_rows
from include.simulators.xiaoe.live import Ticker
from tests.dag_runs import PushRun
from tests.error_rows import entity_of
from tests.pipeline.nights import night
from tests.pipeline.oracle import duplicates, order_differences, stored_orders
from tests.push.conftest import bought, kept_events


@pytest.fixture
def run(world, last_event):
    """The DAG's steps, over what was pushed since the last run that was settled."""
    world.base_data()
    world.all_orders()
    return partial(_run, world, {"id": last_event})


def _run(world, cursor, **changes) -> list[str]:
    """Returns the orders that were asked for."""
    events = kept_events(cursor["id"])
    if not events:
        return []
    played = PushRun(partial(world.context, **changes), lambda: Pushed.of(events))
    played.play()
    cursor["id"] = played.done.last_event if played.done else cursor["id"]
    batch = decoded(Work, played.handed_on).batch
    return [order.order_id for order in batch.orders] if batch else []


def live_on(world, events: int) -> None:
    """Let things happen in the shop, some of which no order shows."""
    shop, ticker = world.source, Ticker(world.source, seed=7)
    for number in range(events):
        ticker.tick()
        if number % 5 == 0:
            user_id = shop.register_user(f"新用户{number}").user_id
            form = next(iter(shop.forms.values()))
            shop.answer_form(form.form_id, user_id, {form.questions[0]: f"新用户{number}"})


def customers_in_hap(world) -> set[str]:
    return {row["user_id"] for row in plain_rows(world.store, "customers")}


def test_pushed_orders_and_customers_are_in_hap_after_one_run(world, run, last_event):
    live_on(world, 20)
    world.pushes.deliver()
    run()
    pushed = {name for event in kept_events(last_event) for name in event.orders}
    assert len(pushed) > 10
    different = order_differences(world.source, world.store)  # a remark is told by no message
    assert {told.split(".")[0] for told in different} & pushed == set()
    assert duplicates(world.store) == []
    shown = {name for name, user in world.source.users.items() if user.listed}
    assert shown <= customers_in_hap(world)


def test_a_push_tells_of_a_refund_that_does_not_move_the_update_time(world, run):
    order_id = bought(world)
    world.pushes.deliver()
    run()
    world.source.rules.update_time_ignores = frozenset({"refund"})
    world.source.refund(order_id)
    world.all_orders()
    assert stored_orders(world.store)[order_id]["refund_state"] == "无售后"
    world.pushes.deliver()
    run()
    assert stored_orders(world.store)[order_id]["refund_state"] == "全额退款"


def test_a_push_about_what_hap_holds_already_writes_nothing(world, run):
    order_id = bought(world)
    world.pushes.deliver()
    run()
    seen = world.hap_journal.entries()[-1].sequence
    world.source.tell("order_change", order_id=order_id, action="settle")
    world.pushes.deliver()
    assert run() == [order_id]
    assert world.writes(after=seen) == []


def test_lost_doubled_and_disordered_pushes_change_nothing_in_the_end(world, run, last_event):
    settings = world.source.rules
    settings.push_drop, settings.push_double, settings.push_spread = 0.3, 0.3, 600
    for _ in range(3):
        live_on(world, 15)
        world.source.clock.advance(300)
        world.pushes.deliver()
        run()
    world.source.clock.advance(600)
    world.pushes.deliver()
    run()

    counts = world.pushes.counts
    assert counts["dropped"] > 10
    assert counts["acknowledged"] > counts["happened"] - counts["dropped"]  # doubles
    pushed = {name for event in kept_events(last_event) for name in event.orders}
    assert pushed <= stored_orders(world.store).keys()
    assert order_differences(world.source, world.store) != []  # what was lost is not there yet

    world.all_orders()  # the poller
    assert order_differences(world.source, world.store) == []
    night(world)  # and the nightly run, for what no order shows
    assert duplicates(world.store) == []
    assert order_differences(world.source, world.store) == []
    seen = world.hap_journal.entries()[-1].sequence
    world.base_data()
    world.all_orders()
    assert [one.effect for one in world.writes(after=seen)] == []


def test_a_pushed_order_that_fails_is_recorded_and_the_poller_takes_it_again(world, run):
    order_id = bought(world)
    world.pushes.deliver()
    world.refuse_orders(order_id)
    assert run() == [order_id]
    (error_row,) = plain_rows(world.store, "sync_errors")
    assert (error_row["record_id"], error_row["status"]) == (order_id, "待处理")
    world.refuse_orders()
    world.all_orders()
    assert order_id in stored_orders(world.store)


def test_a_pushed_customer_whose_forms_cannot_be_read_is_written_and_completed(world, run):
    user_id = world.source.register_user("王小明").user_id
    world.pushes.deliver()
    world.xiaoe_faults.set([FaultRule(api="information.user", kind=Kind.CODE, code=3001)])
    run()
    (error_row,) = plain_rows(world.store, "sync_errors")
    assert (entity_of(error_row), error_row["record_id"]) == ("customer.forms", user_id)
    assert user_id in customers_in_hap(world)
    world.xiaoe_faults.clear()
    night(world)
    assert [row["status"] for row in plain_rows(world.store, "sync_errors")] == ["已解决"]


def test_a_push_closes_the_error_rows_of_the_customer_and_of_the_forms_that_it_brings(world, run):
    user_id = world.source.register_user("王小明").user_id
    form = next(iter(world.source.forms.values()))
    answer = world.source.answer_form(form.form_id, user_id, {form.questions[0]: "王小明"})
    error = RetryableError("x", Bilingual("暂时失败", "failed for now"), Bilingual("稍后", "later"))
    record_failures(
        world.context(),
        [
            Failure("customer", user_id, "customer", error),
            Failure("collected_info", str(answer.number), "collected_info", error),
        ],
    )
    world.pushes.deliver()
    run()
    assert [row["status"] for row in plain_rows(world.store, "sync_errors")] == ["已解决"] * 2


def test_an_order_that_no_list_shows_yet_is_left_to_the_poller(world, run):
    world.source.rules.list_lag = 60
    order_id = bought(world)
    world.pushes.deliver()
    assert run() == []
    assert plain_rows(world.store, "sync_errors") == []
    world.source.clock.advance(61)
    world.all_orders()
    assert order_id in stored_orders(world.store)


def test_a_merged_account_is_not_written_as_an_empty_customer(world, run):
    shop = world.source
    old, new = (shop.register_user(name).user_id for name in ("旧账号", "新账号"))
    shop.merge_users(old, new)
    world.pushes.deliver()
    run()
    assert (old in customers_in_hap(world), new in customers_in_hap(world)) == (False, True)


def test_a_pushed_merge_moves_the_orders_though_it_comes_twice(world, run):
    shop = world.source
    shop.rules.merged_orders, shop.rules.push_double = "kept", 1.0
    order_id = bought(world)
    old, new = shop.orders.current[order_id].user_id, shop.register_user("新账号").user_id
    world.pushes.deliver()
    run()
    shop.merge_users(old, new)
    world.pushes.deliver()
    run()
    assert stored_orders(world.store)[order_id]["customer"] == new
    (pair,) = plain_rows(world.store, "merged_accounts")
    assert (pair["source_user_id"], pair["target_user_id"]) == (old, new)
    assert pair["merged_at"]
    assert run() == []


def test_a_phone_that_was_bound_anew_and_a_changed_tag_are_read_from_the_shop(world, run):
    user_id = world.source.register_user("王小明", bind_phone="13800000001").user_id
    world.pushes.deliver()
    run()
    world.source.change_user(user_id, bind_phone="13900000009")
    world.source.tell("user_tag_change", user_id=user_id, update_date="2026-11-26 12:00:00")
    world.pushes.deliver()
    assert [event.users for event in kept_events(0)[-2:]] == [[user_id], [user_id]]
    run()
    (row,) = (r for r in plain_rows(world.store, "customers") if r["user_id"] == user_id)
    assert (row["phone"], row["bound_phone"]) == ("13900000009", "13900000009")


def test_a_preview_writes_nothing_and_forgets_no_push(world, run):
    order_id = bought(world)
    world.pushes.deliver()
    seen = world.hap_journal.entries()[-1].sequence
    run(preview=True)
    assert world.writes(after=seen) == []
    assert run() == [order_id]


def test_the_watermark_of_the_poller_stays_where_it_is(world, run):
    bought(world)
    world.pushes.deliver()
    run()
    since = world.source.clock.now() - timedelta(hours=1)
    row = next(row for row in plain_rows(world.store, "sync_config") if row["api"] == "order.list")
    assert row["last_status"] == "成功"
    assert str(row["window_start"]) > since.strftime("%Y-%m-%d %H:%M:%S")


def test_a_run_log_names_nobody(world, run, caplog):
    caplog.set_level(logging.DEBUG, logger="include")
    bought(world)
    world.pushes.deliver()
    run()
    assert "推送了 1 个订单" in caplog.text
    assert "王小明" not in caplog.text
    assert "13800000001" not in caplog.text


def calls_of(world, act) -> Counter:
    """Do something; return what it asked the shop."""
    seen = world.xiaoe_journal.entries()[-1].sequence
    act()
    return Counter(one.api for one in world.xiaoe_journal.entries(after=seen))


ONE_ORDER = {"order.list": 1, "order.detail": 1, "user.by_id": 1, "information.user": 1}


def test_a_run_of_one_pushed_order_asks_for_each_thing_once(world, run):
    order_id = bought(world)  # whose buyer has just registered, which is pushed as well
    world.pushes.deliver()
    assert calls_of(world, run) == {**ONE_ORDER, "user.info": 1}
    assert order_id in stored_orders(world.store)


def test_the_creation_time_of_an_order_that_is_months_old_is_asked_for(world, run):
    shop = world.source
    goods = next(one for one in shop.goods.values() if one.sale_status == 1 and one.price)
    user_id = next(iter(shop.users))
    at = shop.clock.now() - timedelta(days=50)
    order = shop.pay(shop.place_order(user_id, goods.goods_id, at=at).order_id, at=at)
    world.all_orders()
    shop.refund(order.order_id)
    world.pushes.deliver()
    asked = calls_of(world, run)
    assert (asked["order.list"], asked["order.detail"]) == (2, 2)
    assert stored_orders(world.store)[order.order_id]["refund_state"] == "全额退款"


@pytest.mark.parametrize("call", ["order_detail", "list_user_answers"])
def test_pushes_are_read_side_by_side(world, run, monkeypatch, call):
    """In the threads of the client: in a run of fifty pushes no call waits for the one before."""
    threads = threads_of(monkeypatch, call)
    world.threads = 4
    shop = world.source
    old = next(name for name, one in shop.orders.current.items() if one.pay_state)
    bought(world)
    shop.register_user("李小红")
    world.pushes.deliver()
    shop.tell("order_change", order_id="o_1700000000_unknown", action="settle")
    shop.tell("order_change", order_id=old, action="settle")
    world.pushes.deliver()
    run()
    assert threads
    assert all(name.startswith("calls") for name in threads), threads


def threads_of(monkeypatch, call: str) -> list[str]:
    """Return where the names of the threads go in which a call of the client is made."""
    names: list[str] = []
    real = getattr(XiaoeClient, call)

    def noting(*args, **kwargs):
        names.append(threading.current_thread().name)
        return real(*args, **kwargs)

    monkeypatch.setattr(XiaoeClient, call, noting)
    return names


def test_a_pushed_order_and_customer_that_a_person_ignores_are_left_alone(world, run):
    user_id = world.source.register_user("不要同步").user_id
    order_id = bought(world)
    wait = RejectedError("orders", Bilingual("原因", "why"), Bilingual("办法", "what to do"))
    ignored = [("order", order_id), ("customer", user_id)]
    record_failures(world.context(), [Failure(*one, "orders", wait) for one in ignored])
    for row in plain_rows(world.store, "sync_errors"):
        Person(world.store).edit("sync_errors", row["rowid"], {"status": "忽略"})
    world.pushes.deliver()
    assert run() == []
    assert order_id not in {row["order_id"] for row in plain_rows(world.store, "orders")}
    assert user_id not in customers_in_hap(world)
    statuses = {row["status"] for row in plain_rows(world.store, "sync_errors")}
    assert statuses == {"忽略"}
