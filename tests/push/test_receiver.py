"""The push address: who is let in, what is answered, what is kept."""

from __future__ import annotations

import asyncio
import json
import os
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient

from airflow_extras.page.app import create_app as page
from airflow_extras.plugin import ExtrasPlugin
from airflow_extras.push.app import LARGEST_BODY, create_app
from airflow_extras.push.refusals import QUIET, RefusalLog
from connectors.xiaoe.push import PushKeys
from include.simulators.xiaoe.push.envelope import encrypt, seal, sign
from include.simulators.xiaoe.push.sender import RETRIES
from tests.push.conftest import bought, connect, kept


@pytest.fixture
def settings(world):
    return world.source.rules


def test_a_push_is_answered_with_the_word_and_its_ids_are_kept(world, last_event):
    order_id = bought(world)
    user_id = world.source.orders.current[order_id].user_id
    world.pushes.deliver()
    assert world.pushes.counts == {"happened": 5, "acknowledged": 5}
    stored = kept(last_event)
    assert [one["type"] for one in stored].count("order_change") == 2
    assert {name for one in stored for name in one["orders"]} == {order_id}
    assert {name for one in stored for name in one["users"]} == {user_id}


def test_no_name_and_no_phone_is_stored_or_logged(world, caplog, last_event):
    caplog.set_level("DEBUG")
    bought(world)
    world.pushes.deliver()
    for told in (json.dumps(kept(last_event), ensure_ascii=False), caplog.text):
        assert "王小明" not in told
        assert "13800000001" not in told
        assert world.source.rules.push_token not in told


def test_a_double_is_acknowledged_and_kept_once(world, settings, last_event):
    settings.push_double = 1.0
    bought(world)
    assert world.pushes.deliver() == 10
    assert world.pushes.counts["acknowledged"] == 10
    assert len(kept(last_event)) == 5


def test_what_was_not_acknowledged_comes_again_for_a_day_and_a_half(
    world, settings, monkeypatch, last_event
):
    settings.push_retry_timestamp = "first"
    connect(monkeypatch, world, settings, push_token="wrong-token-0000")
    bought(world)
    world.pushes.deliver()
    for wait in RETRIES[:-1]:
        world.source.clock.advance(wait)
        world.pushes.deliver()
    assert (kept(last_event), world.pushes.waiting) == ([], 5)
    connect(monkeypatch, world, settings)
    world.source.clock.advance(RETRIES[-1])
    world.pushes.deliver()
    assert (len(kept(last_event)), world.pushes.waiting) == (5, 0)


@pytest.mark.parametrize("kind", ["encrypted", "plain"])
def test_the_console_can_check_the_address(world, settings, kind, unused_address):
    settings.push_url_check = kind
    assert world.pushes.check_url() == {"status": "200", "passed": "true"}
    settings.push_token = "another-token-00"
    assert world.pushes.check_url() == {"status": "403", "passed": "false"}


def test_whoever_cannot_sign_learns_nothing(world, receiver, last_event):
    answer = receiver.post("/default", content=b"<xml><encrypt>x</encrypt></xml>")
    assert (answer.status_code, answer.text) == (403, "forbidden")
    assert kept(last_event) == []


def test_a_body_that_no_message_can_have_is_not_read_to_its_end(world, receiver):
    def endless():
        for _ in range(1000):
            yield b"x" * (LARGEST_BODY // 10)

    assert receiver.post("/default", content=endless()).status_code == 413


def test_a_body_that_comes_drop_by_drop_is_not_waited_for(world, monkeypatch):
    monkeypatch.setattr("airflow_extras.push.app.BODY_SECONDS", 0.05)
    sent: list[dict] = []

    async def receive() -> dict:
        await asyncio.sleep(3600)  # the rest of the body never comes
        raise AssertionError

    async def send(message: dict) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/default",
        "raw_path": b"/default",
        "root_path": "",
        "query_string": b"",
        "headers": [(b"content-length", b"1000")],
    }
    asyncio.run(asyncio.wait_for(create_app()(scope, receive, send), 10))
    assert sent[0]["status"] == 408


