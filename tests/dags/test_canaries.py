"""Nothing that says who somebody is, and no secret, in a log, an XCom or an error of a whole run.

Every DAG runs in Airflow over a shop whose people have names found nowhere else. Then everything
that Airflow keeps or prints is searched: the log lines at the lowest level, what went to the
terminal, and the metadata database and the log files byte by byte.
"""

from __future__ import annotations

import base64
import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from airflow.dag_processing.dagbag import DagBag
from fastapi.testclient import TestClient

from airflow_extras.push.app import create_app as receiver_app
from include.simulators.clock import format_time
from include.simulators.faults import FaultRule, Kind
from include.simulators.hap.plain import plain_rows
from tests.canaries import PEOPLE, canary_shop, written
from tests.crash.scene import refuse_banned
from tests.dags.person import person_answering
from tests.paths import ROOT
from tests.pipeline.world import World, open_world

SIGN, SECRET = "canary-sign-8f0e2a", "canary-secret-51d7c3"
PUSH_TOKEN, PUSH_KEY = "canaryPushTok016", "canaryPushKey" + "Q7z" * 9 + "Abc"


def canaries(world: World) -> list[str]:
    token = json.loads(next(world.tokens.glob("*.json")).read_text())["value"]
    facts = [fact for person in PEOPLE for fact in person]
    unions = [f"oCANARY{person[2]}" for person in PEOPLE]
    return [*facts, *unions, token, SIGN, SECRET, PUSH_TOKEN, PUSH_KEY]


@pytest.fixture
def world(airflow_home, tmp_path, monkeypatch):
    source = canary_shop()
    with open_world(source, tmp_path / "tokens") as opened:
        key = next(key for app in opened.store.apps.values() for key in app.keys.values())
        key.sign = SIGN
        rules: Any = source.rules
        rules.secret_key, rules.push_token, rules.push_aes_key = SECRET, PUSH_TOKEN, PUSH_KEY
        hosts = {"xiaoe": opened.xiaoe_url, "mingdao": opened.hap_url}
        logins = {"xiaoe": (source.app_id, SECRET), "mingdao": ("demo-appkey", SIGN)}
        for system, (login, password) in logins.items():
            extra = {}
            if system == "xiaoe":
                keys = {"push_token": PUSH_TOKEN, "push_aes_key": PUSH_KEY}
                extra = {"client_id": "xopDEMO0001", **keys}
            connection = {
                "conn_type": system,
                "host": hosts[system],
                "login": login,
                "password": password,
                "extra": {**extra, "allow_http": True},
            }
            monkeypatch.setenv(f"AIRFLOW_CONN_{system.upper()}_DEFAULT", json.dumps(connection))
        monkeypatch.setenv("XIAOE_TOKEN_DIR", str(opened.tokens))
        yield opened


def everything_runs(world: World) -> dict[str, str]:
    """Run every DAG once, with errors on the way; return how each ended."""
    dags = DagBag(str(ROOT / "dags")).dags
    now = world.source.clock.now()
    days = {"since": format_time(now - timedelta(days=2)), "until": format_time(now)}
    ended = {}

    def run(dag_id: str, **params) -> None:
        ended[dag_id] = str(dags[dag_id].test(run_conf=params or None).state)

    run("mingdao_setup")
    refuse_banned(world.store)
    run("xiaoe_orders", preview=True, **days)
    world.xiaoe_faults.set([FaultRule(api="order.detail", kind=Kind.CODE, code=3002, first=1)])
    world.hap_faults.set([FaultRule(api="rows.batch_create", kind=Kind.RESET_AFTER, nth=2)])
    run("xiaoe_orders", **days)
    world.xiaoe_faults.clear()
    world.hap_faults.clear()
    for dag_id in ("xiaoe_base_data", "xiaoe_reconcile"):
        run(dag_id)
    run("xiaoe_doctor", shapes=True)
    order_id = next(iter(world.source.orders.current))
    run("xiaoe_explain_order", order_id=order_id)
    world.hap_faults.set([FaultRule(api="rows.*", kind=Kind.CODE, code=10005)])
    run("xiaoe_base_data")
    world.hap_faults.clear()
    run("xiaoe_push")  # from now on the database knows the asset
    world.xiaoe_faults.set([FaultRule(api="order.detail", kind=Kind.CODE, code=3002, first=1)])
    push_everything(world)
    run("xiaoe_push")
    world.xiaoe_faults.clear()
    with person_answering("同意"):
        run("xiaoe_erase_customer", user_id=next(iter(world.source.users)))
    return ended


