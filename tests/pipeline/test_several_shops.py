"""Two shops whose ids are all the same, in one app: neither touches, reports or hides the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from include.flows.customers.audiences import refresh_audiences
from include.flows.customers.erase import erase_customer
from include.flows.orders.explain import explain_order
from include.flows.run.error_rows import open_error_rows
from include.shops import ShopConfig, read_shops
from include.simulators.hap.human import Person
from include.simulators.hap.plain import plain_rows
from include.simulators.xiaoe.app import create_app as xiaoe_app
from include.simulators.xiaoe.seed import demo_shop
from include.simulators.xiaoe.settings import XiaoeSettings
from include.simulators.xiaoe.shop import Shop as SimulatedShop
from include.status.app import App
from include.status.sheets import read_last_runs, read_open_errors
from tests.dag_run import Memory
from tests.dag_runs import ReconcileRun
from tests.in_process import mounted
from tests.pipeline.nights import night
from tests.pipeline.oracle import OfShop, duplicates, plain_differences
from tests.pipeline.world import World, open_world

FIRST_ID, BRANCH_ID = "appDEMOshop0001", "appDEMObranch01"


def same_ids_other_words(world: World) -> SimulatedShop:
    """Return a shop with every id of the world's own shop, and nothing else in common."""
    branch = demo_shop(5, days=6, orders_per_day=2, app_id=BRANCH_ID, clock=world.source.clock)
    for user in list(branch.users.values()):
        branch.users[user.user_id] = replace(user, nickname=f"{user.nickname}(分店)")
    for goods in list(branch.goods.values()):
        branch.goods[goods.goods_id] = replace(goods, name=f"{goods.name}(分店)")
    return branch


def listed(tmp_path, *, shared: bool = False) -> tuple[ShopConfig, ...]:
    """Return both shops as they are read from a list of shops."""
    file = tmp_path / "shops.toml"
    said = f"shared_customers = {str(shared).lower()}"
    file.write_text(
        f'[[shop]]\nname = "default"\napp_id = "{FIRST_ID}"\n{said}\n'
        f'[[shop]]\nname = "branch"\napp_id = "{BRANCH_ID}"\n{said}\n'
    )
    return read_shops(file)


@contextmanager
def open_branch(world: World, tokens, config: ShopConfig) -> Iterator[World]:
    """Open a second shop that writes to the same app."""
    source = same_ids_other_words(world)
    settings = XiaoeSettings(app_id=source.app_id, rate_limits=False)
    api = xiaoe_app(source, settings)
    with mounted(api) as url:
        yield replace(
            world,
            xiaoe_url=url,
            tokens=tokens,
            app_id=source.app_id,
            config=config,
            source=source,
            xiaoe_journal=api.simulation.journal,
            xiaoe_faults=api.simulation.faults,
        )


def wrong(shop: World) -> list[str]:
    own = OfShop(shop.store, shop.app_id)
    return plain_differences(shop.source, own) + duplicates(own)


def rows_of(shop: World, alias: str) -> list[dict]:
    return [row for row in plain_rows(shop.store, alias) if row["shop"] == shop.app_id]


@pytest.fixture(scope="module")
def shops(tmp_path_factory) -> Iterator[tuple[World, World]]:
    source = demo_shop(5, days=6, orders_per_day=2)
    configs = listed(tmp_path_factory.mktemp("list"))
    with (
        open_world(source, tmp_path_factory.mktemp("first")) as first,
        open_branch(first, tmp_path_factory.mktemp("branch"), configs[1]) as branch,
    ):
        first.config = configs[0]
        first.fill()
        branch.fill()
        yield first, branch


def test_every_id_is_there_twice_and_each_shop_has_its_own_rows(shops):
    first, branch = shops
    assert first.source.orders.current.keys() == branch.source.orders.current.keys()
    assert wrong(first) == []
    assert wrong(branch) == []
    for alias in ("customers", "goods", "orders", "collected_info"):
        assert len(rows_of(first, alias)) == len(rows_of(branch, alias)) > 0


def test_a_second_run_of_either_writes_nothing(shops):
    first, _ = shops
    seen = first.hap_journal.entries()[-1].sequence
    for shop in shops:
        shop.base_data()
        shop.all_orders()
    assert first.writes(after=seen) == []


def test_a_night_of_one_shop_neither_reports_nor_touches_the_other(shops):
    first, branch = shops
    lost = rows_of(branch, "orders")[-1]
    Person(branch.store).delete("orders", lost["rowid"])
    told = night(first)
    assert told.green
    assert (told.counts["extra"], told.counts["repaired"], told.writes) == (0, 0, [])
    told = night(branch)
    assert told.green
    assert told.counts["repaired"] == 1
    assert wrong(first) == []
    assert wrong(branch) == []
    days = {str(row["day"]).partition(":")[0] for row in plain_rows(first.store, "sync_ledger")}
    assert days == {first.app_id, branch.app_id}


def test_what_one_shop_could_not_sync_is_tried_again_and_closed_by_that_shop_alone(shops):
    first, branch = shops
    refused = next(iter(branch.source.orders.current))
    Person(branch.store).delete(
        "orders",
        next(row for row in rows_of(branch, "orders") if row["order_id"] == refused)["rowid"],
    )
    branch.refuse_orders(refused)
    branch.all_orders()
    branch.refuse_orders()
    assert set(open_error_rows(branch.context(), "order")) == {refused}
    assert set(open_error_rows(first.context(), "order")) == set()
    first.all_orders()  # the same order id is fine there, which says nothing about the branch
    assert read_open_errors(App(first.hap()), [first.config]).total == 0
    (told,) = read_open_errors(App(first.hap()), [first.config, branch.config]).newest
    assert (told.shop, told.record_id) == ("branch", refused)
    branch.all_orders()
    assert set(open_error_rows(branch.context(), "order")) == set()
    assert wrong(branch) == []


