"""The shop tells that one account went into another: once, twice, late, in a chain, or never.

The pair comes with one pushed message (xiaoe.md §9.2) and is kept in HAP; whatever happens to that
message, no order is lost, doubled or without a customer, and what people wrote stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from connectors.errors import ConfigurationError
from include.flows.customers.erase import erase_customer
from include.flows.orders.pushed import Listed, Pushed, PushEvent, refresh_pushed
from include.simulators.hap.human import Person
from include.simulators.hap.plain import plain_rows
from include.simulators.xiaoe.settings import XiaoeSettings
from tests.crash.child import run_steps
from tests.crash.scene import HOUR, NOON, Scene, first_day
from tests.pipeline.nights import night
from tests.pipeline.world import World, open_world

PHONE, COMPANY = "13700000000", "人工核对过的公司"
MERGED_AT = NOON + 2 * HOUR


class Shopping:
    """A small shop that leaves the orders of merged accounts under the old id, all in HAP."""

    def __init__(self, world: World, scene: Scene) -> None:
        self.world, self.scene = world, scene
        self.target, self.source = scene.users[:2]

    def merge(self, source: str, target: str, at: datetime = MERGED_AT) -> None:
        self.scene.shop.clock.set(at + HOUR)
        self.scene.shop.merge_users(source, target, at=at)

    def push(self, *merges: tuple[str, str, datetime | str]) -> None:
        """Hand over what the receiver has kept of these messages, in this order."""
        events = [
            PushEvent(number, NOON, (), (target,), [_told(source, target, at)])
            for number, (source, target, at) in enumerate(merges)
        ]
        refresh_pushed(self.world.context(), Listed(Pushed.of(events)))

    def customers(self) -> dict[str, dict]:
        found = plain_rows(self.world.store, "customers")
        by_id = {str(row["user_id"]): row for row in found}
        assert len(by_id) == len(found)
        return by_id

    def owners(self, sheet: str = "orders", key: str = "order_id") -> dict[str, str]:
        """Return whose every row is; a row without a customer is nobody's."""
        names = {str(row["rowid"]): user_id for user_id, row in self.customers().items()}
        rows = plain_rows(self.world.store, sheet)
        owned = {str(row[key]): names[(row["customer"] or [""])[0]] for row in rows}
        assert len(owned) == len(rows)
        return owned

    def edit(self, user_id: str, **cells: str) -> None:
        Person(self.world.store).edit("customers", self.customers()[user_id]["rowid"], cells)


def _told(source: str, target: str, at: datetime | str) -> dict[str, str]:
    moment = at if isinstance(at, str) else at.strftime("%Y-%m-%d %H:%M:%S")
    return {"source": source, "target": target, "merged_at": moment}


@pytest.fixture
def shopping(tmp_path) -> Iterator[Shopping]:
    scene = first_day()
    settings = XiaoeSettings(rate_limits=False, merged_orders="kept")
    with open_world(scene.shop, tmp_path / "tokens", xiaoe=settings) as world:
        run_steps(world)
        yield Shopping(world, scene)


@pytest.fixture
def merged(shopping: Shopping) -> Shopping:
    shopping.merge(shopping.source, shopping.target)
    return shopping


Pushes = Callable[[Shopping], None]
WAYS: dict[str, Pushes] = {
    "once": lambda s: s.push((s.source, s.target, MERGED_AT)),
    "twice": lambda s: s.push(*[(s.source, s.target, MERGED_AT)] * 2),
    "in two runs": lambda s: (s.push((s.source, s.target, MERGED_AT)), WAYS["once"](s))[1],
    "without a time": lambda s: s.push((s.source, s.target, "")),
    "late": lambda s: (night(s.world), WAYS["once"](s))[1],
}


@pytest.mark.parametrize("way", WAYS)
def test_orders_and_forms_go_to_the_account_that_is_left_and_stay_there(merged, way):
    before, forms = merged.owners(), merged.owners("collected_info", "record_id")
    assert merged.source in before.values()
    WAYS[way](merged)
    expected = {
        name: merged.target if owner == merged.source else owner for name, owner in before.items()
    }
    assert merged.owners() == expected
    assert merged.source not in merged.owners("collected_info", "record_id").values()
    assert merged.owners("collected_info", "record_id").keys() == forms.keys()
    assert night(merged.world).green
    assert merged.owners() == expected
    again = night(merged.world)
    assert (again.green, again.writes) == (True, [])
    run_steps(merged.world)
    assert merged.owners() == expected


def test_a_merge_that_is_never_told_loses_nothing(merged):
    before = merged.owners()
    for _ in range(2):
        run_steps(merged.world)
        assert night(merged.world).green
    assert merged.owners() == before


def test_an_order_of_the_old_account_that_comes_later_is_the_remaining_customers(merged):
    merged.push((merged.source, merged.target, MERGED_AT))
    shop = merged.scene.shop
    order = next(one for one in shop.orders.current.values() if one.user_id == merged.source)
    shop.settle(order.order_id, at=MERGED_AT + timedelta(minutes=1))
    merged.world.all_orders()
    assert merged.owners()[order.order_id] == merged.target
    assert night(merged.world).green
    assert merged.owners()[order.order_id] == merged.target


def test_what_a_person_wrote_stays_and_blanks_are_filled(merged):
    merged.edit(merged.source, phone=PHONE, company=COMPANY)
    merged.edit(merged.target, phone="", company="另一家公司")
    merged.push((merged.source, merged.target, MERGED_AT))
    for _ in range(2):
        rows = merged.customers()
        assert (rows[merged.source]["phone"], rows[merged.source]["company"]) == (PHONE, COMPANY)
        assert rows[merged.target]["company"] == "另一家公司"
        assert rows[merged.target]["job_title"] == rows[merged.source]["job_title"] == "总监"
        run_steps(merged.world)
        night(merged.world)