@pytest.mark.parametrize("path", ["/other", "/default/more", "/", "/..%2f", "/a b", "/notify"])
def test_there_is_no_address_but_that_of_a_shop(world, receiver, path):
    assert receiver.post(path, content=b"x").status_code in (404, 405)


def test_without_keys_there_is_no_address(world, settings, receiver, monkeypatch):
    connect(monkeypatch, world, settings, push_token="", push_aes_key="")
    assert receiver.post("/default", content=b"x").status_code == 404
    assert receiver.get("/default").status_code == 404
    monkeypatch.delenv("AIRFLOW_CONN_XIAOE_DEFAULT")
    assert receiver.post("/default", content=b"x").status_code == 404


@pytest.mark.parametrize(
    "wrong", [{"push_aes_key": ""}, {"push_aes_key": "short"}, {"push_token": ""}]
)
def test_half_a_configuration_is_named_in_the_log(
    world, settings, receiver, monkeypatch, caplog, wrong
):
    connect(monkeypatch, world, settings, **wrong)
    answer = receiver.post("/default", content=b"x")
    assert (answer.status_code, answer.text) == (503, "not configured")
    assert "xiaoe_default" in caplog.text
    assert next(iter(wrong)) in caplog.text
    assert settings.push_token not in caplog.text


def test_a_shop_that_no_dag_waits_for_is_told_to_come_again(world, settings, monkeypatch, tmp_path):
    shops = tmp_path / "shops.toml"
    shops.write_text('[[shop]]\nname = "default"\n[[shop]]\nname = "b"\nmingdao = "mingdao_b"\n')
    monkeypatch.setenv("XIAOE_SHOPS_FILE", str(shops))
    monkeypatch.setenv("AIRFLOW_CONN_XIAOE_B", os.environ["AIRFLOW_CONN_XIAOE_DEFAULT"])
    settings.push_url = "/b"
    bought(world)
    world.pushes.deliver()
    assert world.pushes.counts["retried"] == 5


def test_an_unknown_type_is_acknowledged_and_not_kept(world, last_event):
    goods = next(iter(world.source.goods.values()))
    world.source.change_goods(goods.goods_id, name="新名字")
    world.pushes.deliver()
    assert world.pushes.counts["acknowledged"] == 1
    assert kept(last_event) == []


# -- attacks ---------------------------------------------------------------------------------------


def echoed(settings, text: str) -> dict[str, str]:
    """Return the query of a check of the address that whoever holds the keys would send."""
    stamp, sent = (
        str(int(datetime.now(UTC).timestamp())),
        encrypt(text, settings.push_aes_key, settings.app_id),
    )
    signature = sign(settings.push_token, stamp, "1", sent)
    return {"echostr": sent, "timestamp": stamp, "nonce": "1", "msg_signature": signature}


@pytest.mark.usefixtures("unused_address")
def test_a_captured_push_is_not_decrypted_for_whoever_sends_it_as_an_echo(
    world, settings, receiver
):
    xml = "<type>user_register</type><user_id>u_1</user_id><phone>13800000001</phone>"
    answer = receiver.get("/default", params=echoed(settings, xml))
    assert (answer.status_code, answer.text) == (403, "forbidden")
    for text in ("x" * 65, "<echo>", "王小明", "two words", ""):
        assert receiver.get("/default", params=echoed(settings, text)).status_code in (400, 403)


@pytest.mark.usefixtures("unused_address")
def test_the_check_of_the_address_ends_with_the_first_accepted_push(
    world, settings, receiver, monkeypatch
):
    assert receiver.get("/default", params=echoed(settings, "5f1b")).text == "5f1b"
    bought(world)
    world.pushes.deliver()
    assert receiver.get("/default", params=echoed(settings, "5f1b")).status_code == 403
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    for day, status in ((today, 200), (today - timedelta(days=365), 403)):
        connect(monkeypatch, world, settings, push_check_on=day.isoformat())
        assert receiver.get("/default", params=echoed(settings, "5f1b")).status_code == status