def test_what_people_set_and_what_the_last_run_did_is_kept_for_each_shop(shops):
    first, branch = shops
    rows = {row["api"]: row for row in plain_rows(first.store, "sync_config")}
    Person(first.store).edit("sync_config", rows["user.info@branch"]["rowid"], {"enabled": "停用"})
    assert first.context().enabled("user.info")
    assert not branch.context().enabled("user.info")
    Person(first.store).edit("sync_config", rows["user.info@branch"]["rowid"], {"enabled": "启用"})
    told = {run.api for run in read_last_runs(App(first.hap()), [first.config, branch.config])}
    assert {"order.list", "order.list@branch"} <= told


def test_the_story_of_an_order_is_the_one_of_the_asked_shop(shops):
    for shop in shops:
        order_id = next(iter(shop.source.orders.current))
        lines = "\n".join(explain_order(shop.context(), order_id))
        assert "✓ 每一项都相同" in lines
        assert shop.config.suffixed("xiaoe_orders") in lines


def test_audiences_are_summed_up_for_each_shop(shops):
    for shop in shops:
        refresh_audiences(shop.context())
        (everybody,) = (row for row in rows_of(shop, "audiences") if row["name"] == "其他 × 全部")
        others = [row for row in rows_of(shop, "customers") if row["segment"] == "其他"]
        assert everybody["customers"] == len(others)


def test_erasing_a_customer_of_one_shop_leaves_the_other_shop_alone(shops):
    first, branch = shops
    user_id = rows_of(branch, "customers")[0]["user_id"]
    assert erase_customer(branch.context(), user_id)["customers"] == 1
    assert user_id not in {row["user_id"] for row in rows_of(branch, "customers")}
    assert wrong(first) == []


def test_two_shops_on_two_apps_share_nothing(tmp_path):
    for number, config in enumerate((ShopConfig(), ShopConfig("branch"))):
        source = demo_shop(5, days=4 + number, orders_per_day=1)
        with open_world(source, tmp_path / config.name) as shop:
            shop.config = config
            shop.fill()
            assert wrong(shop) == []
            keys = {str(row["api"]) for row in plain_rows(shop.store, "sync_config")}
            assert {key.partition("@")[2] for key in keys} == {config.scoped("").lstrip("@")}


@pytest.fixture
def family(tmp_path) -> Iterator[tuple[World, World]]:
    """Two shops that say that their customers are the same people."""
    configs = listed(tmp_path, shared=True)
    source = demo_shop(5, days=6, orders_per_day=2)
    with (
        open_world(source, tmp_path / "first") as first,
        open_branch(first, tmp_path / "branch", configs[1]) as branch,
    ):
        first.config = configs[0]
        first.fill()
        branch.fill()
        yield first, branch


def test_shared_customers_are_one_row_that_the_first_shop_owns(family):
    first, branch = family
    customers = plain_rows(first.store, "customers")
    assert {row["shop"] for row in customers} == {first.app_id}
    assert len(customers) == len({row["user_id"] for row in customers})
    assert not any("分店" in str(row["nickname"]) for row in customers)
    people = {row["rowid"]: row["user_id"] for row in customers}
    for row in rows_of(branch, "orders"):
        wanted = branch.source.orders.current[str(row["order_id"])].user_id
        assert [people[one] for one in row["customer"]] == [wanted]

    seen = first.hap_journal.entries()[-1].sequence
    for shop in family:
        shop.base_data()
        shop.all_orders()
    assert first.writes(after=seen) == []


def test_a_shared_customer_counts_in_the_audiences_of_the_shop_where_it_bought(family):
    for shop in family:
        refresh_audiences(shop.context())
    first, branch = (
        {row["name"]: row for row in rows_of(shop, "audiences")}["其他 × 全部"] for shop in family
    )
    assert branch["orders"] > 0
    assert 0 < branch["customers"] < first["customers"]


def test_whoever_is_erased_in_one_of_the_shops_comes_back_in_neither(family):
    first, branch = family
    user_id = branch.source.orders.current[str(rows_of(branch, "orders")[0]["order_id"])].user_id
    erase_customer(branch.context(), user_id)
    for shop in family:
        shop.base_data()
        shop.all_orders(compare_all_cells=True)
    assert user_id not in {row["user_id"] for row in plain_rows(first.store, "customers")}


class BesideABackfill(ReconcileRun):
    """A night beside which the same shop's whole past is synced, after it has compared."""

    shop_beside: World

    def list_repairs(self, compared):
        self.shop_beside.all_orders(days=120)
        return super().list_repairs(compared)


def test_a_new_rule_corrects_each_shops_older_orders_alone_and_beside_a_backfill(shops):
    first, branch = shops
    before = wrong(first), wrong(branch)  # of somebody who was erased above
    for row in plain_rows(first.store, "orders"):
        old = {"amount_paid": 12345, "source_hash": f"v1:{'0' * 32}"}
        Person(first.store).edit("orders", row["rowid"], old)
    first.source.clock.advance(40 * 86400)
    of_branch = rows_of(branch, "orders")
    run = BesideABackfill(
        first.context,
        {"run_type": "scheduled", "interval": None},
        Memory(),
        now=first.source.clock.now(),
    )
    run.shop_beside = first
    run.play(without=("audiences",))
    assert rows_of(branch, "orders") == of_branch
    assert wrong(first) == before[0]
    assert night(first).writes == []
    assert night(branch).green
    assert (wrong(first), wrong(branch)) == before
