"""Messages on their way: from a settled run through apprise to a loopback server."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_extras.last_line import failed, succeeded
from airflow_extras.notify import SYNC, Waiting, notifies, tell_people
from connectors.errors import Bilingual, RejectedError
from include.flows.orders.finish import IncompleteRunError
from include.flows.run.api_settings import ApiReport, RunReport, report_run
from include.flows.run.error_rows import Failure, record_failures
from include.shops import ShopConfig
from include.simulators.hap.human import Person
from include.simulators.hap.plain import plain_rows
from include.simulators.xiaoe.seed import demo_shop
from tests.pipeline.world import World, open_world

START = datetime(2026, 11, 22, 16, tzinfo=UTC)


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Iterator[World]:
    with open_world(
        demo_shop(3, days=2, orders_per_day=1), tmp_path_factory.mktemp("tokens")
    ) as opened:
        opened.set_up()
        yield opened


@contextmanager
def chat(status: int = 200) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A chat service on loopback, and what it got."""
    got: list[dict[str, Any]] = []

    class Chat(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_):
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Chat)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"json://127.0.0.1:{server.server_address[1]}/secret-token-abc", got
    finally:
        server.shutdown()
        server.server_close()


class Runs:
    """Settled runs of one DAG, one after the other, and the state that Airflow keeps for them."""

    def __init__(self, world: World, monkeypatch, *services: dict[str, Any]) -> None:
        self.world = world
        self.kept: dict[str, str] = {}
        self.number = 0
        mingdao = {
            "conn_type": "mingdao",
            "host": world.hap_url,
            "login": "demo-appkey",
            "password": "demo-sign",
            "extra": {"allow_http": True},
        }
        monkeypatch.setenv("AIRFLOW_CONN_MINGDAO_DEFAULT", json.dumps(mingdao))
        monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.example.com")
        monkeypatch.delenv("AIRFLOW_CONN_XIAOE_NOTIFY", raising=False)
        if services:
            notify = {"conn_type": "apprise", "extra": {"config": list(services)}}
            monkeypatch.setenv("AIRFLOW_CONN_XIAOE_NOTIFY", json.dumps(notify))

    def settled(
        self,
        status: str = "成功",
        error: Exception | None = None,
        *,
        dag_id: str = "xiaoe_orders",
        run_type: str = "scheduled",
        preview: bool = False,
    ) -> None:
        self.number += 1
        run_id = f"{run_type}__{self.number}"
        url = f"https://airflow.example.com/dags/{dag_id}/runs/{run_id}"
        now = self.world.source.clock.now() + timedelta(minutes=self.number)
        report = RunReport({"order.list": ApiReport(3, 3)}, status, "应同步 3，完成 3", now, url)
        report_run(self.world.hap(), ShopConfig(), report, {})
        kept = SimpleNamespace(
            get=lambda key, default=None: self.kept.get(key, default), set=self.kept.__setitem__
        )
        tell_people(
            {
                "params": {"preview": preview},
                "dag": SimpleNamespace(schedule="*/15 * * * *"),
                "dag_run": SimpleNamespace(
                    dag_id=dag_id,
                    run_id=run_id,
                    run_type=run_type,
                    data_interval_start=START,
                    data_interval_end=START + timedelta(days=1),
                ),
                "asset_state_store": {SYNC: kept},
                "exception": error,
            },
            ShopConfig(),
        )


def test_one_message_when_it_turns_bad_and_one_when_it_recovers(world, monkeypatch):
    with chat() as (service, got):
        runs = Runs(world, monkeypatch, {"path": service})
        for status in ("成功", "部分失败", "部分失败", "成功", "成功"):
            runs.settled(status)
    assert [(message["type"], message["title"]) for message in got] == [
        ("failure", "⚠ xiaoe_orders 部分失败 / partly failed"),
        ("success", "✓ xiaoe_orders 成功 / succeeded"),
    ]
    assert "since=2026-11-23T00%3A00" in got[0]["message"]


def test_five_hundred_failures_are_one_message_without_any_person(world, monkeypatch):
    words = Bilingual("未开通权限", "no permission"), Bilingual("在后台开通", "grant it")
    failures = [
        Failure("order", f"o_{number}", "order.detail", RejectedError("x", *words, "2017"))
        for number in range(500)
    ]
    record_failures(world.context(), failures)
    Person(world.store).add(
        "customers", {"user_id": "u_1", "name": "CANARY", "phone": "13800001111"}
    )
    with chat() as (service, got):
        runs = Runs(world, monkeypatch, {"path": service})
        runs.settled("失败", IncompleteRunError("500 个订单失败"))
        runs.settled("失败", KeyError("王小明 13800001111"))
    (message,) = got
    assert "· 500 × 未开通权限 (2017) → 在后台开通" in message["message"]
    assert "CANARY" not in json.dumps(got)
    assert "13800001111" not in json.dumps(got)
    assert plain_rows(world.store, "customers")


