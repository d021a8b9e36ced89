"""The audiences: who is in them, what they sum up to, and whose word counts on a segment."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from connectors.errors import ContractError
from include.destination.sheets.worksheets import ORDERS
from include.flows.customers.audiences import refresh_audiences
from include.flows.customers.base_data import sync_all_customers
from include.flows.customers.erase import erase_customer
from include.flows.run.scans import ids_linked_to
from include.mapping import segments
from include.mapping.segment_rules import EXECUTORS, OTHERS, SEGMENT_RULES, SegmentRule
from include.simulators.hap.human import Person
from include.simulators.hap.plain import plain_rows
from include.simulators.xiaoe.seed import demo_shop
from include.simulators.xiaoe.shop import Shop
from tests.pipeline.world import open_world


@pytest.fixture(scope="module")
def synced(tmp_path_factory):
    """One app for all tests here, in their order: each edits other people."""
    source = demo_shop(5, days=10, orders_per_day=2)
    tell_titles(source, ["董事长"] * 4 + ["工程师"] * 3)
    with open_world(source, tmp_path_factory.mktemp("tokens")) as world:
        world.fill()
        yield world


def tell_titles(source: Shop, titles: list[str]) -> None:
    """Let buyers tell their titles, so that on any day somebody has each of them."""
    buyers = dict.fromkeys(order.user_id for order in source.orders.current.values())
    form = source.add_form("职位登记", ("职位",))
    for user_id, title in zip(buyers, titles, strict=False):
        source.answer_form(form.form_id, user_id, {"职位": title})


def audiences(world) -> dict[str, dict[str, Any]]:
    return {str(row["name"]): row for row in plain_rows(world.store, "audiences")}


def customers(world) -> dict[str, dict[str, Any]]:
    return {str(row["user_id"]): row for row in plain_rows(world.store, "customers")}


def somebody(world, segment: str) -> dict[str, Any]:
    return next(row for row in customers(world).values() if row["segment"] == segment)


def edit(world, row, **cells) -> None:
    Person(world.store).edit("customers", row["rowid"], cells)


def expected(world) -> dict[tuple[str, str], Counter[str]]:
    """Return the sums in the shop's own truth, beside the segments that HAP holds."""
    held = {user_id: row["segment"] for user_id, row in customers(world).items()}
    types: dict[Any, str] = {
        row["rowid"]: str(row.get("goods_type") or row.get("column_type"))
        for sheet in ("goods", "columns")
        for row in plain_rows(world.store, sheet)
    }
    linked = {
        row["order_id"]: {types[one] for one in _linked(row)}
        for row in plain_rows(world.store, "orders")
    }
    sums: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    buyers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for user_id, segment in held.items():
        buyers[segment, "全部"].add(user_id)
    for order in world.source.orders.current.values():
        if order.pay_state != 1 or not order.paid_at:
            continue
        for kind in (*linked[order.order_id], "全部"):
            audience = held[order.user_id], kind
            buyers[audience].add(order.user_id)
            sums[audience].update(orders=1, paid=order.actual_fee, refunded=order.refund_fee)
    return {names: Counter(customers=len(who), **sums[names]) for names, who in buyers.items()}


def _linked(row) -> list[str]:
    return [*(row["goods"] or ()), *(row["columns"] or ())]


def test_the_sums_are_those_of_the_shop(synced):
    refresh_audiences(synced.context())
    wanted, rows = expected(synced), audiences(synced)
    assert rows.keys() == {f"{segment} × {kind}" for segment, kind in wanted}
    for (segment, kind), sums in wanted.items():
        row = rows[f"{segment} × {kind}"]
        assert (row["customers"], row["orders"]) == (sums["customers"], sums["orders"])
        assert row["paid"] == Decimal(sums["paid"]) / 100
        assert row["refunded"] == Decimal(sums["refunded"]) / 100
        assert (row["segment"], row["goods_type"]) == (segment, kind)
        assert (row["last_order_at"] is None) == (not sums["orders"])
        assert 0 <= row["phone_share"] <= 100
    newest = max(
        order.created_at for order in synced.source.orders.current.values() if order.paid_at
    )
    assert max(row["last_order_at"] or "" for row in rows.values()) == f"{newest:%Y-%m-%d %H:%M:%S}"


