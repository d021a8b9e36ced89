from __future__ import annotations

import pytest

from connectors.errors import Bilingual, ConfigurationError, NotFound, RejectedError
from include.flows.customers.erase import erase_customer
from include.flows.run.error_rows import Failure, record_failures
from include.simulators.faults import FaultRule, Kind
from include.simulators.hap.plain import plain_rows
from include.simulators.xiaoe import order_details
from tests.error_rows import entity_of


@pytest.fixture
def filled(world):
    world.base_data()
    world.all_orders()
    return world


def a_buyer_with_forms(world) -> dict[str, object]:
    answered = {row["customer"][0] for row in plain_rows(world.store, "collected_info")}
    bought = {row["customer"][0] for row in plain_rows(world.store, "orders") if row["customer"]}
    rows = plain_rows(world.store, "customers")
    return next(row for row in rows if row["rowid"] in answered & bought and row["phone"])


def everything(world) -> str:
    sheets = ("customers", "orders", "collected_info", "sync_errors")
    live = [plain_rows(world.store, sheet) for sheet in sheets]
    recycled = [plain_rows(world.store, sheet, recycled=True) for sheet in sheets]
    return repr((live, recycled))


def test_a_person_is_gone_for_good_and_the_orders_keep_their_sums(filled):
    person = a_buyer_with_forms(filled)
    paid = sum(row["amount_paid"] for row in plain_rows(filled.store, "orders"))
    counts = erase_customer(filled.context(), person["user_id"])
    assert min(counts[sheet] for sheet in ("customers", "collected_info", "orders")) > 0
    for trace in ("user_id", "phone", "name"):
        assert str(person[trace]) not in everything(filled)
    assert sum(row["amount_paid"] for row in plain_rows(filled.store, "orders")) == paid


def test_later_runs_do_not_bring_the_person_back(filled):
    person = a_buyer_with_forms(filled)
    erase_customer(filled.context(), person["user_id"])
    bought = [o for o in filled.source.orders.current.values() if o.user_id == person["user_id"]]
    filled.source.change_order(bought[0].order_id, remark="改过")
    filled.base_data()
    filled.all_orders()
    assert person["user_id"] not in everything(filled)
    rows = {row["order_id"]: row for row in plain_rows(filled.store, "orders")}
    assert not rows[bought[0].order_id]["customer"]


def test_what_was_recorded_of_the_person_in_sync_errors_goes_too(filled):
    person = a_buyer_with_forms(filled)
    user_id = str(person["user_id"])
    (form, *_) = (
        row["record_id"]
        for row in plain_rows(filled.store, "collected_info")
        if row["customer"] == [person["rowid"]]
    )
    error = RejectedError("rows.create", Bilingual("原因", "why"), Bilingual("办法", "what to do"))
    concerned = [
        Failure("customer", user_id, "customers", error),
        Failure("collected_info", str(form), "collected_info", error),
        Failure("duplicate", f"customers:{user_id}", "rows.list", error),
    ]
    record_failures(filled.context(), [*concerned, Failure("order", "o_1", "order.detail", error)])
    assert erase_customer(filled.context(), user_id)["sync_errors"] == 3
    assert user_id not in everything(filled)
    left = {entity_of(row) for row in plain_rows(filled.store, "sync_errors")}
    assert left == {"order", "erased"}


@pytest.mark.parametrize("silent", [False, True], ids=["", "the list alone tells"])
def test_a_promoter_is_forgotten_and_a_namesake_is_not(filled, monkeypatch, silent):
    if silent:
        monkeypatch.setattr(order_details, "_distribute_info", lambda *_: [])
        filled.source.rules.list_promoter = "filled"
    person = a_buyer_with_forms(filled)
    namesake = filled.source.register_user(str(person["nickname"]))
    recent = sorted(filled.source.orders.current.values(), key=lambda order: order.created_at)
    promoted, other = (order.order_id for order in recent[-2:])
    for order_id, promoter in ((promoted, person["user_id"]), (other, namesake.user_id)):
        filled.source.change_order(
            order_id, share_user_id=promoter, share_nickname=person["nickname"]
        )
    filled.all_orders(days=3)

    def shown() -> list[object]:
        rows = {row["order_id"]: row["promoter"] for row in plain_rows(filled.store, "orders")}
        return [rows[promoted], rows[other]]

    assert shown() == [person["nickname"]] * 2
    erase_customer(filled.context(), str(person["user_id"]))
    assert shown() == [None, person["nickname"]]
    for order_id in (promoted, other):
        filled.source.change_order(order_id, remark="改过")
    filled.all_orders(days=3)
    assert shown() == [None, person["nickname"]]


@pytest.mark.parametrize("detail", [True, False], ids=["", "the detail does not answer"])
def test_a_first_load_brings_no_promoter_back_of_whom_the_list_tells_the_name_alone(world, detail):
    world.base_data()
    world.source.rules.list_promoter = "nickname"
    person = next(row for row in plain_rows(world.store, "customers") if row["nickname"])
    nickname = str(person["nickname"])
    for order in list(world.source.orders.current.values()):
        world.source.change_order(
            order.order_id, share_user_id=person["user_id"], share_nickname=nickname
        )
    erase_customer(world.context(), str(person["user_id"]))
    if not detail:
        world.xiaoe_faults.set([FaultRule(api="order.detail", kind=Kind.CODE, code=3002)])
    world.all_orders()
    rows = plain_rows(world.store, "orders")
    assert len(rows) == len(world.source.orders.current)
    assert {row["promoter"] for row in rows} == {None}


def test_erasing_again_finds_nothing_and_is_no_error(filled):
    person = a_buyer_with_forms(filled)
    erase_customer(filled.context(), person["user_id"])
    assert set(erase_customer(filled.context(), person["user_id"]).values()) == {0}


@pytest.mark.parametrize("around", [" ", "\n", "\u3000\u200b\ufeff\u3164"])
def test_an_id_pasted_with_more_than_it_erases_the_person(filled, around):
    person = a_buyer_with_forms(filled)
    assert (
        erase_customer(filled.context(), f"{around}{person['user_id']}{around}")["customers"] == 1
    )
    assert str(person["user_id"]) not in everything(filled)


@pytest.mark.parametrize("preview", [True, False])
def test_an_id_that_neither_system_knows_is_an_error_and_leaves_no_mark(filled, preview):
    before = everything(filled)
    with pytest.raises(NotFound, match="没有删除任何人"):
        erase_customer(filled.context(preview=preview), "u_mistyped")
    assert everything(filled) == before


def test_a_user_whom_the_shop_alone_knows_is_kept_from_coming(filled):
    user = filled.source.register_user("新用户")
    assert set(erase_customer(filled.context(), user.user_id).values()) == {0}
    filled.base_data()
    assert user.user_id not in everything(filled)


def test_a_preview_counts_and_erases_nothing(filled):
    person = a_buyer_with_forms(filled)
    before = everything(filled)
    counts = erase_customer(filled.context(preview=True), person["user_id"])
    assert min(counts[sheet] for sheet in ("customers", "collected_info", "orders")) > 0
    assert everything(filled) == before


def test_without_a_user_id_nothing_happens(filled):
    with pytest.raises(ConfigurationError, match="user_id"):
        erase_customer(filled.context(), " ")
