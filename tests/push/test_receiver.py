"""The push address: who is let in, what is answered, what is kept."""

from __future__ import annotations

import json
import os

import pytest

from airflow_extras.page.app import create_app as page
from airflow_extras.plugin import ExtrasPlugin
from airflow_extras.push.app import LARGEST_BODY
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
def test_the_console_can_check_the_address(world, settings, kind):
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


def test_the_page_beside_it_stays_guarded():
    prefixes = {app["url_prefix"] for app in ExtrasPlugin().fastapi_apps}
    assert prefixes == {"/xiaoe", "/xiaoe-push"}
    assert all("push" not in str(getattr(route, "path", "")) for route in page().routes)
