"""Fields that came after an app was set up: it works on without them, and the set-up adds them."""

from __future__ import annotations

import pytest

from connectors.codes import error_for
from include.destination.sheets.worksheets import WORKSHEETS
from include.flows.customers.audiences import refresh_audiences
from include.flows.run.error_rows import Failure, record_failures
from include.simulators.hap.plain import plain_rows
from include.simulators.xiaoe.seed import demo_shop
from tests.pipeline.nights import night, synced_world
from tests.pipeline.world import open_world

ADDED = [
    (sheet.alias, field.alias)
    for sheet in WORKSHEETS
    for field in sheet.fields
    if field.added_later
]


@pytest.fixture
def older(tmp_path):
    """Yield a synced world whose app was set up before there were these fields."""
    with open_world(demo_shop(5, days=3, orders_per_day=2), tmp_path) as world:
        world.set_up()
        for sheet, field in ADDED:
            world.hap().edit_worksheet(sheet, remove_fields=[field])
        world.base_data()
        world.all_orders()
        yield world


def test_flows_go_on_and_the_next_set_up_fills_what_was_added(older):
    order = next(iter(older.source.orders.current.values()))
    older.source.change_order(order.order_id)
    older.all_orders()
    assert night(older).green
    record_failures(
        older.context(),
        [Failure("order", "o_1", "orders", error_for("hap", "rows.create", 430021))],
    )
    refresh_audiences(older.context())
    for sheet, field in ADDED:
        rows = plain_rows(older.store, sheet)
        assert rows
        assert all(field not in row for row in rows)
    older.set_up()
    older.base_data()
    users = older.source.users.values()
    told = {user.user_id for user in users if user.bind_phone and user.listed}
    rows = plain_rows(older.store, "customers")
    assert told <= {row["user_id"] for row in rows if row["bound_phone"]}


def test_the_verified_phone_stays_beside_one_that_was_typed(tmp_path):
    with synced_world(tmp_path) as world:
        users = world.source.users.values()
        user = next(user for user in users if user.bind_phone and user.listed)
        world.source.change_user(user.user_id, bind_phone="13700137000")
        form = world.source.add_form("报名表", ["手机号"])
        world.source.answer_form(form.form_id, user.user_id, {"手机号": "13900139000"})
        world.base_data()
        rows = plain_rows(world.store, "customers")
        row = next(row for row in rows if row["user_id"] == user.user_id)
        assert (row["phone"], row["bound_phone"]) == ("13900139000", "13700137000")
