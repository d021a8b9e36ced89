"""Up to twenty failures, or one in a hundred, are bad records: yellow. More are a bad environment.

And what is mended closes by itself in the run that mends it.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.errors import Bilingual, RejectedError
from include.flows.orders.finish import IncompleteRunError, Tally, finish_base_data
from include.flows.reconcile.report import judge
from include.flows.run.counts import Counts
from include.flows.run.error_rows import Failure, record_failures
from include.simulators.hap.plain import plain_rows
from tests.error_rows import entity_of

ERROR = RejectedError("x", Bilingual("原因", "why"), Bilingual("办法", "what to do"), "3002")
CURSOR = "user.list.cursor"


def config_row(world, api: str) -> dict:
    (row,) = (row for row in plain_rows(world.store, "sync_config") if row["api"] == api)
    return row


def with_bad_orders(world, bad: int) -> str | None:
    """Run live over orders of which HAP refuses the rows of so many."""
    user_id, goods_id = next(iter(world.source.users)), next(iter(world.source.goods))
    for _ in range(25):
        world.source.clock.advance(1)
        world.source.place_order(user_id, goods_id)
    world.refuse_orders(*list(world.source.orders.current)[-bad:])
    return world.all_orders(days=20, live=True)


def test_twenty_bad_orders_are_told_and_the_watermark_moves(world):
    assert with_bad_orders(world, 20)
    row = config_row(world, "order.list")
    assert row["last_status"] == "部分失败"
    assert "记入异常 20，缺失 0" in row["message"]


def test_twenty_one_are_a_red_run_and_the_watermark_stays(world):
    with pytest.raises(IncompleteRunError, match="21 个订单失败，超过上限，水位不动"):
        with_bad_orders(world, 21)
    row = config_row(world, "order.list")
    assert row["last_status"] == "失败"
    assert "记入异常 21，缺失 0" in row["message"]


@pytest.mark.parametrize(
    ("asked", "failed", "red"),
    [(20, 20, False), (2100, 21, False), (2099, 21, True), (5700, 57, False), (5700, 58, True)],
)
def test_of_many_orders_one_in_a_hundred_is_tolerated(asked, failed, red):
    error_rows = [f"o_{number}" for number in range(failed)]
    tally = Tally(asked, done=(), recorded=error_rows, lost=())
    assert tally.too_many_failed is red
    assert tally.status == ("失败" if red else "部分失败")


def part(read: int, failed: int, forms: int = 0) -> Counts:
    return Counts(read=read, create=read + forms - failed, failed=failed)


@pytest.mark.parametrize(
    ("goods", "customers", "red"),
    [
        (part(30, 20), part(10, 20), False),
        (part(30, 21), part(10_000, 0), True),  # nearly all goods: many customers excuse nothing
        (part(30, 0), part(2000, 30, forms=1000), False),  # forms are tried too
        (part(30, 0), part(2000, 31, forms=1000), True),
    ],
)
def test_each_part_of_the_base_data_is_judged_by_what_it_tried(world, goods, customers, red):
    if red:
        with pytest.raises(IncompleteRunError, match="超过上限"):
            finish_base_data(world.context(), goods, customers)
    else:
        finish_base_data(world.context(), goods, customers)
    assert config_row(world, CURSOR)["last_status"] == ("失败" if red else "部分失败")


def test_a_night_in_which_too_many_records_failed_is_red():
    judge((), (), (), {CURSOR: part(1000, 20), "goods.list": part(10, 0)})
    with pytest.raises(IncompleteRunError, match=f"超过上限：{CURSOR}"):
        judge((), (), (), {CURSOR: part(1000, 21), "goods.list": part(10, 0)})


def error_rows(world) -> dict[str, str]:
    return {entity_of(row): row["status"] for row in plain_rows(world.store, "sync_errors")}


def record(world, *failures: tuple[str, str]) -> None:
    record_failures(world.context(), [Failure(one, name, one, ERROR) for one, name in failures])


def test_base_data_closes_the_error_rows_of_what_is_through(world):
    world.base_data()
    keys = {"customers": "user_id", "collected_info": "record_id", "goods": "goods_id"}
    first = {sheet: plain_rows(world.store, sheet)[0][key] for sheet, key in keys.items()}
    column = plain_rows(world.store, "columns")[0]["column_id"]
    record(
        world,
        ("customer", first["customers"]),
        ("collected_info", first["collected_info"]),
        ("goods", first["goods"]),
        ("columns", column),
    )
    world.base_data()
    assert set(error_rows(world).values()) == {"已解决"}


def test_an_order_that_is_tried_again_closes_the_error_row_of_its_customer(world):
    world.base_data()
    world.all_orders()
    order = next(iter(world.source.orders.current.values()))
    record(world, ("order", order.order_id), ("customer", order.user_id))
    now = world.source.clock.now()
    world.orders(now - timedelta(minutes=1), now)
    assert error_rows(world) == {"order": "已解决", "customer": "已解决"}
