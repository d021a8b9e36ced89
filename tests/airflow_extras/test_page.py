"""The page in the Airflow UI: who may see what, and what it says when there is nothing to see."""

from __future__ import annotations

import json
import re
from functools import partial

import pytest
from airflow.api_fastapi.app import create_auth_manager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.api_fastapi.core_api.security import get_user
from fastapi import FastAPI
from fastapi.testclient import TestClient

from airflow_extras.page.app import create_app
from airflow_extras.plugin import ExtrasPlugin
from connectors.http.network_faults import not_sent
from include.simulators.xiaoe.seed import demo_shop
from include.status.cache import Kept
from tests.paths import ROOT
from tests.pipeline.world import open_world

STATIC = ROOT / "plugins/airflow_extras/page/static"
OURS = [path for path in STATIC.iterdir() if not path.name.startswith("chart.")]


@pytest.fixture
def stranger() -> TestClient:
    return TestClient(create_app())


@pytest.fixture
def visitor() -> TestClient:
    return visiting("viewer")


def visiting(role: str | None, app: FastAPI | None = None) -> TestClient:
    """Return a browser whose user has this role in Airflow, at the page of this process."""
    create_auth_manager()
    app = app or create_app()
    app.dependency_overrides[get_user] = lambda: SimpleAuthManagerUser(username="me", role=role)
    return TestClient(app)


def connect(monkeypatch, host: str) -> None:
    connection = {
        "conn_type": "mingdao",
        "host": host,
        "login": "demo-appkey",
        "password": "demo-sign",
        "extra": {"allow_http": True},
    }
    monkeypatch.setenv("AIRFLOW_CONN_MINGDAO_DEFAULT", json.dumps(connection))


def test_the_data_is_for_those_who_are_logged_in(stranger):
    assert stranger.get("/api/snapshot").status_code == 401


def test_whoever_may_not_read_the_orders_dag_sees_nothing(monkeypatch):
    connect(monkeypatch, "http://127.0.0.1:9")  # which nobody asks
    answer = visiting(None).get("/api/snapshot")
    assert answer.status_code == 403
    assert answer.json().keys() == {"problem"}
    assert "xiaoe_orders" in answer.json()["problem"]["en"]


def test_each_visitor_sees_the_shops_whose_orders_dag_he_may_read(monkeypatch, tmp_path):
    shops = tmp_path / "shops.toml"
    shops.write_text(
        '[[shop]]\nname = "default"\napp_id = "app1"\n[[shop]]\nname = "b"\napp_id = "app2"\n'
        'mingdao = "mingdao_default"\n'
    )
    monkeypatch.setenv("XIAOE_SHOPS_FILE", str(shops))
    monkeypatch.setattr("airflow_extras.page.app.open_app_briefly", lambda name: name)
    monkeypatch.setattr(
        "airflow_extras.page.app.read_snapshot",
        lambda _, configs, *, others: {"shops": [one.name for one in configs], "others": others},
    )
    readable: set[str] = set()
    monkeypatch.setattr(
        create_auth_manager(),
        "is_authorized_dag",
        lambda *, method, user, details, **_: method == "GET" and details.id in readable,
    )
    browser = visiting("viewer")
    for dags, status, seen in (
        ({"xiaoe_orders", "xiaoe_orders__b"}, 200, {"shops": ["default", "b"], "others": True}),
        ({"xiaoe_orders__b"}, 200, {"shops": ["b"], "others": False}),
        ({"xiaoe_orders"}, 200, {"shops": ["default"], "others": False}),
        ({"mingdao_setup"}, 403, None),
    ):
        readable.clear()
        readable.update(dags)
        answer = browser.get("/api/snapshot")
        assert answer.status_code == status
        assert seen in (answer.json(), None)


def test_a_link_cannot_choose_another_dag_than_the_pages_own():
    """`?dag=` goes into the path of a call with the visitor's own login."""
    form, calls = ((STATIC / name).read_text() for name in ("backfill.js", "airflow.js"))
    assert "if (!dags.includes(dag)) dag = dags[0];" in form
    assert "${dag}" not in calls


