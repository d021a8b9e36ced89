from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from connectors.codes import LATER
from connectors.errors import Bilingual, RejectedError, RetryableError
from connectors.xiaoe.endpoints import ENDPOINTS
from include.flows.customers import base_data
from include.flows.orders.finish import IncompleteRunError, finish_orders
from include.flows.orders.list import list_orders
from include.flows.orders.retries import record_and_close
from include.flows.orders.sync import BatchResult, sync_batch
from include.flows.run.error_names import ENTITIES, STEPS, entity_name
from include.flows.run.error_rows import (
    Failure,
    close_error_rows,
    ignored_records,
    open_error_rows,
    record_failures,
    recorded,
)
from include.flows.run.failed_batch import BatchFailedError
from include.flows.run.missing import Missing
from include.flows.run.parts import PARTS
from include.flows.run.window import RunWindow
from include.simulators.hap.human import Person
from include.simulators.hap.plain import plain_rows
from tests.pipeline.nights import night

ERROR = RejectedError(
    "order.detail", Bilingual("原因", "why"), Bilingual("办法", "what to do"), "3002"
)


def failure(order_id: str) -> Failure:
    return Failure("order", order_id, "order.detail", ERROR)


def raising(error: Exception):
    def act(*_):
        raise error

    return act


def error_rows(world) -> dict[str, dict[str, object]]:
    return {row["record_id"]: row for row in plain_rows(world.store, "sync_errors")}


def test_a_failure_is_told_in_words_and_counted_on(world):
    for _ in range(3):
        record_failures(world.context(), [failure("o_1")])
    error_row = error_rows(world)["o_1"]
    assert (error_row["attempts"], error_row["status"]) == (3, "待处理")
    assert (error_row["code"], error_row["reason"], error_row["action"]) == ("3002", "原因", "办法")
    assert error_row["first_seen"] <= error_row["last_seen"]


def test_a_person_reads_in_chinese_what_failed_and_at_which_step(world):
    record_failures(world.context(), [failure("o_1")])
    error_row = error_rows(world)["o_1"]
    assert (error_row["entity"], error_row["step"]) == ("订单", "订单详情")


@pytest.mark.parametrize("entity", ["order", "customer.forms"])
def test_a_row_that_an_older_version_wrote_is_the_same_row(world, entity):
    one = Failure(entity, "r_1", "order.detail", ERROR)
    record_failures(world.context(), [one])
    before = {"entity": entity, "step": "order.detail", "status": "重试"}
    Person(world.store).edit("sync_errors", error_rows(world)["r_1"]["rowid"], before)
    assert open_error_rows(world.context(), entity).keys() == {"r_1"}
    record_failures(world.context(), [one])
    (row,) = (row for row in plain_rows(world.store, "sync_errors") if row["record_id"] == "r_1")
    assert (row["entity"], row["step"]) == (entity_name(entity).zh, "订单详情")
    assert row["attempts"] == 2
    Person(world.store).edit("sync_errors", row["rowid"], before)
    assert close_error_rows(world.context(), entity, ["r_1"]) == 1


def test_a_row_that_a_person_added_is_about_what_its_cell_names(world):
    for number, entity in enumerate(("order", "订单")):
        cells = {"record_id": f"o_{number}", "entity": entity, "status": "忽略"}
        Person(world.store).add("sync_errors", cells)
    assert ignored_records(world.context(), "order") == {"o_0", "o_1"}


def test_every_part_interface_and_worksheet_has_a_chinese_name_of_its_own():
    assert PARTS.keys() <= ENTITIES.keys()
    assert {*ENDPOINTS, *(part.step for part in PARTS.values())} <= STEPS.keys()
    assert len({name.zh for name in ENTITIES.values()}) == len(ENTITIES)


def test_the_log_counts_an_order_that_could_not_even_be_read(world, caplog):
    caplog.set_level(logging.INFO)
    now = world.source.clock.now()
    window = RunWindow(now - timedelta(days=2), now, moves_watermark=False)
    batch = list_orders(world.context(), window)[0]
    world.source.hide_order(batch.label)
    with pytest.raises(BatchFailedError):
        sync_batch(world.context(), batch)
    counts = next(line for line in caplog.messages if line.startswith(batch.label))
    assert f"失败 {len(batch.orders)} " in counts


def test_what_a_person_ignores_stays_ignored(world):
    record_failures(world.context(), [failure("o_1")])
    Person(world.store).edit("sync_errors", error_rows(world)["o_1"]["rowid"], {"status": "忽略"})
    record_failures(world.context(), [failure("o_1")])
    assert error_rows(world)["o_1"]["status"] == "忽略"
    assert open_error_rows(world.context(), "order") == {}


def test_what_a_person_ignores_while_a_task_goes_on_is_not_closed_by_it(world):
    record_failures(world.context(), [failure("o_1")])
    context = world.context()
    assert set(open_error_rows(context, "order")) == {"o_1"}
    Person(world.store).edit("sync_errors", error_rows(world)["o_1"]["rowid"], {"status": "忽略"})
    assert record_and_close(context, ["o_1"], Missing())[0] == 0
    assert error_rows(world)["o_1"]["status"] == "忽略"


def test_forms_that_cannot_be_read_for_another_system_s_sake_close_when_they_can(
    world, monkeypatch
):
    down = RetryableError("state", Bilingual("共享状态不可用", "the state is down"), LATER)
    with monkeypatch.context() as patched:
        patched.setattr(base_data, "answers_by_user", raising(down))
        world.base_data()
    assert error_rows(world)["information.form.result"]["status"] == "待处理"
    night(world)
    assert error_rows(world)["information.form.result"]["status"] == "已解决"


def test_a_solved_failure_closes_and_opens_again_when_it_returns(world):
    record_failures(world.context(), [failure("o_1")])
    assert close_error_rows(world.context(), "order", ["o_1"]) == 1
    assert error_rows(world)["o_1"]["status"] == "已解决"
    record_failures(world.context(), [failure("o_1")])
    assert error_rows(world)["o_1"]["status"] == "待处理"


def test_a_solved_failure_does_not_excuse_an_order_that_is_missing_now(world):
    now = world.source.clock.now()
    window = RunWindow(now - timedelta(days=12), now, moves_watermark=True)
    batches = list_orders(world.context(), window)
    missing = batches[0].label
    record_failures(world.context(), [failure(missing)])
    close_error_rows(world.context(), "order", [missing])
    assert recorded(world.context(), "order", [missing]) == set()
    told = [BatchResult(batch.label) for batch in batches[1:]]
    with pytest.raises(IncompleteRunError, match=missing):
        finish_orders(world.context(), window, batches, told)
