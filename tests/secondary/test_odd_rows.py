"""An odd row of a list: what it leaves open is named, tried again, and closes by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connectors.errors import ContractError
from include.simulators.hap.plain import plain_rows
from tests.pipeline.nights import ledger
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
    assert world.open_errors() == {("order.customer", order_id)}
    assert status(world) == "部分失败"
    world.recover()
    world.live_run()
    assert world.open_errors() == set()
    (row,) = (row for row in plain_rows(world.store, "orders") if row["order_id"] == order_id)
    assert row["customer"]


def without_id(order_id: str) -> Callable[[Any], None]:
    return in_row(lambda row: row["order_info"].update(order_id=0), where=order_id)


def no_record(order_id: str) -> Callable[[Any], None]:
    """Return what puts PHP's null in the place of an order."""

    def fault(answer: Any) -> None:
        rows = answer["data"]["list"] or []
        answer["data"]["list"] = [None if order_id in str(row) else row for row in rows]

    return fault


@pytest.mark.parametrize("spoil", [without_id, no_record])
def test_an_order_without_a_readable_id_is_named_until_a_night_reads_it(world, spoil):
    order_id = list(world.source.orders.current)[3]
    world.fail("order.list", spoil(order_id))
    world.live_run()
    assert world.orders_in_hap() == world.source.orders.current.keys() - {order_id}
    assert {entity for entity, _ in world.open_errors()} == {"row"}
    assert status(world) == "部分失败"
    world.night()
    assert {entity for entity, _ in world.open_errors()} == {"row"}
    day = str(world.source.orders.current[order_id].created_at)[:10]
    assert ledger(world)[day]["status"] == "不一致"
    world.recover()
    assert world.night().green
    assert world.orders_in_hap() == world.source.orders.current.keys()
    assert world.open_errors() == set()


def test_the_row_of_an_old_day_closes_with_the_order_that_stood_there(world):
    order_id = list(world.source.orders.current)[3]
    world.fail("order.list", without_id(order_id))
    world.live_run()
    world.source.clock.advance(45 * 24 * 3600)  # no night compares that day any more
    world.recover()
    world.night()
    assert order_id in world.orders_in_hap()
    assert world.open_errors() == set()


def test_an_order_that_was_deleted_leaves_no_row_behind(world):
    order_id = list(world.source.orders.current)[3]
    world.fail("order.list", without_id(order_id))
    world.live_run()

    def hide(answer: Any) -> None:
        rows = answer["data"]["list"] or []
        shown = [row for row in rows if order_id not in str(row)]
        answer["data"].update(list=shown, total=answer["data"]["total"] - len(rows) + len(shown))

    world.fail("order.list", hide)
    world.night()
    assert world.open_errors() == set()


def test_a_paid_order_without_a_sum_is_named(world):
    order_id = an_order(world)
    change = in_row(lambda row: row["order_info"].update(actual_fee=None), where=order_id)
    world.fail("order.list", change)
    world.live_run()
    assert world.open_errors() == {("payment", order_id)}
    world.night()
    day = ledger(world)[str(world.source.orders.current[order_id].created_at)[:10]]
    assert (day["status"], day["different"]) == ("不一致", order_id)
    assert world.config_row("after_sale.list")["last_status"] == "部分失败"
    world.recover()
    assert world.night().green
    day = ledger(world)[str(world.source.orders.current[order_id].created_at)[:10]]
    assert day["status"] in ("一致", "已修复")


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
    assert world.open_errors() == set()
    rows = plain_rows(world.store, "orders")
    assert all(row["valid_from"] for row in rows if row["amount_paid"])


def test_one_odd_purchase_record_is_on_record_until_it_reads_well(world):
    user_id = world.source.orders.current[an_order(world)].user_id

    def spoil(answer: Any) -> None:
        first, *others = answer["data"]["list"]
        answer["data"]["list"] = [None, *others] if others else [first]

    world.fail("purchase", spoil)
    world.live_run()
    assert any(user_id in record for entity, record in world.open_errors() if entity == "row")
    world.night()
    assert any(user_id in record for entity, record in world.open_errors() if entity == "row")
    world.recover()
    world.live_run()
    world.night()
    assert world.open_errors() == set()


@pytest.mark.parametrize(
    ("api", "entity"), [("user.by_id", "customer.listed"), ("information.user", "customer.forms")]
)
def test_a_row_without_an_id_beside_others_is_missing_of_the_customer(world, api, entity):
    def spoil(answer: Any) -> None:
        data = answer["data"]
        key = next(name for name in data if isinstance(data[name], list))
        data[key] = [None, *data[key][1:], {"id": "x"}]

    world.base_data()
    world.fail(api, spoil)
    world.live_run()
    assert {one for one, _ in world.open_errors()} <= {entity, "interface"} != set()
    world.recover()
    world.live_run()
    assert world.open_errors() == set()


def test_contents_of_a_column_that_are_partly_unreadable_replace_nothing(world):
    world.base_data()
    before = world.content()

    def spoil(answer: Any) -> None:
        rows = answer["data"]["list"]
        answer["data"]["list"] = [None, *rows[1:]]

    world.fail("goods.relation", spoil)
    world.base_data()
    after = world.content()
    columns = [key for key in before if key.startswith("columns:")]
    assert all(after[key]["goods"] == before[key]["goods"] != [] for key in columns)
    assert "columns.contents" in {entity for entity, _ in world.open_errors()}
    world.recover()
    world.night()
    assert world.open_errors() == set()


def test_an_after_sale_case_without_an_id_closes_when_its_days_are_read_without_it(world):
    world.live_run()

    def spoil(answer: Any) -> None:
        answer["data"]["list"] = [None for _ in answer["data"]["list"]]

    world.fail("after_sale.list", spoil)
    world.night()
    assert any(record.startswith("after_sale.list") for _, record in world.open_errors())
    world.recover()
    world.source.clock.advance(5 * 24 * 3600)  # its days are no longer those that are read anyway
    assert world.night().green
    assert world.open_errors() == set()


def without_a_total(answer: Any) -> None:
    """Do as a server does that does not count."""
    answer["data"]["total"] = 0


def test_a_user_list_that_counts_0_beside_its_rows_is_read_to_its_end(world):
    world.base_data()
    world.live_run()
    world.fail("user.list.cursor", without_a_total)
    assert world.night().green


def test_a_user_list_that_cannot_count_and_ends_early_turns_the_night_red(world):
    world.base_data()
    world.live_run()

    def end_early(answer: Any) -> None:
        without_a_total(answer)
        answer["data"]["list"] = [u for u in answer["data"]["list"] if "客户" not in str(u)]

    world.fail("user.list.cursor", end_early)
    with pytest.raises(ContractError, match="15"):  # of 11
        world.night()


@pytest.mark.parametrize("read", [Scene.base_data, Scene.night])
def test_a_users_row_without_an_id_closes_with_the_next_whole_reading(world, read):
    world.live_run()
    world.fail("user.list.cursor", in_row(lambda row: row.update(user_id=False), where="客户0"))
    world.base_data()
    assert {entity for entity, _ in world.open_errors()} == {"row"}
    world.recover()
    read(world)
    assert world.open_errors() == set()
