"""Sums as shops may really send them: right to the 分 in HAP, or told in words; never wrong."""

from __future__ import annotations

from decimal import Decimal

import pytest

from include.simulators.hap.plain import plain_rows
from include.simulators.xiaoe import after_sales, order_rows
from tests.error_rows import entity_of
from tests.pipeline.nights import last_sequence, night, synced_world

RIGHT = [
    *((-150, "-1.50"), ("-150", "-1.50"), ("123450", "1234.50"), ("123450.00", "1234.50")),
    *((" 123450 ", "1234.50"), (123450.0, "1234.50"), ("1e3", "10.00"), (1, "0.01"), (0, "0.00")),
    *((10**15 + 1, "10000000000000.01"), ("", None), ("--", None), (None, None)),
]
UNREADABLE = ["1,234.50", "1234.5", 0.1 + 0.2, 28.999999999999996, "￥12", "NaN", "Infinity", {}]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with synced_world(tmp_path_factory.mktemp("tokens")) as opened:
        yield opened


def new_order(world):
    user_id = next(iter(world.source.users))
    goods_id = next(g.goods_id for g in world.source.goods.values() if g.price > 1000)
    world.source.clock.advance(60)
    order = world.source.place_order(user_id, goods_id)
    return world.source.pay(order.order_id)


def in_hap(world, order) -> list[dict]:
    return [r for r in plain_rows(world.store, "orders") if r["order_id"] == order.order_id]


def error_row_of(world, order) -> dict:
    error_rows = plain_rows(world.store, "sync_errors")
    (error_row,) = (r for r in error_rows if r["record_id"] == order.order_id)
    return error_row


@pytest.fixture
def tell(monkeypatch):
    """Return what makes the order list tell another sum of one order."""
    plain = order_rows._money

    def telling(order, **sums):
        monkeypatch.setattr(
            order_rows,
            "_money",
            lambda one: {**plain(one), **(sums if one.order_id == order.order_id else {})},
        )

    yield telling
    monkeypatch.undo()


@pytest.mark.parametrize(("told", "wanted"), RIGHT, ids=repr)
def test_a_sum_that_can_be_read_is_right_to_the_fen(world, tell, told, wanted):
    order = new_order(world)
    tell(order, actual_fee=told, refund_fee=told, discount_amount=told)
    world.all_orders()
    (row,) = in_hap(world, order)
    for alias in ("amount_due", "amount_paid", "amount_refunded", "amount_discount"):
        assert row[alias] == (None if wanted is None else Decimal(wanted))
    seen = last_sequence(world)
    world.all_orders(compare_all_cells=True)
    assert world.writes(after=seen) == []


@pytest.mark.parametrize("told", UNREADABLE, ids=repr)
def test_a_sum_that_cannot_be_read_is_told_and_stops_no_other_order(world, tell, told):
    bad, good = new_order(world), new_order(world)
    tell(bad, actual_fee=told)
    world.all_orders()
    assert (in_hap(world, bad), len(in_hap(world, good))) == ([], 1)
    error_row = error_row_of(world, bad)
    assert (error_row["status"], error_row["step"]) == ("待处理", "订单列表 2.0")
    assert "字段无法读取（actual_fee）" in error_row["reason"]
    ended = night(world)
    assert bad.order_id in ended.error
    assert in_hap(world, bad) == []

    tell(bad)
    world.all_orders()
    (row,) = in_hap(world, bad)
    assert row["amount_paid"] == Decimal(bad.actual_fee) / 100
    assert error_row_of(world, bad)["status"] == "已解决"


def test_a_sum_that_turns_unreadable_leaves_the_row_as_it_was(world, tell):
    order = new_order(world)
    world.all_orders()
    before = in_hap(world, order)
    world.source.clock.advance(60)
    world.source.change_order(order.order_id)
    tell(order, refund_fee="1,234.50")
    world.all_orders()
    assert in_hap(world, order) == before
    assert "字段无法读取（refund_fee）" in error_row_of(world, order)["reason"]
    tell(order)
    world.all_orders()


def test_a_refund_greater_than_what_was_paid_is_shown_as_the_shop_tells_it(world, tell):
    order = new_order(world)
    tell(order, actual_fee=1000, refund_fee=1500)
    world.all_orders()
    (row,) = in_hap(world, order)
    assert (row["amount_paid"], row["amount_refunded"]) == (Decimal(10), Decimal(15))
    tell(order)


def test_an_after_sale_whose_sum_cannot_be_read_is_on_record_until_it_can(tmp_path, monkeypatch):
    plain = after_sales._row
    with synced_world(tmp_path) as world:
        paid = [one for one in world.source.orders.current.values() if one.pay_state == 1]
        order = max(paid, key=lambda one: one.actual_fee)
        world.source.refund(order.order_id, 100)
        monkeypatch.setattr(
            after_sales, "_row", lambda *of: {**plain(*of), "refund_money": "1,234.50"}
        )
        night(world)
        error_rows = [
            row for row in plain_rows(world.store, "sync_errors") if entity_of(row) == "row"
        ]
        assert {(row["step"], row["status"]) for row in error_rows} == {("售后列表", "待处理")}
        assert all("refund_money" in row["reason"] for row in error_rows)
        monkeypatch.setattr(after_sales, "_row", plain)
        night(world)
        error_rows = [
            row for row in plain_rows(world.store, "sync_errors") if entity_of(row) == "row"
        ]
        assert {row["status"] for row in error_rows} == {"已解决"}
