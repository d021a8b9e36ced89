"""A new rule of the mapping reaches rows that an older version wrote, without anybody's doing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from connectors.errors import Bilingual, ContractError
from include.destination.sheets.fingerprint import is_current
from include.flows.reconcile import older_days, outdated
from include.simulators.hap.plain import plain_rows
from include.status.app import App
from include.status.rows import count_outdated
from tests.pipeline.nights import (
    ledger,
    night,
    person,
    synced_world,
    told_in,
)
from tests.pipeline.oracle import order_differences
from tests.pipeline.world import World

MONTHS = 40 * 86400


@pytest.fixture
def world(tmp_path):
    with synced_world(tmp_path) as opened:
        opened.source.place_order(*next_purchase(opened))
        opened.all_orders()
        as_before(opened)
        yield opened


def next_purchase(world: World) -> tuple[str, str]:
    user_id = next(iter(world.source.users))
    return user_id, next(g.goods_id for g in world.source.goods.values() if g.price > 1000)


def as_before(world: World) -> None:
    """Make every row what the version before wrote: the sum to pay as paid, no sum to pay."""
    fees = {o.order_id: Decimal(o.actual_fee) / 100 for o in world.source.orders.current.values()}
    for row in plain_rows(world.store, "orders"):
        old = {
            "amount_paid": fees[row["order_id"]],
            "amount_due": "",
            "source_hash": f"v1:{'0' * 32}",
        }
        person(world).edit("orders", row["rowid"], old)


def ledger_as_before(world: World) -> None:
    """Make every row of the ledger count as the version before did: the sums to pay."""
    for row in plain_rows(world.store, "sync_ledger"):
        day = str(row["day"]).split(":")[1]
        made = [o for o in world.source.orders.current.values() if day in str(o.created_at)]
        due = Decimal(sum(order.actual_fee for order in made)) / 100
        person(world).edit("sync_ledger", row["rowid"], {"source_paid": due, "hap_paid": due})


def paid_by_day(world: World) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for order in world.source.orders.current.values():
        day, paid = f"{order.created_at:%Y-%m-%d}", order.actual_fee * (order.pay_state == 1)
        sums[day] = sums.get(day, Decimal(0)) + Decimal(paid) / 100
    return sums


def of_old_rule(world: World) -> int:
    rows = plain_rows(world.store, "orders")
    return sum(not is_current(row["source_hash"], "v2") for row in rows)


def paid_in_hap(world: World) -> Decimal:
    return sum(row["amount_paid"] or Decimal(0) for row in plain_rows(world.store, "orders"))


def paid_in_shop(world: World) -> Decimal:
    orders = world.source.orders.current.values()
    return Decimal(sum(o.actual_fee for o in orders if o.pay_state == 1)) / 100


def test_the_next_night_corrects_the_last_month_and_names_no_difference(world):
    assert paid_in_hap(world) > paid_in_shop(world)
    first = night(world)
    assert first.green, first.error
    assert of_old_rule(world) == 0
    assert order_differences(world.source, world.store) == []
    assert paid_in_hap(world) == paid_in_shop(world)
    assert told_in(world, "different") == set()
    days = ledger(world).values()
    assert {row["status"] for row in days} == {"一致", "已修复"}
    assert all(row["hap_paid"] == row["source_paid"] for row in days)
    assert night(world).writes == []


def test_older_orders_are_corrected_in_turns_and_the_page_tells_how_many_wait(world, monkeypatch):
    monkeypatch.setattr(outdated, "MOST_A_NIGHT", 10)
    world.source.clock.advance(MONTHS)
    waiting = [of_old_rule(world)]
    while waiting[-1]:
        assert count_outdated(App(world.hap()), world.app_id) == waiting[-1]
        assert night(world).green
        waiting.append(of_old_rule(world))
    assert [before - after for before, after in pairwise(waiting)][:-1] == [10] * (len(waiting) - 2)
    assert count_outdated(App(world.hap()), world.app_id) == 0
    assert order_differences(world.source, world.store) == []
    assert night(world).writes == []


@pytest.fixture
def old_ledger(world):
    """The ledger counted by the old rule, unpaid orders on three days or more; a month old."""
    for back in range(1, 3):
        at = world.source.clock.now() - timedelta(days=back)
        world.source.place_order(*next_purchase(world), at=at)
    world.all_orders()
    assert night(world).green
    as_before(world)
    ledger_as_before(world)
    assert len(stale_days_of_ledger(world)) >= 3  # the small shop has unpaid ones on some days
    world.source.clock.advance(MONTHS)
    return world


def test_older_days_of_the_ledger_are_counted_anew_in_turns_and_the_page_tells_how_many_wait(
    old_ledger, monkeypatch
):
    world = old_ledger
    monkeypatch.setattr(older_days, "MOST_A_NIGHT", 2)
    stale = len(stale_days_of_ledger(world))
    assert night(world).green  # corrects the orders themselves
    for waiting in (max(0, left) for left in range(stale - 2, -2, -2)):
        assert night(world).green
        assert len(stale_days_of_ledger(world)) == waiting
        assert (f"更早的 {waiting} 天待重算" in message(world)) is bool(waiting)
    assert {row["status"] for row in ledger(world).values()} == {"一致"}
    assert [row for row in ledger(world).values() if row["hap_paid"] != row["source_paid"]] == []


def test_an_older_day_that_cannot_be_counted_or_lacks_an_order_by_now_stops_nobody(
    old_ledger, monkeypatch
):
    world, stale = old_ledger, len(stale_days_of_ledger(old_ledger))
    assert night(world).green
    before, unpaid = ledger(world), world.source.orders.current.values()
    hidden = next(one for one in unpaid if one.pay_state == 0 and one.actual_fee)
    world.source.hide_order(hidden.order_id)
    day = f"{hidden.created_at:%Y-%m-%d}"

    def refuse(*_, **__):
        raise ContractError("order.list", Bilingual("原因", "why"), Bilingual("办法", "what to do"))

    with monkeypatch.context() as patch:
        patch.setattr(older_days, "compare", refuse)
        assert night(world).green
    assert {name: ledger(world)[name] for name in before} == before
    assert f"更早的 {stale} 天待重算" in message(world)
    assert night(world).green
    assert (ledger(world)[day]["status"], ledger(world)[day]["extra"]) == (
        "不一致",
        hidden.order_id,
    )
    assert "待重算" not in message(world)
    assert night(world).green


def stale_days_of_ledger(world: World) -> set[str]:
    paid = paid_by_day(world)
    return {day for day, row in ledger(world).items() if row["hap_paid"] != paid.get(day, 0)}


def message(world: World) -> str:
    rows = plain_rows(world.store, "sync_config")
    return next(str(row["message"]) for row in rows if row["api"] == "after_sale.list")


def test_a_field_that_a_later_set_up_adds_is_filled_in_older_orders_too(world):
    world.hap().edit_worksheet("orders", remove_fields=["amount_due"])
    world.source.clock.advance(MONTHS)
    assert night(world).green
    assert paid_in_hap(world) == paid_in_shop(world)
    assert night(world).writes == []
    world.set_up()
    assert night(world).green
    assert order_differences(world.source, world.store) == []
    assert night(world).writes == []


def test_an_older_order_that_the_shop_hides_is_recorded_once_and_stops_nobody(world):
    world.source.clock.advance(MONTHS)
    orders = world.source.orders.current
    hidden = next(name for name, order in orders.items() if not order.aftersale_state)
    world.source.hide_order(hidden)
    for _ in range(2):
        assert night(world).green
    (error_row,) = plain_rows(world.store, "sync_errors")
    assert (error_row["record_id"], error_row["status"], error_row["attempts"]) == (
        hidden,
        "待处理",
        1,
    )
    assert of_old_rule(world) == 1

    person(world).edit("sync_errors", error_row["rowid"], {"status": "忽略"})
    assert night(world).green
    (error_row,) = plain_rows(world.store, "sync_errors")
    assert (error_row["status"], error_row["attempts"]) == ("忽略", 1)