@pytest.mark.usefixtures("unused_address")
def test_a_plus_that_was_not_escaped_is_still_a_plus(world, settings, receiver):
    query = next(
        one for one in (echoed(settings, "5f1b") for _ in range(99)) if "+" in one["echostr"]
    )
    address = "/default?" + "&".join(f"{name}={value}" for name, value in query.items())
    assert receiver.get(address).text == "5f1b"


def test_a_push_that_is_played_back_is_kept_once_though_it_has_no_id(
    world, settings, receiver, last_event
):
    xml = "<type>order</type><order_id>o_1</order_id>"
    stamp = str(int(datetime.now(UTC).timestamp()))
    push = seal(xml, settings, settings.app_id, timestamp=stamp, nonce="1")
    for _ in range(50):
        assert receiver.post("/default", params=push.query, content=push.body).text == "success"
    assert [one["orders"] for one in kept(last_event)] == [["o_1"]]


@pytest.mark.parametrize(
    "stamp", ["", "now", "9" * 400, "１７６４３２４０００", "0", "-1764324000"]
)
def test_a_signed_push_without_a_readable_time_is_refused(
    world, settings, receiver, last_event, stamp
):
    xml = "<type>order</type><order_id>o_1</order_id>"
    push = seal(xml, settings, settings.app_id, timestamp=stamp, nonce="1")
    assert receiver.post("/default", params=push.query, content=push.body).status_code == 403
    assert kept(last_event) == []


@pytest.mark.parametrize(
    "xml",
    [
        "<type>order</type>",
        "<type>order</type><order_id>王小明</order_id>",
        "<order_id>o_1</order_id>",
        "王小明",
        "[" * 3000,
        "<a>" * 3000,
        "<type>account_merge</type><source_user_id>u_1</source_user_id>",
    ],
)
def test_what_is_not_understood_is_not_acknowledged(world, settings, receiver, last_event, xml):
    stamp = str(int(datetime.now(UTC).timestamp()))
    push = seal(xml, settings, settings.app_id, timestamp=stamp, nonce="1")
    assert receiver.post("/default", params=push.query, content=push.body).status_code == 400
    assert kept(last_event) == []


def test_refused_calls_do_not_fill_the_log(world, caplog):
    now = [0.0]
    receiver = TestClient(create_app(RefusalLog(lambda: now[0])))
    for _ in range(300):
        receiver.post("/default", content=b"<xml><encrypt>x</encrypt></xml>")
    refused = [one for one in caplog.records if one.name.startswith("airflow_extras.push")]
    assert len(refused) == 1
    now[0] = QUIET
    receiver.post("/default", content=b"")
    assert "299" in caplog.text


def test_nothing_of_an_unsigned_call_is_parsed(world, receiver, monkeypatch):
    def parsed(*_args, **_kwargs):
        raise AssertionError("parsed before the signature was checked")

    monkeypatch.setattr("connectors.xiaoe.push_message.fromstring", parsed)
    monkeypatch.setattr("connectors.xiaoe.push.read_message", parsed)
    monkeypatch.setattr("connectors.xiaoe.push.base64.b64decode", parsed)
    body = b"<xml><encrypt>x</encrypt>" + b"<a></a>" * 36_000 + b"</xml>"
    assert len(body) < LARGEST_BODY
    keys = b64decode(world.source.rules.push_aes_key + "=")
    monkeypatch.setattr(
        "airflow_extras.push.app.XiaoeHook.get_push_keys",
        lambda _: PushKeys("tok", keys, world.app_id),
    )
    assert receiver.post("/default", content=body).status_code == 403


def test_the_page_beside_it_stays_guarded():
    prefixes = {app["url_prefix"] for app in ExtrasPlugin().fastapi_apps}
    assert prefixes == {"/xiaoe", "/xiaoe-push"}
    assert all("push" not in str(getattr(route, "path", "")) for route in page().routes)
