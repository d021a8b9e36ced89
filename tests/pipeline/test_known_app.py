"""What the first task of a run has read of the app serves the tasks after it, and not for long."""

from __future__ import annotations

from datetime import timedelta

import pytest

from airflow_extras.xcom import encoded
from connectors.errors import ConfigurationError
from include.flows.run.context import SyncContext
from include.flows.run.failed_batch import BatchFailedError
from include.flows.run.known_app import KnownApp, still_known
from include.flows.run.window import LAG
from include.simulators.hap.human import Person
from include.simulators.hap.model import Option
from include.simulators.hap.plain import plain_rows
from tests.crash.scene import NOON, first_day
from tests.dag_runs import OrdersRun
from tests.pipeline.oracle import order_differences
from tests.pipeline.world import World, open_world


@pytest.fixture
def world(tmp_path):
    with open_world(first_day().shop, tmp_path / "t") as world:
        world.set_up()
        yield world


class Interrupted(OrdersRun):
    """Something happens in the app after the first task has read it."""

    def happens(self) -> None:
        """Nothing."""

    def list_orders(self, window):
        batches = super().list_orders(window)
        self.happens()
        return batches


def asked() -> dict[str, object]:
    since, until = NOON - timedelta(days=1), NOON + timedelta(days=1)
    return {
        "run_type": "manual",
        "interval": None,
        "since": str(since),
        "until": str(until),
        "now": until + LAG,
    }


def structure_calls(world: World, after: int) -> list[str]:
    return [
        f"{entry.method} {entry.path}"
        for entry in world.hap_journal.entries()
        if entry.sequence > after and entry.api == "worksheet.get"
    ]


def test_structure_and_settings_are_read_by_the_first_task_alone(world):
    seen = []

    class Noting(Interrupted):
        def happens(self):
            seen.append(world.hap_journal.entries()[-1].sequence)

    Noting(world.context, asked()).play()
    assert order_differences(world.source, world.store) == []
    assert structure_calls(world, after=seen[0]) == []
    later = [entry for entry in world.hap_journal.entries() if entry.sequence > seen[0]]
    reads = [e for e in later if e.api == "rows.list" and "/sync_config/" in e.path]
    assert len(reads) <= 1  # of the row that the report is written into


def test_what_was_read_is_trusted_for_a_quarter_of_an_hour(world):
    context: SyncContext = world.context()
    handed = encoded(KnownApp, context.known_app())
    read_at = context.known_app().read_at
    assert still_known(handed, now=read_at + timedelta(minutes=14)).worksheets
    assert still_known(handed, now=read_at + timedelta(minutes=15)) is None
    assert still_known({**handed, "worksheets": {"orders": {"id": 1}}}) is None
    assert still_known(None) is None


def test_what_is_handed_on_is_as_old_as_its_first_reading(world):
    first = world.context().known_app()
    again = world.context(first).known_app()
    assert again.read_at == first.read_at


def test_nothing_of_a_person_is_handed_on(world):
    world.base_data()
    world.all_orders()
    person = Person(world.store)
    for row in plain_rows(world.store, "sync_config"):
        person.edit("sync_config", str(row["rowid"]), {"message": "张三 13800138000"})
    context = world.context()
    context.open_sheets([])
    handed = str(encoded(KnownApp, context.known_app()))
    assert "13800138000" not in handed
    assert "张三" not in handed


def test_a_field_that_is_deleted_meanwhile_is_told(world):
    class Deleting(Interrupted):
        def happens(self):
            sheet = world.store.sheet("orders")
            sheet.remove_field(sheet.need("goods_name"))

    run = Deleting(world.context, asked())
    run.play()
    assert isinstance(run.errors["sync_orders"], ConfigurationError)
    assert "goods_name" in str(run.errors["sync_orders"])


def test_an_option_that_a_person_adds_meanwhile_is_used_and_not_made_twice(world):
    field = world.store.sheet("orders").need("order_state")
    field.options = [option for option in field.options if option.value != "已完成"]

    class Adding(Interrupted):
        def happens(self):
            field.options = [*field.options, Option("a-person's", "已完成", 99)]

    Adding(world.context, asked()).play()
    assert [option.key for option in field.options if option.value == "已完成"] == ["a-person's"]
    assert order_differences(world.source, world.store) == []


def test_a_worksheet_that_has_not_changed_is_read_anew_once_where_rows_are_refused(world):
    world.refuse_orders(*world.source.orders.current)
    seen = []

    class Noting(Interrupted):
        def happens(self):
            seen.append(world.hap_journal.entries()[-1].sequence)

    run = Noting(world.context, asked())
    run.play()
    assert isinstance(run.errors["sync_orders"], BatchFailedError)
    orders = [call for call in structure_calls(world, after=seen[0]) if call.endswith("/orders")]
    assert len(orders) == len(world.source.orders.current)  # each order is a task of its own