def test_the_page_itself_is_public_and_loads_nothing_from_elsewhere(stranger):
    answer = stranger.get("/")
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    for path in OURS:
        assert not re.findall(r"(?:src|href|url|import|fetch)\W{1,3}https?:", path.read_text())
    linked = re.findall(r'(?:src|href)="(static/[^"]+)"', answer.text)
    assert linked
    assert {stranger.get(f"/{link}").status_code for link in linked} == {200}


def test_the_chart_library_comes_with_its_licence():
    assert "Chart.js v4" in (STATIC / "chart.umd.min.js").read_text()[:200]
    assert "MIT License" in (STATIC / "chart.LICENSE.md").read_text()


def test_a_visitor_sees_the_shop_and_no_cache_keeps_it(visitor, monkeypatch, tmp_path):
    with open_world(demo_shop(3, days=2, orders_per_day=1), tmp_path) as world:
        world.set_up()
        world.base_data()
        world.all_orders()
        connect(monkeypatch, world.hap_url)
        answer = visitor.get("/api/snapshot")
        calls = len(world.hap_journal.entries())
        assert visitor.get("/api/snapshot").json() == answer.json()
        assert len(world.hap_journal.entries()) == calls
    assert answer.headers["cache-control"] == "no-store"
    assert [shop["shop"] for shop in answer.json()["shops"]] == [world.app_id]


def test_a_missing_connection_is_named(visitor, monkeypatch):
    monkeypatch.delenv("AIRFLOW_CONN_MINGDAO_DEFAULT", raising=False)
    answer = visitor.get("/api/snapshot")
    assert answer.status_code == 503
    assert "mingdao_default" in answer.json()["problem"]["zh"]
    assert "Connections" in answer.json()["problem"]["action_en"]


def test_a_hap_that_does_not_answer_is_told_in_both_languages(visitor, monkeypatch):
    connect(monkeypatch, "http://127.0.0.1:9")
    answer = visitor.get("/api/snapshot")
    problem = answer.json()["problem"]
    assert answer.status_code == 502
    assert all(problem[part] for part in ("zh", "en", "action_zh", "action_en"))
    assert "127.0.0.1" not in answer.text
    assert problem["zh"].startswith("明道云：")
    # the form for a backfill needs no more than the DAGs
    assert answer.json()["orders_dags"] == ["xiaoe_orders"]
    assert answer.json()["errors"]["total"] is None


def test_what_was_known_last_stays_when_hap_no_longer_answers(visitor, monkeypatch):
    connect(monkeypatch, "http://127.0.0.1:9")
    told = iter([{"shops": ["known"], "orders_dags": ["xiaoe_orders"]}])

    def read(*_: object, **__: object) -> object:
        return next(told, None) or fail()

    def fail() -> None:
        raise not_sent("hap.app", "连接不上服务器", "the server cannot be reached")

    monkeypatch.setattr("airflow_extras.page.app.read_snapshot", read)
    monkeypatch.setattr("airflow_extras.page.app.Kept", partial(Kept, seconds=0.0))
    assert visitor.get("/api/snapshot").json()["shops"] == ["known"]
    later = visitor.get("/api/snapshot")
    assert (later.status_code, later.json()["shops"]) == (502, ["known"])
    assert later.json()["problem"]["zh"] == "明道云：连接不上服务器"


def test_the_plugin_offers_the_page_in_the_navigation():
    app = next(app for app in ExtrasPlugin().fastapi_apps if app["name"] == "xiaoe")
    (view,) = ExtrasPlugin.external_views
    assert (app["url_prefix"], view["href"], view["destination"]) == ("/xiaoe", "xiaoe/", "nav")


def test_every_word_of_the_page_is_there_in_both_languages():
    words = (STATIC / "words.js").read_text()
    table = words[words.index("const WORDS") : words.index("const LABELS")]
    names = set(re.findall(r"^  (\w+): \[", table, re.MULTILINE))
    used = {
        name
        for path in STATIC.glob("*.js")
        if not path.name.startswith("chart.")
        for name in re.findall(r'\bwords\("(\w+)"', path.read_text())
    }
    used |= set(re.findall(r'data-words="(\w+)"', (STATIC / "index.html").read_text()))
    assert used <= names