def test_a_second_refresh_writes_nothing(synced):
    refresh_audiences(synced.context())
    seen = synced.hap_journal.entries()[-1].sequence
    counts = refresh_audiences(synced.context())
    assert [entry for entry in synced.hap_journal.entries(after=seen) if entry.effect] == []
    assert (counts["create"], counts["patch"], counts["segments"]) == (0, 0, 0)


def test_a_preview_writes_nothing(synced):
    seen = synced.hap_journal.entries()[-1].sequence
    refresh_audiences(synced.context(preview=True))
    assert [entry for entry in synced.hap_journal.entries(after=seen) if entry.effect] == []


def test_every_customer_has_a_segment(synced):
    assert all(row["segment"] for row in customers(synced).values())
    assert {r["segment"] for r in customers(synced).values() if not r["job_title"]} == {OTHERS}


def test_a_segment_that_a_person_chose_is_never_overwritten(synced):
    row = somebody(synced, "决策者")
    edit(synced, row, segment="执行者")
    refresh_audiences(synced.context())
    sync_all_customers(synced.context())
    synced.all_orders(compare_all_cells=True)
    assert customers(synced)[row["user_id"]]["segment"] == "执行者"


def test_the_segment_follows_a_title_that_a_person_corrected(synced):
    row = somebody(synced, "决策者")
    edit(synced, row, job_title="行政专员")
    refresh_audiences(synced.context())
    assert customers(synced)[row["user_id"]]["segment"] == "执行者"
    sync_all_customers(synced.context())  # the shop goes on telling the old title
    synced.all_orders(compare_all_cells=True)
    held = customers(synced)[row["user_id"]]
    assert (held["job_title"], held["segment"]) == ("行政专员", "执行者")


def test_a_title_that_a_person_filled_in_counts(synced):
    row = next(row for row in customers(synced).values() if not row["job_title"])
    edit(synced, row, job_title="董事长")
    refresh_audiences(synced.context())
    sync_all_customers(synced.context())
    assert customers(synced)[row["user_id"]]["segment"] == "决策者"


def test_a_blank_segment_is_filled(synced):
    row = somebody(synced, "决策者")
    edit(synced, row, segment=[])
    refresh_audiences(synced.context())
    assert customers(synced)[row["user_id"]]["segment"] == "决策者"


@pytest.fixture
def rules(monkeypatch) -> Iterator[Callable[[SegmentRule], None]]:
    """Put a rule before all others, as an edited file does for the processes after it."""

    def put(rule: SegmentRule) -> None:
        monkeypatch.setattr(segments, "SEGMENT_RULES", (rule, *SEGMENT_RULES))
        segments.segment_of.cache_clear()

    yield put
    segments.segment_of.cache_clear()


def test_new_rules_move_everybody_but_those_that_a_person_has_placed(synced, rules):
    refresh_audiences(synced.context())
    placed, *others = [r for r in customers(synced).values() if r["segment"] == "专业人员"]
    edit(synced, placed, segment="管理者")
    rules(SegmentRule(EXECUTORS, tuple({row["job_title"].lower() for row in others})))
    counts = refresh_audiences(synced.context())
    held = customers(synced)
    assert counts["segments"] >= len(others) > 0
    assert {held[row["user_id"]]["segment"] for row in others} == {EXECUTORS}
    assert held[placed["user_id"]]["segment"] == "管理者"
    left = {name: row for name, row in audiences(synced).items() if row["segment"] == "专业人员"}
    assert left
    assert {row["customers"] for row in left.values()} == {0}


def test_an_erased_customer_does_not_come_back(synced):
    row = somebody(synced, "决策者")
    erase_customer(synced.context(), row["user_id"])
    refresh_audiences(synced.context())
    assert row["user_id"] not in customers(synced)


def test_two_shops_in_one_app_keep_their_own_audiences(synced):
    refresh_audiences(synced.context())
    before = audiences(synced)
    other = synced.context()
    other.xiaoe.app_id = "appOTHER"
    assert refresh_audiences(other)["read"] == 0
    assert audiences(synced) == before
    assert all(row["audience"].startswith(synced.app_id + ":") for row in before.values())


def test_a_relation_filter_that_hap_ignores_is_an_error_and_no_data(synced):
    with pytest.raises(ContractError):
        list(ids_linked_to(synced.context(), ORDERS, "no_such_field", ["row-1"]))
