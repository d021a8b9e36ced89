"""Source against HAP, night after night: what differs is named, repaired, and then silent."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from decimal import Decimal

import pytest

from connectors.errors import Bilingual, RejectedError
from include.flows.orders.finish import IncompleteRunError
from include.flows.orders.list import list_orders
from include.flows.reconcile import compare as reconcile_compare
from include.flows.reconcile.days import open_days
from include.flows.reconcile.finish import finish_reconciliation
from include.flows.reconcile.gone_orders import close_gone_orders
from include.flows.reconcile.plan import compare_days
from include.flows.run.error_rows import Failure, record_failures
from include.flows.run.window import RunWindow
from include.simulators.faults import FaultRule, Kind
from include.simulators.hap.plain import plain_rows
from include.simulators.xiaoe.shop.records import Order
from tests.error_rows import entity_of
from tests.pipeline.nights import (
    last_sequence,
    ledger,
    night,
    order_row,
    person,
    synced_world,
    told_in,
)
from tests.pipeline.oracle import duplicates, order_differences
from tests.pipeline.world import World


@pytest.fixture(params=["update", "create"])
def world(request, tmp_path):
    with synced_world(tmp_path, feed=request.param) as opened:
        yield opened


@pytest.fixture
def one_world(tmp_path):
    with synced_world(tmp_path) as opened:
        yield opened


def recent(world: World) -> list[Order]:
    oldest = world.source.clock.now() - timedelta(days=29)
    return [o for o in world.source.orders.current.values() if o.created_at > oldest]


def paid_orders(world: World) -> list[str]:
    return [
        o.order_id
        for o in recent(world)
        if o.actual_fee > 100 and o.pay_state == 1 and not o.aftersale_state
    ]


def test_a_shop_that_is_in_hap_already_is_green_without_a_write(world):
    first = night(world)
    assert first.green, first.error
    assert first.writes == []
    rows = ledger(world)
    assert {row["status"] for row in rows.values()} == {"一致"}
    assert sum(row["source_orders"] for row in rows.values()) == len(recent(world))
    paid = sum(order.actual_fee for order in recent(world) if order.pay_state == 1)
    assert sum(row["hap_paid"] for row in rows.values()) == Decimal(paid) / 100


def test_three_deleted_rows_and_one_amount_are_named_and_repaired(world):
    *deleted, changed = paid_orders(world)[:4]
    for order_id in deleted:
        person(world).delete("orders", order_row(world, order_id)["rowid"])
    row = order_row(world, changed)
    person(world).edit(
        "orders", row["rowid"], {"amount_paid": row["amount_paid"] + Decimal("0.01")}
    )

    first = night(world)
    assert first.green, first.error
    assert first.compared.named == sorted([*deleted, changed])
    assert told_in(world, "missing") == set(deleted)
    assert told_in(world, "different") == {changed}
    assert order_differences(world.source, world.store) == []

    seen = last_sequence(world)
    second = night(world)
    assert second.green, second.error
    assert second.writes == []
    ledger_writes = [
        e for e in world.hap_journal.entries(after=seen) if "sync_ledger" in str(e.effect)
    ]
    assert ledger_writes == []
    assert {row["status"] for row in ledger(world).values()} == {"一致", "已修复"}


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("order_state", "已关闭"),
        ("goods_name", "改过的名字"),
        ("created_at", "2020-01-01 00:00:00"),
        ("paid_at", ""),
        ("promoter", "某人"),
        ("valid_until", "2030-01-01 00:00:00"),
        ("customer", []),
        ("goods", []),
        ("shop", "appOTHER"),
        ("source_updated_at", "2030-01-01 00:00:00"),
        ("source_hash", "v1:00"),
    ],
)
def test_any_owned_cell_that_a_person_changed_is_written_back(one_world, cell, value):
    world = one_world
    lines = world.source.orders.current
    order_id = next(
        name
        for name in paid_orders(world)
        if all(line.goods_type not in {5, 6, 8, 25, 50} for line in lines[name].lines)
    )
    before = order_row(world, order_id)
    person(world).edit("orders", before["rowid"], {cell: value})
    first = night(world)
    assert first.green, first.error
    assert order_row(world, order_id)[cell] == before[cell]
    if cell != "source_hash":
        assert told_in(world, "different") == {order_id}
    assert night(world).writes == []


def test_a_change_without_a_trace_in_the_update_time_is_found(tmp_path):
    quiet = frozenset({"refund", "settle", "ship", "change", "close"})
    with synced_world(tmp_path, update_time_ignores=quiet) as world:
        order_id = paid_orders(world)[0]
        world.source.refund(order_id)
        world.source.settle(paid_orders(world)[1])
        first = night(world)
        assert first.green, first.error
        assert order_row(world, order_id)["refund_state"] == "全额退款"
        assert order_differences(world.source, world.store) == []
        assert night(world).writes == []


def test_an_order_imported_with_an_old_date_is_picked_up(world):
    user_id, goods_id = next(iter(world.source.users)), next(iter(world.source.goods))
    old = world.source.clock.now() - timedelta(days=20)
    order = world.source.import_order(user_id, goods_id, created_at=old)
    first = night(world)
    assert first.green, first.error
    assert told_in(world, "missing") == {order.order_id}
    assert order_differences(world.source, world.store) == []


def test_an_order_that_the_orders_dag_has_still_to_do_is_repaired_and_not_called_missing(one_world):
    world = one_world
    watermark = (world.source.clock.now() - timedelta(minutes=5)).isoformat()
    user_id, goods_id = next(iter(world.source.users)), next(iter(world.source.goods))
    world.source.place_order(user_id, goods_id)
    first = night(world, watermark=watermark)
    assert first.green, first.error
    assert first.compared.named == []
    assert told_in(world, "missing") == set()
    assert order_differences(world.source, world.store) == []


def test_a_row_that_the_source_does_not_show_is_listed_and_never_deleted(one_world):
    world = one_world
    order_id = paid_orders(world)[0]
    world.source.hide_order(order_id)
    for _ in range(2):
        red = night(world)
        assert order_id in red.error
        assert red.writes == []
    assert order_row(world, order_id)
    assert told_in(world, "extra") == {order_id}
    assert "不一致" in {row["status"] for row in ledger(world).values()}


@pytest.mark.parametrize("spoiled", ["{} ", " {}", "upper"])
@pytest.mark.parametrize("by_hand", [True, False])
def test_a_second_row_whose_key_differs_by_blanks_or_case_alone_is_red_and_named(
    one_world, spoiled, by_hand
):
    """It doubles the money: 1 order against 2 rows, and the sums were called equal."""
    world = one_world
    order_id = paid_orders(world)[0]
    key = order_id.upper() if spoiled == "upper" else spoiled.format(order_id)
    row = order_row(world, order_id)
    cells = {name: row[name] for name in ("shop", "created_at", "amount_paid")} | {"order_id": key}
    if by_hand:
        twin = person(world).add("orders", cells)
    else:
        (twin,) = world.hap().create_rows("orders", [{**cells, "amount_paid": "9.90"}])
    red = night(world)
    assert order_id in red.error
    assert twin in red.error
    (day,) = (row for row in ledger(world).values() if row["extra"])
    assert (day["status"], day["hap_orders"]) == ("不一致", day["source_orders"] + 1)
    assert red.writes == []
    person(world).delete("orders", twin)
    assert night(world).green


@pytest.mark.parametrize("moment", ["", "2020-01-01 00:00:00"])
def test_a_key_that_resembles_another_is_recorded_whatever_its_date_and_closes_by_itself(
    one_world, moment
):
    world = one_world
    order_id = paid_orders(world)[0]
    cells = {"order_id": f" {order_id.lower()} ", "created_at": moment, "amount_paid": "9.90"}
    twin = person(world).add("orders", cells)
    assert night(world).green
    error_row = error_row_of(world, order_id)
    assert (entity_of(error_row), error_row["status"]) == ("lookalike", "待处理")
    assert twin in str(error_row["reason"])
    person(world).delete("orders", twin)
    assert night(world).green
    assert error_row_of(world, order_id)["status"] == "已解决"


def test_sums_that_differ_are_never_called_equal_whatever_the_orders_say(one_world, monkeypatch):
    world = one_world
    order_id = paid_orders(world)[0]
    lost = order_row(world, order_id)["amount_paid"]

    def amounts(self, row):
        paid, refunded = read_amounts(self, row)
        return (paid - lost if self.sheet.key_of(row) == order_id else paid), refunded

    read_amounts = reconcile_compare._Comparing._amounts
    monkeypatch.setattr(reconcile_compare._Comparing, "_amounts", amounts)
    red = night(world)
    assert "合计不同" in red.error
    assert [row["status"] for row in ledger(world).values()].count("不一致") == 1


def error_row_of(world: World, order_id: str) -> dict[str, object]:
    rows = plain_rows(world.store, "sync_errors")
    return next(row for row in rows if row["record_id"] == order_id)


def waiting_order(world: World, **cells: object) -> str:
    """An order that HAP lacks and that waits in 同步异常, as a person has left it there."""
    order_id = paid_orders(world)[0]
    person(world).delete("orders", order_row(world, order_id)["rowid"])
    error = RejectedError("orders", Bilingual("原因", "why"), Bilingual("办法", "what to do"))
    record_failures(world.context(), [Failure("order", order_id, "orders", error)])
    person(world).edit("sync_errors", error_row_of(world, order_id)["rowid"], cells)
    return order_id


def test_an_order_that_a_person_ignores_is_left_alone_by_night_and_by_day(one_world):
    world = one_world
    order_id = waiting_order(world, status="忽略")
    silent = night(world)
    assert silent.green, silent.error
    assert silent.writes == []
    assert (error_row_of(world, order_id)["status"]) == "忽略"
    assert [row["missing"] for row in ledger(world).values() if row["status"] == "不一致"] == [
        order_id
    ]
    now = world.source.clock.now()
    window = RunWindow(now - timedelta(days=29), now, moves_watermark=False)
    assert list_orders(world.context(), window) == []
    person(world).edit("sync_errors", error_row_of(world, order_id)["rowid"], {"status": "重试"})
    assert night(world).green
    assert order_row(world, order_id)
    assert error_row_of(world, order_id)["status"] == "已解决"


@pytest.mark.parametrize("waited", [True, False])
def test_an_order_that_the_shop_no_longer_shows_is_closed_as_such_after_a_day(one_world, waited):
    world = one_world
    long_ago = {"first_seen": "2020-01-01 00:00:00"} if waited else {}
    order_id = waiting_order(world, **long_ago)
    world.source.hide_order(order_id)
    run = night(world)
    error_row = error_row_of(world, order_id)
    assert run.green, run.error
    if waited:
        assert (error_row["status"], error_row["attempts"]) == ("已解决", 1)
        assert "不再显示" in str(error_row["reason"])
    else:
        assert error_row["status"] == "待处理"


def test_an_order_whose_detail_fails_is_not_taken_for_gone(one_world):
    world = one_world
    order_id = waiting_order(world, first_seen="2020-01-01 00:00:00")
    world.xiaoe_faults.set([FaultRule(api="order.detail", kind=Kind.CODE, code=3002)])
    close_gone_orders(world.context(), world.source.clock.now())
    assert error_row_of(world, order_id)["status"] == "待处理"


def test_a_preview_names_the_differences_and_writes_nothing(one_world):
    world = one_world
    order_id = paid_orders(world)[0]
    person(world).delete("orders", order_row(world, order_id)["rowid"])
    seen = last_sequence(world)
    shown = night(world, preview=True)
    assert shown.green
    assert shown.compared.named == [order_id]
    assert [e for e in world.hap_journal.entries(after=seen) if e.effect] == []


def test_an_order_that_cannot_be_repaired_is_red_with_its_name(one_world):
    world = one_world
    order_id = paid_orders(world)[0]
    person(world).delete("orders", order_row(world, order_id)["rowid"])
    world.refuse_orders(order_id)
    red = night(world)
    assert order_id in red.error
    (error_row,) = (
        row for row in plain_rows(world.store, "sync_errors") if row["record_id"] == order_id
    )
    assert error_row["status"] == "待处理"
    world.refuse_orders()
    healed = night(world)
    assert healed.green, healed.error
    (error_row,) = (
        row for row in plain_rows(world.store, "sync_errors") if row["record_id"] == order_id
    )
    assert error_row["status"] == "已解决"
    assert duplicates(world.store) == []


def test_haps_own_sums_are_compared_with_its_rows_which_are_believed(one_world, caplog):
    caplog.set_level(logging.INFO)
    world = one_world
    assert night(world).green
    every = re.search(r"一致：(\d+)/\1 天", caplog.text)
    assert every
    assert (days := int(every[1])) >= 30

    caplog.clear()
    world.hap_faults.set([FaultRule(api="rows.pivot", kind=Kind.CODE, code=430028)])
    refused = night(world)
    assert refused.green, refused.error
    assert refused.writes == []
    assert f"一致：0/{days} 天" in caplog.text


@pytest.mark.parametrize(
    "hap",
    [
        {"multi_relation_in_list": "count"},
        {"multi_relation_in_list": "array", "multi_relation_in_get": "array"},
        {"total": "tab_string", "user_id_key": "id"},
        {"date_filter_shift_h": 8.0},
        {"date_filter_shift_h": -20.0},
        {"text_trim": True, "default_order": "oldest_first"},
        {"system_fields_readable": False},
    ],
)
def test_however_hap_shows_its_rows_a_second_night_is_silent(tmp_path, hap):
    with synced_world(tmp_path, hap=hap) as world:
        order_id = paid_orders(world)[0]
        person(world).edit(
            "orders", order_row(world, order_id)["rowid"], {"amount_discount": "7.77"}
        )
        ended = night(world)
        assert ended.green, ended.error
        assert ended.compared.named == [order_id]
        assert order_differences(world.source, world.store) == []
        assert night(world).writes == []


@pytest.mark.parametrize(
    "xiaoe",
    [
        {"window_start": "exclusive", "window_end": "exclusive"},
        {"total": "missing"},
        {"list_expiry": "dashes", "sentinels": "epoch", "numbers": "string"},
        {"unknown_enum": True},
        {"lines_at": "goods_info"},
    ],
)
def test_however_the_shop_answers_a_second_night_is_silent(tmp_path, xiaoe):
    with synced_world(tmp_path, **xiaoe) as world:
        order_id = paid_orders(world)[0]
        person(world).delete("orders", order_row(world, order_id)["rowid"])
        ended = night(world)
        assert ended.green, ended.error
        assert ended.compared.named == [order_id]
        assert night(world).writes == []


def test_a_part_that_failed_makes_the_run_red(one_world):
    context = one_world.context()
    window = open_days("scheduled", None, now=one_world.source.clock.now())
    compared = compare_days(context, window)
    with pytest.raises(IncompleteRunError, match=r"goods\.list"):
        finish_reconciliation(context, window, compared, [], {"goods.list": None})
    with pytest.raises(IncompleteRunError, match="没有得到比较结果"):
        finish_reconciliation(context, window, None, None, {})
