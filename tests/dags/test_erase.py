"""Erasing a customer in Airflow: counted first, then asked, and done where a person agreed."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from airflow.dag_processing.dagbag import DagBag

from include.simulators.hap.plain import plain_rows
from include.simulators.xiaoe.seed import demo_shop
from tests.dags.person import person_answering
from tests.paths import ROOT
from tests.pipeline.world import World, open_world


@pytest.fixture(scope="module")
def filled(airflow_home, tmp_path_factory) -> Iterator[World]:
    tokens = tmp_path_factory.mktemp("tokens")
    with open_world(demo_shop(5, days=3, orders_per_day=2), tokens) as world:
        world.set_up()
        world.base_data()
        world.all_orders()
        yield world


@pytest.fixture
def world(filled, monkeypatch) -> World:
    extra = {"client_id": "xopDEMO0001", "allow_http": True}
    for system, url, login, password in (
        ("xiaoe", filled.xiaoe_url, filled.source.app_id, "demo-secret-key"),
        ("mingdao", filled.hap_url, "demo-appkey", "demo-sign"),
    ):
        connection = {"conn_type": system, "host": url, "login": login, "password": password}
        name = f"AIRFLOW_CONN_{system.upper()}_DEFAULT"
        monkeypatch.setenv(name, json.dumps({**connection, "extra": extra}))
    monkeypatch.setenv("XIAOE_TOKEN_DIR", str(filled.tokens))
    return filled


def customer(world: World) -> dict[str, object]:
    """The first customer who has answered a form: the same one until erased."""
    answered = {row["customer"][0] for row in plain_rows(world.store, "collected_info")}
    rows = plain_rows(world.store, "customers")
    return next(row for row in rows if row["rowid"] in answered and row["phone"])


def erase(user_id: object, **params):
    dag = DagBag(str(ROOT / "dags")).dags["xiaoe_erase_customer"]
    run = dag.test(run_conf={"user_id": user_id, **params})
    return str(run.state), {ti.task_id: str(ti.state) for ti in run.get_task_instances()}


def everything(world: World) -> str:
    return repr(
        [plain_rows(world.store, sheet) for sheet in ("customers", "orders", "sync_errors")]
    )


def test_a_preview_counts_and_asks_nobody(world):
    before = everything(world)
    with person_answering("同意") as asked:
        ended = erase(customer(world)["user_id"], preview=True)
    assert ended == ("success", {"count": "success", "ask": "skipped", "erase": "skipped"})
    assert (asked, everything(world)) == ([], before)


def test_a_refusal_erases_nothing_and_says_so(world, caplog):
    before = everything(world)
    with person_answering("拒绝") as asked, caplog.at_level(logging.WARNING, "airflow_extras"):
        ended = erase(customer(world)["user_id"])
    assert ended == ("success", {"count": "success", "ask": "success", "erase": "skipped"})
    assert everything(world) == before
    assert "有人选择了「拒绝」，什么也没有删" in caplog.text
    (question,) = asked
    assert "| customers | 1 |" in question
    person = customer(world)
    assert not any(str(person[fact]) in question for fact in ("user_id", "phone", "nickname"))


def test_without_an_answer_for_a_day_nothing_is_erased_and_the_run_is_red(world):
    before = everything(world)
    with person_answering(None) as asked:
        ended = erase(customer(world)["user_id"])
    assert ended == ("failed", {"count": "success", "ask": "success", "erase": "failed"})
    assert (len(asked), everything(world)) == (1, before)


def test_a_user_id_that_nobody_knows_is_red_before_anybody_is_asked(world):
    with person_answering("同意") as asked:
        state, tasks = erase("u_mistyped")
    assert (state, tasks["count"], asked) == ("failed", "failed", [])


def test_once_a_person_agrees_the_customer_is_gone(world, caplog):
    person = customer(world)
    with person_answering("同意"), caplog.at_level(logging.INFO, "include"):
        ended = erase(person["user_id"])
    assert ended == ("success", {"count": "success", "ask": "success", "erase": "success"})
    assert str(person["user_id"]) not in everything(world)
    assert "仍含这个用户ID的地方" in caplog.text  # what Airflow itself keeps
