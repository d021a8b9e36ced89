"""An odd row of a list: what it leaves open is named, tried again, and closes by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from include.simulators.hap.plain import plain_rows
from tests.secondary.scene import Scene, happens, scene


@pytest.fixture
def world(tmp_path):
    """An app without any data, and a shop in which everything has happened."""
    with scene(tmp_path, base=False) as opened:
        happens(opened.source)
        yield opened


def in_row(change: Callable[[dict[str, Any]], None], *, where: str = "") -> Callable[[Any], None]:
    """Return what changes the rows of an answer that hold a text."""

    def fault(answer: Any) -> None:
        data = answer["data"]
        for row in data["list"] if isinstance(data, dict) else ():
            if where in str(row):
                change(row)

    return fault


def an_order(world: Scene) -> str:
    return next(iter(world.source.orders.current))


def status(world: Scene) -> str:
    return str(world.config_row("order.list")["last_status"])


@pytest.mark.parametrize(
    "lines", [False, [], [{"goods_name": "x"}], [{"resource_id": 0, "goods_name": "x"}]]
)
def test_an_order_whose_row_names_no_good_is_written_named_and_completed(world, lines):
    order_id = an_order(world)
    world.fail("order.list", in_row(lambda row: row.update(good_list=lines), where=order_id))
    world.live_run()
    assert world.orders_in_hap() == world.source.orders.current.keys()
    assert world.open_errors() == {("order.goods", order_id)}
    assert status(world) == "部分失败"
    world.recover()
    world.live_run()
    assert world.open_errors() == set()
    assert status(world) == "成功"
    (row,) = (row for row in plain_rows(world.store, "orders") if row["order_id"] == order_id)
    assert row["goods"] or row["columns"]


def test_goods_that_hap_holds_stay_where_a_row_names_none(world):
    world.live_run()
    before = world.content()
    order_id = an_order(world)
    world.source.refund(order_id, 1)
    world.fail("order.list", in_row(lambda row: row.update(good_list=False), where=order_id))
    world.live_run()
    after = world.content()
    for name in ("goods", "columns"):
        assert after[f"orders:{order_id}"][name] == before[f"orders:{order_id}"][name]


@pytest.mark.parametrize("nobody", [0, "0", "false"])
def test_the_user_0_of_php_is_no_customer(world, nobody):
    order_id = an_order(world)
    change = in_row(lambda row: row["order_info"].update(user_id=nobody), where=order_id)
    world.fail("order.list", change)
    world.live_run()
    assert order_id in world.orders_in_hap()
    assert nobody not in {row["user_id"] for row in plain_rows(world.store, "customers")}


def test_an_order_with_the_id_0_is_no_second_order(world):
    order_id = an_order(world)
    change = in_row(lambda row: row["order_info"].update(order_id=0), where=order_id)
    world.fail("order.list", change)
    world.live_run()
    assert world.orders_in_hap() == world.source.orders.current.keys() - {order_id}
    assert {entity for entity, _ in world.open_errors()} == {"row"}
    assert status(world) == "部分失败"


def test_a_paid_order_without_a_sum_is_named(world):
    order_id = an_order(world)
    change = in_row(lambda row: row["order_info"].update(actual_fee=None), where=order_id)
    world.fail("order.list", change)
    world.live_run()
    assert world.open_errors() == {("payment", order_id)}


def test_a_purchase_record_that_cannot_be_read_leaves_validity_open(world):
    world.base_data()

    def spoil(answer: Any) -> None:
        answer["data"]["list"] = [None for _ in answer["data"]["list"]]

    world.fail("purchase", spoil)
    world.live_run()
    assert "缺有效期" in str(world.config_row("order.list")["message"])
    assert status(world) == "部分失败"
    world.recover()
    world.live_run()
    assert {entity for entity, _ in world.open_errors()} == {"row"}
    rows = plain_rows(world.store, "orders")
    assert all(row["valid_from"] for row in rows if row["amount_paid"])


@pytest.mark.parametrize("read", [Scene.base_data, Scene.night])
def test_a_users_row_without_an_id_closes_with_the_next_whole_reading(world, read):
    world.live_run()
    world.fail("user.list.cursor", in_row(lambda row: row.update(user_id=False), where="客户0"))
    world.base_data()
    assert {entity for entity, _ in world.open_errors()} == {"row"}
    world.recover()
    read(world)
    assert world.open_errors() == set()
