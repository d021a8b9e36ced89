"""What the doctor tells of message push."""

from __future__ import annotations

import json
from contextlib import contextmanager

import pytest
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

from connectors.xiaoe.connection import push_keys
from include.connections import Connection
from include.doctor.context import PushSide
from include.shops import ShopConfig
from include.simulators.server import serve
from tests.doctor.doctor_world import RIGHT, line, settings

TOKEN, AES_KEY = "demoPushToken016", "a" * 42 + "E"


def push_side(token=TOKEN, aes_key=AES_KEY, **known) -> PushSide:
    connection = Connection(
        "xiaoe_default", extra=json.dumps({"push_token": token, "push_aes_key": aes_key})
    )
    return PushSide(lambda: push_keys(connection), **known)


@contextmanager
def api_server(status: int):
    """An API server that answers so at the push address."""
    app = FastAPI()

    @app.get("/xiaoe-push/default")
    def answer() -> PlainTextResponse:
        return PlainTextResponse("forbidden", status)

    with serve(app) as url:
        yield url


def test_push_that_nobody_wants_is_one_quiet_line(doctor_world):
    report = doctor_world.examine(push=push_side("", ""))
    (told,) = [one for one in report.findings if "推送" in str(one.check)]
    assert told.state is RIGHT
    assert "未启用" in told.reported.zh


@pytest.mark.parametrize(
    ("token", "aes_key", "word"),
    [
        (TOKEN, "", "push_aes_key"),
        ("", AES_KEY, "push_token"),
        (TOKEN, "short", "push_aes_key"),
        ("short", AES_KEY, "5 位"),
    ],
)
def test_half_of_the_push_keys_or_a_malformed_one_is_told_without_stopping_anything(
    doctor_world, token, aes_key, word
):
    report = doctor_world.examine(push=push_side(token, aes_key))
    told = line(report, "EncodingAESKey")
    assert told.state is not RIGHT
    assert word in str(told.reported)
    assert report.blocking == []
    assert AES_KEY not in report.table()
    assert TOKEN not in report.table()


def test_a_push_that_works_tells_what_to_enter_in_the_console(doctor_world):
    public = "https://airflow.example.com/team"
    with api_server(403) as inside:
        side = push_side(dag_paused=False, public=public, inside=inside)
        report = doctor_world.examine(push=side)
    assert line(report, "处理推送的 DAG").state is RIGHT
    assert line(report, "从 Airflow 内部").state is RIGHT
    assert f"{public}/xiaoe-push/default" in settings(report)
    assert f"curl -i {public}/xiaoe-push/default" in line(report, "从公网").action.zh


def test_a_paused_dag_and_a_receiver_without_keys_are_told(doctor_world):
    with api_server(404) as inside:
        side = push_side(dag_paused=True, public="http://127.0.0.1:8080", inside=inside)
        report = doctor_world.examine(push=side)
    assert "暂停" in line(report, "处理推送的 DAG").reported.zh
    assert "404" in line(report, "从 Airflow 内部").reported.zh
    assert "base_url" in line(report, "从公网").reported.zh
    assert report.blocking == []


def test_of_another_shop_its_own_address_and_dag_are_told(doctor_world):
    side = push_side(dag_paused=True, public="https://airflow.example.com")
    report = doctor_world.examine(push=side, config=ShopConfig("branch"))
    assert "xiaoe_push__branch" in line(report, "处理推送的 DAG").reported.zh
    assert "https://airflow.example.com/xiaoe-push/branch" in settings(report)
