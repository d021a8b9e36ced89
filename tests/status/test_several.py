"""The page of several shops: what the pictures of their apps say together."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from connectors.errors import Bilingual, RejectedError
from include.flows.run.api_settings import ApiReport, RunReport, report_run
from include.flows.run.error_rows import Failure, record_failures
from include.shops import apps_of, read_shops
from include.simulators.hap.human import Person
from include.simulators.xiaoe.seed import demo_shop
from include.status.several import joined
from include.status.snapshot import read_snapshot
from tests.pipeline.world import World, open_world

TOML = """
[[shop]]
name = "default"
app_id = "appDEMOshop0001"
[[shop]]
name = "branch"
app_id = "appBRANCH"
[[shop]]
name = "academy"
mingdao = "mingdao_academy"
"""
FIRST, BRANCH, ACADEMY = "appDEMOshop0001", "appBRANCH", "appACADEMY"


@pytest.fixture(scope="module")
def shops(tmp_path_factory):
    """Two shops write to one app, a third to another."""
    path = tmp_path_factory.mktemp("shops") / "shops.toml"
    path.write_text(TOML)
    return read_shops(path)


@pytest.fixture(scope="module")
def apps(tmp_path_factory, shops):
    """Both apps; each shop has a day in the ledger, a run that was read so far, and error rows."""
    with (
        open_world(demo_shop(3, days=2), tmp_path_factory.mktemp("one")) as first,
        open_world(demo_shop(3, days=2, app_id=ACADEMY), tmp_path_factory.mktemp("two")) as other,
    ):
        worlds = {"mingdao_default": first, "mingdao_academy": other}
        for world in worlds.values():
            world.set_up()
        for number, config in enumerate(shops):
            tell(worlds[config.mingdao], config, number)
        yield worlds


def tell(world: World, config, number: int) -> None:
    now = world.source.clock.now()
    app_id = config.app_id or ACADEMY
    person = Person(world.store)
    person.add(
        "sync_ledger",
        {
            "day": f"{app_id}:{now.date()}",
            "source_orders": Decimal(number + 1),
            "hap_orders": Decimal(number + 1),
            "status": "一致",
        },
    )
    person.add("customers", {"user_id": f"u_{number}", "shop": app_id, "segment": "决策者"})
    ran = now - timedelta(minutes=10 * number)
    window = (ran - timedelta(minutes=15), ran)
    report = RunReport({"order.list": ApiReport(5, 5)}, "成功", "完成", ran, "", window)
    world.config = config
    report_run(world.hap(), config, report, {})
    error_rows = [failure(f"o_{number}_{n}", n % 2) for n in range(number + 1)]
    world.app_id = app_id
    record_failures(world.context(config=config), error_rows)


def failure(order_id: str, kind: int) -> Failure:
    told = [("订单不存在", "3002"), ("接口暂时出错", "3999")][kind]
    error = RejectedError(
        "order.detail", Bilingual(told[0], "no"), Bilingual("核对", "check"), told[1]
    )
    return Failure("order", order_id, "order.detail", error)


@pytest.fixture(scope="module")
def pictures(apps, shops):
    return {
        name: read_snapshot(apps[name].hap(), configs) for name, configs in apps_of(shops).items()
    }


@pytest.fixture(scope="module")
def picture(pictures):
    return joined(list(pictures.values()))


def test_every_shop_of_every_app_is_shown_with_its_own_days_and_customers(picture):
    told = {one["shop"]: one for one in picture["shops"]}
    assert told.keys() == {FIRST, BRANCH, ACADEMY}
    orders = {
        name: [day["hap"]["orders"] for day in one["days"] if day["hap"]]
        for name, one in told.items()
    }
    assert orders == {FIRST: [1], BRANCH: [2], ACADEMY: [3]}
    assert [one["customers"] for one in told.values()] == [1, 1, 1]


def test_a_backfill_can_be_asked_for_in_every_shop(picture):
    assert picture["orders_dags"] == [
        "xiaoe_orders",
        "xiaoe_orders__branch",
        "xiaoe_orders__academy",
    ]


def test_a_shop_goes_by_its_name_in_the_list_of_shops_and_has_its_own_backfill(picture):
    told = {one["shop"]: (one["name"], one["orders_dag"]) for one in picture["shops"]}
    assert told == {
        FIRST: ("default", "xiaoe_orders"),
        BRANCH: ("branch", "xiaoe_orders__branch"),
        ACADEMY: ("academy", "xiaoe_orders__academy"),
    }


def test_a_shop_that_left_the_list_is_shown_without_a_name(apps, shops):
    alone = [one for one in shops if one.name == "branch"]
    told = {
        one["shop"]: one["name"]
        for one in read_snapshot(apps["mingdao_default"].hap(), alone)["shops"]
    }
    assert told == {FIRST: None, BRANCH: "branch"}


def test_whoever_may_see_one_shop_learns_nothing_of_the_others_in_its_app(apps, shops):
    alone = [one for one in shops if one.name == "branch"]
    hap = apps["mingdao_default"].hap()
    seen = read_snapshot(hap, alone, others=False)
    assert [one["shop"] for one in seen["shops"]] == [BRANCH]
    assert {error["shop"] for error in seen["errors"]["newest"]} == {"branch"}
    assert seen["errors"]["total"] == 2
    assert seen["orders_dags"] == ["xiaoe_orders__branch"]
    assert FIRST not in str(seen)


def test_one_shop_that_writes_to_two_apps_is_two_choices(apps, shops):
    first = next(one for one in shops if one.name == "default")
    trial = replace(first, name="trial", mingdao="mingdao_trial")
    hap = apps["mingdao_default"].hap()
    told = joined([read_snapshot(hap, [one]) for one in (first, trial)])["shops"]
    assert [one["key"] for one in told if one["shop"] == FIRST] == ["default", "trial"]


def test_the_shop_that_is_behind_tells_how_far_was_read(picture, pictures):
    academy = pictures["mingdao_academy"]["read_until"]
    assert picture["read_until"] == academy
    assert academy < pictures["mingdao_default"]["read_until"]


def test_an_app_that_has_not_run_yet_does_not_hide_how_far_the_other_was_read(pictures):
    fresh = {**pictures["mingdao_academy"], "read_until": None}
    first = pictures["mingdao_default"]
    assert joined([first, fresh])["read_until"] == first["read_until"]
    assert joined([{**first, "read_until": None}, fresh])["read_until"] is None


def test_errors_of_all_shops_are_one_list_and_the_same_cause_is_counted_once(picture):
    errors = picture["errors"]
    assert errors["total"] == 1 + 2 + 3
    assert [(one["reason"], one["count"]) for one in errors["causes"]] == [
        ("订单不存在", 4),
        ("接口暂时出错", 2),
    ]
    assert {one["record_id"] for one in errors["newest"]} == {
        f"o_{number}_{n}" for number in range(3) for n in range(number + 1)
    }
    assert {one["shop"] for one in errors["newest"]} == {"", "branch", "academy"}


def test_runs_of_all_shops_are_told_newest_first(picture):
    ran = [run["ran_at"] for run in picture["runs"]]
    assert ran == sorted(ran, reverse=True)
    assert {run["api"] for run in picture["runs"]} == {
        "order.list",
        "order.list@branch",
        "order.list@academy",
    }