def push_everything(world: World) -> None:
    """Let people buy and fill in a form, and the shop push all of it to the receiver."""
    receiver, shop = TestClient(receiver_app()), world.source
    rules: Any = shop.rules
    rules.push_url = "/default"
    shop.clock.set(datetime.now(UTC))  # an old push is refused
    form, goods_id = next(iter(shop.forms.values())), next(iter(shop.goods))
    for user_id, person in zip(list(shop.users), PEOPLE, strict=True):
        shop.pay(shop.place_order(user_id, goods_id).order_id)
        shop.answer_form(form.form_id, user_id, {"姓名": person[1], "手机号": person[2]})
    world.pushes.send = lambda method, url, query, body: _asked(
        receiver.request(method, url, params=query, content=body)
    )
    world.pushes.deliver()
    receiver.post("/default", content=f"<xml>{PEOPLE[0][1]}</xml>".encode())  # refused
    assert world.pushes.counts["acknowledged"] > len(PEOPLE)


def _asked(answer) -> tuple[int, str]:
    return answer.status_code, answer.text


def test_no_name_phone_or_secret_is_in_anything_that_airflow_keeps_or_prints(
    world, airflow_home, caplog, capfd
):
    for logger in ("", "include", "connectors"):
        caplog.set_level(logging.DEBUG, logger=logger)
    ended = everything_runs(world)
    printed = capfd.readouterr()

    customers = {str(row["phone"]) for row in plain_rows(world.store, "customers")}
    assert {person[2] for person in PEOPLE[1:]} <= customers  # they did pass through
    assert (ended["xiaoe_push"], ended["xiaoe_erase_customer"]) == ("success", "success")
    assert "failed" in ended.values()
    assert "预览 / preview" in caplog.text
    assert "-----BEGIN SHAPES-----" in caplog.text
    assert "未能同步" in caplog.text
    assert "推送了 3 个订单" in caplog.text
    assert "没有接受一条推送" in caplog.text

    kept = {
        "log lines": "\n".join(map(_whole, caplog.records)).encode("utf-8", "replace"),
        "terminal": (printed.out + printed.err).encode(),
        "sync_errors": repr(plain_rows(world.store, "sync_errors")).encode(),
    }
    kept |= {path.name: path.read_bytes() for path in airflow_home.rglob("*") if path.is_file()}
    assert any(content.startswith(b"SQLite format 3") for content in kept.values())
    found = [
        f"{canary[:3]}… in {where}"
        for canary in canaries(world)
        for where, content in kept.items()
        if any(form in content for form in written(canary))
    ]
    assert found == []


def _whole(record: logging.LogRecord) -> str:
    return logging.Formatter("%(name)s %(message)s").format(record) + repr(record.args)


@pytest.mark.parametrize("canary", ["13870001001", "欧阳黄雀", "huangque@canary.example", SECRET])
def test_the_search_finds_a_text_however_it_was_written_down(canary):
    around = [f"{'x' * number}{canary}{'y' * number}" for number in range(4)]
    lines = [text.encode() for text in (*around, quote(canary), json.dumps({"to": canary}))]
    lines += [base64.b64encode(text.encode()) for text in around]
    assert [line for line in lines if not any(form in line for form in written(canary))] == []
