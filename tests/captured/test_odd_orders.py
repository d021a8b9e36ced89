"""Each captured row with something odd in it stands in HAP as the contract asks (`odd_orders`)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from include.flows.customers.audiences import refresh_audiences
from tests.captured.captured_world import captured_world, stored
from tests.captured.odd_orders import CASES, NOT_PAID, PAID, UNPAID, UNREADABLE, Case, row_of
from tests.captured.test_captured_orders import EXPECTED


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    odd = [Case(f"unreadable {told}", PAID, told) for told in UNREADABLE]
    rows = [row_of(number, case) for number, case in enumerate([*CASES, *odd])]
    return captured_world(tmp_path_factory.mktemp("odd"), rows)


@pytest.fixture(scope="module")
def held(world):
    return stored(world)


@pytest.fixture(scope="module")
def error_rows(world) -> dict[str, Sequence[str]]:
    told: dict[str, list[str]] = {}
    for row in world.sheet("sync_errors"):
        told.setdefault(row["record_id"], []).append(f"{row['entity']} {row['reason']}")
    return told


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda n: CASES[n].name)
def test_every_cell_is_as_the_contract_asks(held, error_rows, number):
    case, order_id = CASES[number], f"o_case_{number}"
    wanted = {**EXPECTED[case.base], "order_id": order_id, **case.cells}
    assert held[order_id] == wanted
    told = error_rows.get(order_id, [])
    assert [bool(case.doubt), True] == [bool(told), all(case.doubt in one for one in told)]


@pytest.mark.parametrize("number", range(len(UNREADABLE)), ids=lambda n: str(UNREADABLE[n]))
def test_an_order_with_a_sum_that_cannot_be_read_is_recorded_and_not_written(
    held, error_rows, number
):
    order_id, (name,) = f"o_case_{len(CASES) + number}", UNREADABLE[number]
    assert order_id not in held
    (told,) = error_rows[order_id]
    assert "订单 " in told
    assert name in told


def test_audiences_count_every_paid_order_also_one_that_was_paid_at_no_time(world):
    refresh_audiences(world.context())
    everybody = [row for row in world.sheet("audiences") if row["goods_type"] == "全部"]
    unpaid = [case for case in CASES if case.base == UNPAID or case.cells.keys() >= NOT_PAID.keys()]
    assert sum(row["orders"] for row in everybody) == len(CASES) - len(unpaid)
    sums = (row["amount_paid"] for row in world.sheet("orders"))
    assert sum(row["paid"] for row in everybody) == sum(one for one in sums if one)
