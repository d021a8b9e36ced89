"""What one record lacks is named, tried again, and closes by itself; what HAP refuses as well."""

from __future__ import annotations

import pytest

from airflow_extras.xcom import encoded
from connectors.errors import Bilingual, RejectedError, RetryableError
from include.destination import rows
from include.destination.write import upsert
from include.flows.orders.list import list_orders
from include.flows.orders.sync import BatchResult, sync_batch
from include.flows.run.batches import Batch
from include.flows.run.outages import PAUSE
from include.flows.run.window import RunWindow
from include.simulators.faults import FaultRule, Kind
from include.simulators.hap.human import Person
from include.simulators.hap.plain import plain_rows
from tests.error_rows import entity_of
from tests.pipeline.nights import ledger
from tests.secondary.scene import SECONDARY, Scene, happens, scene

_WORDS = (Bilingual("出错", "failed"), Bilingual("稍后", "later"))


@pytest.fixture
def world(tmp_path):
    """An app that holds the shop's past, and a shop in which things have happened since."""
    with scene(tmp_path, base=True) as opened:
        happens(opened.source)
        yield opened


def order_row(world: Scene, order_id: str) -> dict:
    (row,) = (row for row in plain_rows(world.store, "orders") if row["order_id"] == order_id)
    return row


def test_an_order_whose_detail_answers_500_is_written_named_and_completed(world):
    world.xiaoe_faults.set([FaultRule(api="order.detail", kind=Kind.STATUS, status=500, first=3)])
    world.live_run()
    ((entity, order_id),) = world.open_errors()
    assert entity == "order.detail"
    assert order_row(world, order_id)["promoter"] is None
    row = world.config_row("order.list")
    assert row["last_status"] == "部分失败"
    assert "1 个缺订单详情" in row["message"]
    assert "记入异常 0，缺失 0" in row["message"]
    world.recover()
    world.live_run()
    assert world.open_errors() == set()
    assert world.config_row("order.list")["last_status"] == "成功"
    wanted = world.source.orders.current[order_id]
    assert order_row(world, order_id)["promoter"] == (wanted.share_nickname or None)


def test_what_a_person_ignores_is_not_tried_again(world):
    world.xiaoe_faults.set([FaultRule(api="order.detail", kind=Kind.STATUS, status=500, first=3)])
    world.live_run()
    (error_row,) = (r for r in plain_rows(world.store, "sync_errors") if r["status"] == "待处理")
    Person(world.store).edit("sync_errors", str(error_row["rowid"]), {"status": "忽略"})
    world.recover()
    world.xiaoe_journal.clear()
    world.live_run()
    assert world.xiaoe_journal.calls().get("order.detail", 0) == 0
    assert world.config_row("order.list")["last_status"] == "成功"


def test_an_interface_that_is_down_is_asked_a_few_times_and_told_once(world):
    world.fail("purchase", "5xx")
    world.xiaoe_journal.clear()
    world.live_run()
    assert world.xiaoe_journal.calls()["purchase"] <= 9
    (error_row,) = plain_rows(world.store, "sync_errors")
    assert (entity_of(error_row), error_row["record_id"]) == ("interface", "purchase")
    assert "15 个缺有效期" in world.config_row("order.list")["message"]


def test_one_order_a_task_and_still_one_row_for_the_interface(world):
    world.one_batch = False
    world.fail("purchase", "5xx")
    world.live_run()
    assert world.open_errors() == {("interface", "purchase")}


def test_interfaces_that_do_not_answer_cost_many_tasks_a_few_waits_in_all(world):
    world.one_batch = False
    world.shares_outages = True
    for api in SECONDARY:
        world.fail(api, "timeout")
    world.live_run()
    assert world.orders_in_hap() == world.source.orders.current.keys()
    assert 0 < world.seconds() <= 2 * 3 * 15 * 6  # two calls of three tries, six interfaces
    waited = world.seconds()
    world.live_run()
    assert world.seconds() == waited  # not asked again so soon
    world.recover()
    world.waited.append(PAUSE + 1)
    world.live_run()
    assert world.night().green
    assert world.open_errors() == set()


def test_one_record_that_times_out_keeps_no_other_from_being_asked(world):
    world.shares_outages = True
    interfaces = world.context().interfaces

    def times_out() -> None:
        world.waited.append(90.0)
        raise RetryableError("purchase", *_WORDS)

    for _ in range(5):
        with pytest.raises(RetryableError):
            interfaces.ask("purchase", times_out)
        assert world.context().interfaces.ask("purchase", lambda: "answered") == "answered"
    assert world.context().interfaces.down == {}