def test_a_persons_value_that_filled_a_blank_is_not_replaced_later(merged):
    merged.edit(merged.source, email="hand@example.invalid")
    merged.push((merged.source, merged.target, MERGED_AT))
    assert merged.customers()[merged.target]["email"] == "hand@example.invalid"
    merged.scene.shop.change_user(merged.target, email="shop@example.invalid")
    run_steps(merged.world)
    night(merged.world)
    assert merged.customers()[merged.target]["email"] == "hand@example.invalid"


def test_a_pair_waits_until_the_remaining_account_is_there(shopping):
    before, shop = shopping.owners(), shopping.scene.shop
    new = "u_64a1b2c3d4e5f_new"
    shopping.push((shopping.source, new, MERGED_AT))
    assert shopping.owners() == before
    assert night(shopping.world).green
    assert shopping.owners() == before
    shop.register_user("新账号", user_id=new, at=MERGED_AT)
    shopping.merge(shopping.source, new)
    run_steps(shopping.world)
    assert night(shopping.world).green
    owners = shopping.owners()
    assert {owners[name] for name, who in before.items() if who == shopping.source} == {new}


@pytest.mark.parametrize("turned", [False, True])
def test_a_chain_ends_with_the_last_account(shopping, turned):
    before = shopping.owners()
    last = shopping.scene.users[3]
    pairs = [
        (shopping.source, shopping.target, MERGED_AT),
        (shopping.target, last, MERGED_AT + HOUR),
    ]
    for pair in pairs:
        shopping.merge(*pair)
    for pair in reversed(pairs) if turned else pairs:
        shopping.push(pair)
    chained = {shopping.source, shopping.target}
    expected = {name: last if who in chained else who for name, who in before.items()}
    assert shopping.owners() == expected
    assert night(shopping.world).green
    assert shopping.owners() == expected


def test_a_chain_goes_on_over_an_account_that_hap_never_met(shopping):
    (first, last), between = shopping.scene.users[:2], "u_5f0000000000_neverSeen01"
    before = shopping.owners()
    shopping.push((first, between, MERGED_AT), (between, last, MERGED_AT + timedelta(minutes=5)))
    expected = {name: last if owner == first else owner for name, owner in before.items()}
    assert first in before.values()
    for _ in range(2):
        assert shopping.owners() == expected
        assert night(shopping.world).green
    assert between not in shopping.customers()


def test_of_two_messages_about_one_account_the_newer_merge_counts(shopping):
    before, other = shopping.owners(), shopping.scene.users[3]
    shopping.push((shopping.source, other, MERGED_AT + HOUR))
    shopping.push((shopping.source, shopping.target, MERGED_AT))
    owners = shopping.owners()
    assert {owners[name] for name, who in before.items() if who == shopping.source} == {other}


def test_a_merge_that_was_turned_round_ends_with_one_customer(shopping):
    shopping.push(
        (shopping.source, shopping.target, MERGED_AT),
        (shopping.target, shopping.source, MERGED_AT + HOUR),
    )
    owners = set(shopping.owners().values())
    assert shopping.source in owners
    assert shopping.target not in owners


def test_a_pair_that_a_person_adds_counts_from_the_next_night(merged):
    before = merged.owners()
    Person(merged.world.store).add(
        "merged_accounts", {"source_user_id": merged.source, "target_user_id": merged.target}
    )
    assert night(merged.world).green
    owners = merged.owners()
    assert {owners[name] for name, who in before.items() if who == merged.source} == {merged.target}


def test_an_app_that_was_set_up_before_goes_on_without_the_worksheet(shopping):
    world = shopping.world
    world.store.remove_sheet(world.store.sheet("merged_accounts"))
    run_steps(world, ("orders",))
    assert night(world).green
    with pytest.raises(ConfigurationError, match="mingdao_setup"):
        shopping.push((shopping.source, shopping.target, MERGED_AT))
    assert erase_customer(world.context(), shopping.source)["customers"] == 1


def test_a_preview_moves_and_keeps_nothing(merged):
    before = merged.owners()
    told = [PushEvent(1, NOON, (), (), [_told(merged.source, merged.target, MERGED_AT)])]
    refresh_pushed(merged.world.context(preview=True), Listed(Pushed.of(told)))
    assert merged.owners() == before
    assert list(plain_rows(merged.world.store, "merged_accounts")) == []


@pytest.mark.parametrize("named", ["source", "target"])
def test_erasing_a_person_erases_the_accounts_that_were_merged(merged, named):
    merged.push((merged.source, merged.target, MERGED_AT))
    erase_customer(merged.world.context(), getattr(merged, named))
    assert {merged.source, merged.target} & merged.customers().keys() == set()
    run_steps(merged.world)
    night(merged.world)
    assert {merged.source, merged.target} & merged.customers().keys() == set()
    assert list(plain_rows(merged.world.store, "merged_accounts")) == []


@pytest.mark.parametrize("named", ["source", "target"])
def test_a_merge_of_somebody_who_was_erased_brings_nothing_back(merged, named):
    person = getattr(merged, named)
    theirs = {name for name, owner in merged.owners().items() if owner == person}
    erase_customer(merged.world.context(), person)
    merged.push((merged.source, merged.target, MERGED_AT))
    assert night(merged.world).green
    rows = plain_rows(merged.world.store, "orders")
    assert [row["customer"] for row in rows if row["order_id"] in theirs and row["customer"]] == []
    assert person not in merged.customers()
    assert list(plain_rows(merged.world.store, "merged_accounts")) == []
