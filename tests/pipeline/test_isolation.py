"""A defect in the mapping of one record costs that record alone, until it is mended."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from connectors.errors import AuthenticationError, Bilingual
from include.flows import goods
from include.flows.customers import base_data as customers
from include.flows.customers import write as customer_writes
from include.flows.orders import write as order_write
from include.flows.orders.finish import IncompleteRunError
from include.flows.reconcile import rows as reconcile_rows
from include.flows.run.isolation import isolated
from include.simulators.hap.plain import plain_rows
from tests.matrix.ten import Ten
from tests.pipeline import oracle
from tests.pipeline.nights import error_rows, night
from tests.pipeline.world import World

PHONE = "13800138000"


@pytest.fixture
def world(world_of_ten: World) -> World:
    return world_of_ten


def break_on(monkeypatch, module: Any, name: str, is_odd: Callable[..., bool]) -> None:
    """Let a function of the mapping fail on what is odd, with people's data in the message."""
    sound = getattr(module, name)

    def broken(*args, **kwargs):
        if is_odd(*args):
            raise KeyError(f"no option for {PHONE}")
        return sound(*args, **kwargs)

    monkeypatch.setattr(module, name, broken)


def status_of(world: World, api: str) -> str:
    return next(r["last_status"] for r in plain_rows(world.store, "sync_config") if r["api"] == api)


def test_an_order_that_the_mapping_fails_on(world, ten, monkeypatch, caplog):
    with monkeypatch.context() as bug:
        break_on(bug, order_write, "order_record", lambda _, order, *__: is_order(order, ten))
        world.base_data()
        assert world.live() is not None  # the watermark moves
    assert oracle.differences(ten.shop, world.store) == [f"{ten.orders[3]} is lost"]
    error_row = error_rows(world)[ten.orders[3]]
    assert error_row["code"].startswith("KeyError ")
    assert "test_isolation.py" in error_row["reason"]
    assert status_of(world, "order.list") == "部分失败"
    assert PHONE not in caplog.text + str(plain_rows(world.store, "sync_errors"))
    world.live()
    assert oracle.differences(ten.shop, world.store) == []
    assert error_rows(world) == {}
    assert status_of(world, "order.list") == "成功"


def is_order(order: Any, ten: Ten) -> bool:
    return order.order_info.order_id == ten.orders[3]


def test_a_customer_that_the_mapping_fails_on(world, ten, monkeypatch):
    with monkeypatch.context() as bug:
        for module in (customers, customer_writes):
            break_on(
                bug, module, "customer_record", lambda _, user_id, *__: user_id == ten.users[3]
            )
        world.base_data()
        world.live()
    assert oracle.differences(ten.shop, world.store) == [
        f"{ten.orders[3]}.customer: None instead of {ten.users[3]!r}",
        f"customers:{ten.users[3]} is lost",
        f"collected_info:{ten.answers[3]}.customer is another",
    ]
    assert error_rows(world)[ten.users[3]]["code"].startswith("KeyError ")
    world.live()
    night(world)
    assert oracle.differences(ten.shop, world.store) == []
    assert error_rows(world) == {}


def test_a_form_that_the_mapping_fails_on(world, ten, monkeypatch):
    with monkeypatch.context() as bug:
        break_on(
            bug, customer_writes, "collected_info_record", lambda _, a, __: a.id == ten.answers[3]
        )
        world.base_data()
        world.live()
    assert oracle.differences(ten.shop, world.store) == [f"collected_info:{ten.answers[3]} is lost"]
    assert error_rows(world).keys() == {ten.answers[3]}
    night(world)
    assert oracle.differences(ten.shop, world.store) == []
    assert error_rows(world) == {}


@pytest.mark.parametrize(("number", "sheet"), [(3, "goods"), (8, "columns")])
def test_a_good_or_a_column_that_the_mapping_fails_on(world, ten, monkeypatch, number, sheet):
    odd = ten.goods[number]
    with monkeypatch.context() as bug:
        break_on(bug, goods, "goods_record", lambda _, good, **__: good.resource_id == odd)
        world.base_data()
    assert error_rows(world).keys() == {odd}
    lost = [one for one in oracle.differences(ten.shop, world.store) if sheet in one]
    assert lost == [f"{sheet}:{odd} is lost"]
    world.live()
    night(world)
    assert oracle.differences(ten.shop, world.store) == []
    assert error_rows(world) == {}


def test_the_night_repairs_what_it_cannot_judge(world, ten, monkeypatch):
    world.base_data()
    world.live()
    break_on(
        monkeypatch, reconcile_rows, "listed_order", lambda _, order, *__: is_order(order, ten)
    )
    told = night(world)
    assert told.green
    assert told.compared.unproven == [ten.orders[3]]


def test_what_fails_for_every_order_is_no_few_bad_records(world, monkeypatch):
    monkeypatch.setattr("include.flows.run.counts.TOLERATED", 5)
    break_on(monkeypatch, order_write, "order_record", lambda *_: True)
    world.base_data()
    with pytest.raises(IncompleteRunError):
        world.live()


@pytest.mark.parametrize(
    "error", [AuthenticationError("token", Bilingual("", ""), Bilingual("", "")), MemoryError()]
)
def test_what_makes_every_record_fail_alike_passes_through(error):
    def refuse(_: str) -> str:
        raise error

    with pytest.raises(type(error)):
        isolated("orders", "o_1", refuse, "")


def test_the_log_shows_the_code_and_no_value(caplog):
    caplog.set_level(logging.ERROR)

    def unpack(phones: dict[str, str]) -> str:
        return phones[PHONE]

    first, again = (isolated("orders", "o_1", unpack, {}) for _ in range(2))
    assert str(first) == str(again)
    assert "in unpack" in caplog.text
    assert PHONE not in caplog.text + str(first)
