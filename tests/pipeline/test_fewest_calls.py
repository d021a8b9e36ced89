"""What a run costs, counted by the vendors: nothing is asked twice, and nothing for nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connectors.mingdao.models import RowPage
from connectors.mingdao.row_reads import RowReads
from include.destination.sheets.worksheets import ORDERS
from include.flows.customers import bulk_sync
from include.flows.customers.bulk_sync import bulk_sync_customers
from include.flows.orders.sync import run_batch, sync_batch
from include.flows.run.batches import Batch, make_batches
from include.flows.run.failed_batch import BatchFailedError
from include.simulators.faults import FaultRule, Kind
from include.simulators.hap.plain import plain_rows
from include.simulators.xiaoe.seed import demo_shop
from tests.moment import MOMENT
from tests.pipeline.busy_shop import batches_of, busy_shop, refs_of, unpaced
from tests.pipeline.oracle import duplicates, order_differences
from tests.pipeline.world import World, open_world

PER_ORDER = ("order.detail", "user.info", "information.user", "purchase")


def buyers(world: World) -> set[str]:
    return {order.user_id for order in world.source.orders.current.values()}


def calls(world: World) -> dict[str, int]:
    """Return the calls since the last time, by api."""
    told = world.xiaoe_journal.calls()
    world.xiaoe_journal.clear()
    return {api: told.get(api, 0) for api in {*told, *PER_ORDER}}


def test_a_first_load_asks_for_a_detail_where_the_list_leaves_something_open(world):
    promoted = {name for name, o in world.source.orders.current.items() if o.share_user_id}
    assert promoted
    world.all_orders()
    assert calls(world)["order.detail"] == len(promoted)
    assert order_differences(world.source, world.store) == []


def test_a_first_load_asks_for_no_detail_where_the_list_names_promoters(world):
    world.source.rules.list_promoter = "filled"
    world.all_orders()
    assert calls(world)["order.detail"] == 0
    assert order_differences(world.source, world.store) == []


def test_orders_that_are_tasks_of_their_own_and_known_ones_keep_their_detail(world):
    world.all_orders()
    for order_id in list(world.source.orders.current)[:4]:
        world.source.change_order(order_id, remark="改")
    calls(world)
    world.all_orders()
    assert calls(world)["order.detail"] == 4
    world.one_batch = False
    world.source.place_order(next(iter(world.source.users)), next(iter(world.source.goods)))
    world.all_orders()
    assert calls(world)["order.detail"] == 1


def test_a_first_load_asks_for_each_buyer_once(world):
    calls(world)
    world.all_orders()
    told = calls(world)
    for api in ("user.info", "information.user", "purchase"):
        assert told[api] <= len(buyers(world)), api
    assert order_differences(world.source, world.store) == []


def test_a_run_without_changes_asks_for_no_order_and_writes_nothing(world):
    world.all_orders()
    calls(world)
    seen = world.hap_journal.entries()[-1].sequence
    world.all_orders()
    told = calls(world)
    assert {api: told[api] for api in PER_ORDER} == dict.fromkeys(PER_ORDER, 0)
    assert "user.by_id" not in told
    assert world.writes(after=seen) == []


def test_of_the_listed_orders_that_hap_holds_only_the_version_is_read(world, monkeypatch):
    world.all_orders()
    orders = world.context().sheet(ORDERS).id
    asked, plain = [], RowReads.list_rows

    def noting(reads: RowReads, ws: str, **given: Any) -> RowPage:
        if ws == orders:
            asked.append(set(given["fields"] or ()))
        return plain(reads, ws, **given)

    monkeypatch.setattr(RowReads, "list_rows", noting)
    assert batches_of(world) == []
    assert asked == [{"order_id", "shop", "source_hash", "source_updated_at"}] * len(asked) != []


def test_validity_comes_from_the_order_line_where_that_tells_it(world):
    world.all_orders()
    assert calls(world)["purchase"] == 0
    assert any(row["valid_until"] for row in plain_rows(world.store, "orders"))


def test_validity_comes_from_the_purchases_where_the_order_line_is_silent(tmp_path):
    with open_world(busy_shop(3), tmp_path, xiaoe=unpaced(list_expiry="dashes")) as world:
        world.set_up()
        world.all_orders()
        assert calls(world)["purchase"] == 3
        assert all(row["valid_until"] for row in plain_rows(world.store, "orders"))


def test_the_users_detail_is_left_out_where_forms_and_list_tell_everything(tmp_path):
    with open_world(busy_shop(3), tmp_path, xiaoe=unpaced()) as world:
        world.set_up()
        world.all_orders()
        told = calls(world)
        assert (told["information.user"], told["user.info"]) == (3, 0)
        told_name = {row["name"] for row in plain_rows(world.store, "customers")}
        assert told_name == {"姓名0", "姓名1", "姓名2"}


def test_users_are_asked_for_fifty_at_a_time_across_a_batch(tmp_path):
    with open_world(busy_shop(60, orders=1), tmp_path, xiaoe=unpaced()) as world:
        world.set_up()
        world.all_orders()
        assert calls(world)["user.by_id"] == 2


def test_many_buyers_are_read_by_form(tmp_path):
    with open_world(busy_shop(60), tmp_path, xiaoe=unpaced()) as world:
        world.set_up()
        world.one_batch = False
        world.all_orders()
        told = calls(world)
        assert told["information.form.result"] == 2
        assert told["information.user"] == 0
        customers = {row["user_id"]: row for row in plain_rows(world.store, "customers")}
        assert customers.keys() == buyers(world)
        assert {row["company"] for row in customers.values()} == {"公司"}
        assert all(row["phone"].startswith("139") for row in customers.values())
        assert len(plain_rows(world.store, "collected_info")) == 60


@pytest.mark.parametrize(
    ("shop", "why"),
    [
        (lambda: busy_shop(8), "for a few buyers the list of forms is not worth a call"),
        (lambda: busy_shop(12, forms=20), "twenty forms are more pages than there are buyers"),
    ],
)
def test_buyers_are_asked_one_by_one_where_that_is_cheaper(tmp_path, shop, why):
    with open_world(shop(), tmp_path, xiaoe=unpaced()) as world:
        world.set_up()
        assert bulk_sync_customers(world.context(), batches_of(world)) is None, why
        assert calls(world).get("information.form.result", 0) == 0


def test_buyers_are_asked_where_the_forms_cannot_be_read_through(tmp_path):
    with open_world(busy_shop(60), tmp_path, xiaoe=unpaced()) as world:
        world.set_up()
        world.one_batch = False
        rule = FaultRule(api="information.form.result", kind=Kind.CODE, code=3057)
        world.xiaoe_faults.set([rule])
        world.all_orders()
        assert calls(world)["information.user"] == 60
        assert {row["company"] for row in plain_rows(world.store, "customers")} == {"公司"}


def test_buyers_read_by_form_are_written_once_and_asked_for_once(tmp_path):
    source = busy_shop(60, forms=2, questions=("姓名", "手机号"))
    with open_world(source, tmp_path, xiaoe=unpaced()) as world:
        world.set_up()
        world.one_batch = False
        for number, user in enumerate(world.source.users.values()):
            world.source.change_user(user.user_id, email=f"w{number}@example.com")
        seen = world.hap_journal.entries()[-1].sequence
        world.all_orders()
        told = calls(world)
        assert (told["user.by_id"], told["user.info"], told["information.user"]) == (2, 60, 0)
        writes = [w.api for w in world.writes(after=seen)]
        assert "rows.update" not in writes
        emails = {row["email"] for row in plain_rows(world.store, "customers")}
        assert emails == {f"w{number}@example.com" for number in range(60)}
        assert order_differences(world.source, world.store) == []


def test_a_buyer_whom_the_list_does_not_show_comes_with_the_order(tmp_path):
    source = busy_shop(60)
    hidden = next(iter(source.orders.current.values())).user_id
    del source.users[hidden]
    with open_world(source, tmp_path, xiaoe=unpaced()) as world:
        world.set_up()
        world.one_batch = False
        left = bulk_sync_customers(world.context(), batches_of(world))
        assert left == [hidden]
        world.all_orders()
        assert order_differences(source, world.store) == []
        row = next(r for r in plain_rows(world.store, "customers") if r["user_id"] == hidden)
        assert (row["company"], row["phone"][:3]) == ("公司", "139")


def test_more_records_than_fit_into_memory_are_read_for_a_part_of_the_buyers_each(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(bulk_sync, "MOST_RECORDS", 45)
    with open_world(busy_shop(60), tmp_path, xiaoe=unpaced()) as world:
        world.set_up()
        world.one_batch = False
        world.all_orders()
        told = calls(world)
        assert (told["information.form.result"], told["information.user"]) == (4, 0)
        assert len(plain_rows(world.store, "collected_info")) == 60


def test_what_a_form_told_is_not_replaced_by_a_run_that_asked_no_form(tmp_path):
    with open_world(busy_shop(60), tmp_path, xiaoe=unpaced()) as world:
        world.set_up()
        world.all_orders()
        before = plain_rows(world.store, "customers")
        for user in list(world.source.users.values()):
            world.source.change_user(user.user_id, name="列表里的名字", job="会计")
        context = world.context(compare_all_cells=True)
        for batch in batches_of_everything(world):
            run_batch(context, batch, goods_synced=True, asks_answers=False)
        names = [[row["name"], row["phone"], row["job_title"], row["segment"]] for row in before]
        after = plain_rows(world.store, "customers")
        assert [
            [row["name"], row["phone"], row["job_title"], row["segment"]] for row in after
        ] == names


def test_a_batch_that_is_run_again_redoes_only_what_is_not_done(tmp_path):
    with open_world(busy_shop(4), tmp_path, xiaoe=unpaced()) as world:
        world.set_up()
        refs = [ref for batch in batches_of(world) for ref in batch.orders]
        sync_batch(world.context(), Batch(tuple(refs[:3])))
        whole = Batch(tuple(refs))
        told = sync_batch(world.context(), whole).counts
        assert (told.unchanged, told.create) == (3, len(refs) - 3)
        calls(world)
        seen = world.hap_journal.entries()[-1].sequence
        sync_batch(world.context(), whole)
        assert set(calls(world).values()) == {0}
        assert world.writes(after=seen) == []


def test_an_order_that_hap_held_when_it_was_listed_keeps_its_detail(tmp_path):
    with open_world(busy_shop(4), tmp_path, xiaoe=unpaced()) as world:
        world.set_up()
        refs = refs_of(world)
        (batch,) = make_batches(refs, absent={ref.order_id for ref in refs[1:]}, few=True)
        sync_batch(world.context(world.context().known_app()), batch)
        assert calls(world)["order.detail"] == 1


def test_a_customer_of_another_batch_is_looked_up_and_not_fetched_again(tmp_path):
    with open_world(busy_shop(2), tmp_path, xiaoe=unpaced()) as world:
        world.set_up()
        refs = [ref for batch in batches_of(world) for ref in batch.orders]
        early, late = refs[:2], refs[2:]
        sync_batch(world.context(), Batch(tuple(early)))
        calls(world)
        sync_batch(world.context(), Batch((), customer_elsewhere=tuple(late)))
        assert calls(world)["information.user"] == 0
        assert order_differences(world.source, world.store) == []


def test_a_customer_of_another_batch_that_has_not_run_yet_is_fetched(tmp_path):
    with open_world(busy_shop(2), tmp_path, xiaoe=unpaced()) as world:
        world.set_up()
        refs = [ref for batch in batches_of(world) for ref in batch.orders]
        sync_batch(world.context(), Batch((), customer_elsewhere=tuple(refs[2:])))
        sync_batch(world.context(), Batch(tuple(refs[:2])))
        assert order_differences(world.source, world.store) == []
        assert duplicates(world.store) == []


def test_order_rows_are_read_in_pages_however_far_apart_the_orders_are(tmp_path):
    shop = busy_shop(60)  # more orders in two days than a page holds
    for hours in range(2):
        at = MOMENT - timedelta(days=45, hours=hours)
        shop.place_order(next(iter(shop.users)), next(iter(shop.goods)), at=at)
    with open_world(shop, tmp_path, xiaoe=unpaced()) as world:
        world.set_up()
        refs = [ref for batch in batches_of(world) for ref in batch.orders]
        refs.sort(key=lambda ref: ref.created_at)
        for apart in ((*refs[:2], *refs[-2:]), (*refs[2:4], *refs[-4:-2])):
            calls(world)
            sync_batch(world.context(), Batch(apart))
            assert calls(world)["order.list"] == 2


def test_side_by_side_ends_in_the_same_rows(tmp_path):
    source = demo_shop(5, days=20, orders_per_day=6)
    with open_world(source, tmp_path) as world:
        world.threads = 8
        world.fill()
        assert order_differences(source, world.store) == []
        assert duplicates(world.store) == []


def test_side_by_side_one_bad_order_is_recorded_alone(tmp_path):
    with open_world(busy_shop(20), tmp_path, xiaoe=unpaced()) as world:
        world.threads = 8
        world.set_up()
        (batch,) = [Batch(_refs(world))]
        world.refuse_orders(list(world.source.orders.current)[5])
        with pytest.raises(BatchFailedError):
            sync_batch(world.context(), batch)
        (error_row,) = plain_rows(world.store, "sync_errors")
        stored = {row["order_id"] for row in plain_rows(world.store, "orders")}
        assert stored == world.source.orders.current.keys() - {error_row["record_id"]}


def test_a_buyer_whose_forms_cannot_be_read_keeps_no_order_out(tmp_path):
    with open_world(busy_shop(3), tmp_path, xiaoe=unpaced()) as world:
        world.set_up()
        world.xiaoe_faults.set(
            [FaultRule(api="information.user", kind=Kind.CODE, code=3057, nth=1)]
        )
        told = sync_batch(world.context(), Batch(_refs(world)))
        assert told.missing.without == {"customer.forms": 1}
        stored = {row["order_id"] for row in plain_rows(world.store, "orders")}
        assert stored == world.source.orders.current.keys()


def batches_of_everything(world: World) -> list[Batch]:
    return make_batches(refs_of(world))


def _refs(world: World):
    return tuple(ref for batch in batches_of(world) for ref in batch.orders)