def test_a_hap_that_is_down_is_told_too(world, monkeypatch):
    with chat() as (service, got):
        runs = Runs(world, monkeypatch, {"path": service})
        down = {"conn_type": "mingdao", "host": "127.0.0.1:9", "login": "k", "password": "s"}
        monkeypatch.setenv("AIRFLOW_CONN_MINGDAO_DEFAULT", json.dumps(down))
        runs.settled("成功", KeyError("x"))
    assert [message["title"] for message in got] == ["⚠ xiaoe_orders 失败 / failed"]


def test_a_message_that_did_not_go_out_goes_out_with_the_next_run(world, monkeypatch, caplog):
    with chat(status=500) as (service, _):
        runs = Runs(world, monkeypatch, {"path": service})
        runs.settled("失败", IncompleteRunError("x"))
    assert "did not go out" in caplog.text
    with chat() as (service, got):
        again = Runs(world, monkeypatch, {"path": service})
        again.kept = runs.kept
        again.settled("失败", IncompleteRunError("x"))
    assert len(got) == 1


@pytest.mark.parametrize(
    "run", [{"preview": True}, {"run_type": "backfill"}, {"run_type": "manual"}]
)
def test_a_preview_a_backfill_and_a_trial_are_silent(world, monkeypatch, run):
    with chat() as (service, got):
        runs = Runs(world, monkeypatch, {"path": service})
        runs.settled("失败", IncompleteRunError("x"), **run)
    assert (got, runs.kept) == ([], {})


def test_without_the_connection_there_are_no_messages_and_one_line_says_so(
    world, monkeypatch, caplog
):
    runs = Runs(world, monkeypatch)
    with caplog.at_level(logging.INFO):
        runs.settled("失败", IncompleteRunError("x"))
    assert [line for line in caplog.messages if "xiaoe_notify" in line and "no messages" in line]
    assert runs.kept == {}


def test_a_connection_that_makes_no_sense_fails_no_run(world, monkeypatch, caplog):
    runs = Runs(world, monkeypatch)
    monkeypatch.setenv("AIRFLOW_CONN_XIAOE_NOTIFY", json.dumps({"conn_type": "apprise"}))
    runs.settled("失败", IncompleteRunError("x"))
    assert "cannot be read" in caplog.text


def test_the_digest_goes_to_those_who_want_it(world, monkeypatch):
    with chat() as (wants, digests), chat() as (other, rest):
        services = {"path": wants, "tag": "digest"}, {"path": other}
        runs = Runs(world, monkeypatch, *services)
        runs.settled("成功", dag_id="xiaoe_reconcile")
        runs.settled("成功", dag_id="xiaoe_orders")
    assert [message["title"] for message in digests] == [
        "小鹅通同步日报 / Xiaoe sync, daily digest"
    ]
    assert rest == []


def test_a_settle_task_may_read_and_write_the_state():
    declared = notifies(ShopConfig())
    assert declared["inlets"] == [SYNC]
    # first people hear of it, then the log ends with its sentence
    assert declared["on_success_callback"][0] is declared["on_failure_callback"][0]
    assert declared["on_success_callback"][1] is succeeded
    assert declared["on_failure_callback"][1] is failed


def test_a_run_that_waits_for_an_answer_sends_one_message_with_the_place_to_answer(
    world, monkeypatch
):
    with chat() as (service, got):
        Runs(world, monkeypatch, {"path": service})
        run = SimpleNamespace(dag_id="xiaoe_reconcile", run_id="scheduled__2026-11-24")
        task = SimpleNamespace(task_id="ask", subject="对账发现可疑之处，继续还是停止？ / Go on?")
        Waiting().notify({"dag_run": run, "task": task})
    (message,) = got
    assert message["title"] == "? xiaoe_reconcile 等待回答 / waits for an answer"
    assert task.subject in message["message"]
    place = "dags/xiaoe_reconcile/runs/scheduled__2026-11-24/tasks/ask/required_actions"
    assert f"https://airflow.example.com/{place}" in message["message"]


def test_without_a_connection_a_question_waits_all_the_same(world, monkeypatch):
    Runs(world, monkeypatch)
    monkeypatch.delenv("AIRFLOW_CONN_XIAOE_NOTIFY", raising=False)
    Waiting().notify({})
