"""Two accounts of one person become one in the shop: what was the old one's is found under the new.

The shop may move the orders, tell so or not, or leave them under the old id (contracts: xiaoe
§9.2). It has no documented call that tells which account went into which, so orders that it leaves
under the old id stay with the old customer's row.
"""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from include.flows.customers.refresh import refresh_customers
from include.flows.run.error_rows import Ignored
from include.simulators.hap.human import Person
from include.simulators.hap.plain import plain_rows
from include.simulators.xiaoe.settings import XiaoeSettings
from tests.crash.child import run_steps
from tests.crash.scene import HOUR, NOON, first_day
from tests.pipeline.nights import night
from tests.pipeline.world import open_world

OWN_PHONE = "13700000000"
PERSONAL = ("nickname", "name", "company", "job_title", "email", "wx_union_id", "registered_at")


@pytest.fixture(params=["not_found", "remaining"])
def merged(request, tmp_path):
    """Return what opens a world in which the second user has been merged into the first."""

    def opening(orders: str):
        scene = first_day()
        settings = XiaoeSettings(
            rate_limits=False, merged_orders=orders, merged_user_info=request.param
        )
        world = stack.enter_context(open_world(scene.shop, tmp_path / "tokens", xiaoe=settings))
        run_steps(world)
        survivor, gone = scene.users[:2]
        Person(world.store).edit("customers", rows(world)[gone], {"phone": OWN_PHONE})
        scene.shop.clock.set(NOON + 3 * HOUR)
        scene.shop.merge_users(gone, survivor, at=NOON + 2 * HOUR)
        return world, survivor, gone

    with ExitStack() as stack:
        yield opening


def rows(world) -> dict[str, str]:
    """Return the customers' row ids by user id; each has one row."""
    found = [
        (str(row["user_id"]), str(row["rowid"])) for row in plain_rows(world.store, "customers")
    ]
    assert len(dict(found)) == len(found)
    return dict(found)


def owners(world, sheet: str, key: str) -> dict[str, str]:
    names = {row_id: user_id for user_id, row_id in rows(world).items()}
    return {str(row[key]): names[row["customer"][0]] for row in plain_rows(world.store, sheet)}


@pytest.mark.parametrize("orders", ["moved", "moved_silently"])
def test_orders_and_forms_end_under_the_account_that_is_left(merged, orders):
    world, survivor, gone = merged(orders)
    bought = owners(world, "orders", "order_id")
    theirs = {order_id for order_id, owner in bought.items() if owner == gone}
    assert theirs
    run_steps(world, ("orders",))
    assert night(world).green
    assert owners(world, "orders", "order_id") == bought | dict.fromkeys(theirs, survivor)
    assert gone not in owners(world, "collected_info", "record_id").values()
    assert night(world).writes == []


@pytest.mark.parametrize("orders", ["kept", "moved", "moved_silently"])
def test_nothing_of_the_old_account_is_lost_or_doubled(merged, orders):
    world, survivor, gone = merged(orders)
    before = {row["order_id"]: row["amount_paid"] for row in plain_rows(world.store, "orders")}
    for _ in range(2):
        run_steps(world)
        assert night(world).green
    after = {row["order_id"]: row["amount_paid"] for row in plain_rows(world.store, "orders")}
    assert after == before
    assert {survivor, gone} <= rows(world).keys()
    phones = {row["user_id"]: row["phone"] for row in plain_rows(world.store, "customers")}
    assert phones[gone] == OWN_PHONE  # what a person wrote there stays readable


@pytest.mark.parametrize("orders", ["kept", "moved"])
def test_what_the_shop_tells_of_the_remaining_account_is_not_written_over_the_old_one(
    merged, orders
):
    world, _, gone = merged(orders)

    def told() -> dict:
        (row,) = (r for r in plain_rows(world.store, "customers") if r["user_id"] == gone)
        return {alias: row[alias] for alias in PERSONAL}

    before = told()
    world.all_orders(compare_all_cells=True)
    refresh_customers(world.context(), [gone], Ignored())
    assert night(world).green
    assert told() == before