def test_a_missing_validity_is_not_another_orders(world):
    known = {r["order_id"]: r["valid_until"] for r in plain_rows(world.store, "orders")}
    world.fail("purchase", "2017")
    world.live_run()
    for row in plain_rows(world.store, "orders"):
        assert row["valid_until"] == known.get(row["order_id"])


def test_a_good_in_the_recycle_bin_keeps_no_order_out_and_costs_one_wait(world, monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr("include.flows.run.context.time.sleep", slept.append)
    world.store.sheet("goods").add_unique_index("goods_id")
    good = next(row for row in plain_rows(world.store, "goods") if row["name"] == "高效沟通")
    Person(world.store).delete("goods", str(good["rowid"]))
    world.live_run()
    assert world.orders_in_hap() == world.source.orders.current.keys()
    named = world.open_errors()
    assert ("goods", good["goods_id"]) in named
    assert {entity for entity, _ in named} == {"goods", "order.goods"}
    assert 0 < sum(slept) < 8
    slept.clear()
    world.live_run()
    assert slept == []
    Person(world.store).restore("goods", str(good["rowid"]))
    world.live_run()
    assert {entity for entity, _ in world.open_errors()} <= {"goods"}
    assert all(row["goods"] or row["columns"] for row in plain_rows(world.store, "orders"))
    assert world.night().green
    assert world.open_errors() == set()


@pytest.mark.parametrize("sheet", ["customers", "goods", "collected_info"])
def test_a_worksheet_of_haps_that_refuses_everything_keeps_no_order_out(world, sheet, monkeypatch):
    real = rows.create_rows

    def refusing(client, found, new_rows, **options):
        if found.definition.alias == sheet:
            raise RetryableError("rows.create", *_WORDS, "500")
        return real(client, found, new_rows, **options)

    monkeypatch.setattr(upsert, "create_rows", refusing)
    world.live_run()
    assert world.orders_in_hap() == world.source.orders.current.keys()
    assert ("interface", sheet) in world.open_errors()
    monkeypatch.undo()
    world.live_run()
    assert world.night().green
    assert world.open_errors() == set()
    assert all(row["customer"] for row in plain_rows(world.store, "orders"))
    assert all(row["goods"] or row["columns"] for row in plain_rows(world.store, "orders"))


@pytest.mark.parametrize("api", ["goods.detail", "goods.relation", "user.info", "order.detail"])
def test_a_night_that_knows_no_more_than_the_one_before_writes_nothing(world, api):
    world.live_run()
    world.fail(api, "5xx")
    world.night()
    assert world.night().writes == []


def test_what_a_task_noted_is_recorded_although_one_of_its_orders_failed(world):
    world.refuse_orders(list(world.source.orders.current)[-1])
    world.xiaoe_faults.set([FaultRule(api="order.detail", kind=Kind.STATUS, status=500, first=3)])
    world.live_run()
    assert sorted(entity for entity, _ in world.open_errors()) == ["order", "order.detail"]


def test_a_batch_tells_ids_and_codes_alone(world):
    world.fail("user.info", "-1")
    now = world.source.clock.now()
    window = RunWindow(now.replace(hour=0), now, moves_watermark=True)
    refs = [r for b in list_orders(world.context(), window) for r in b.orders]
    told = sync_batch(world.context(), Batch(tuple(refs)))
    crossing = encoded(BatchResult, told)
    assert crossing.keys() == {"batch", "counts", "missing", "unknown"}
    (failure,) = crossing["missing"]["noted"]
    named = failure["entity"], failure["record_id"], failure["error"]["code"]
    assert named == ("interface", "user.info", "-1")
    assert crossing["missing"]["without"].keys() == {"customer.info"}


def test_a_repair_that_fails_stops_no_other_part_of_the_night(world, monkeypatch):
    world.live_run()

    def refuse(*_: object, **__: object) -> None:
        raise RejectedError("rows.delete", *_WORDS, "10005")

    monkeypatch.setattr("include.flows.reconcile.finish.repair_duplicates", refuse)
    monkeypatch.setattr("include.flows.reconcile.catch_up.finish_merges", refuse)
    night = world.night()
    assert "重复" in night.error
    assert ledger(world)
    assert ("interface", "merged_accounts") in world.open_errors()
    monkeypatch.undo()
    assert world.night().green
    assert world.open_errors() == set()
