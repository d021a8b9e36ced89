"""The client on the simulated shop: every record is read, in every dialect and under faults."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import ConfigurationError, ConnectorError, ContractError, RetryableError
from connectors.http.transport import Deadlines
from connectors.state.files import FileState
from connectors.xiaoe.client import OrderQuery, XiaoeClient, connect
from connectors.xiaoe.connection import XiaoeSettings as ConnectionSettings
from include.simulators.faults import FaultRule, Kind
from include.simulators.server import serve
from include.simulators.xiaoe.app import XiaoeApp, create_app
from include.simulators.xiaoe.seed.demo import demo_shop
from include.simulators.xiaoe.settings import XiaoeSettings

MONTH = timedelta(days=31)


@contextmanager
def running(**settings: Any) -> Iterator[tuple[XiaoeApp, str]]:
    app = create_app(demo_shop(days=8, orders_per_day=4), XiaoeSettings(**settings))
    with serve(app) as url:
        yield app, url


def client_of(
    app: XiaoeApp, url: str, directory: Path, deadlines: Deadlines | None = None
) -> XiaoeClient:
    there = app.settings
    settings = ConnectionSettings(
        url, there.app_id, there.secret_key, there.client_id, allow_http=True
    )
    return connect(settings, token_state=FileState(directory / "tokens"), deadlines=deadlines)


def every_page(ask: Any) -> list[Any]:
    rows: list[Any] = []
    for page in range(1, 100):
        found = ask(page).rows
        if not found:
            return rows
        rows.extend(found)
    raise AssertionError("the list does not end")


def last_month(app: XiaoeApp) -> OrderQuery:
    now = app.shop.clock.now()
    return OrderQuery("update", now - MONTH, now)


def read_all(client: XiaoeClient, app: XiaoeApp) -> dict[str, set[str]]:
    users = every_page(lambda page: client.list_users(page))
    forms = every_page(lambda page: client.list_forms(page))
    return {
        "users": {user.user_id for user in users},
        "goods": {goods.resource_id for goods in every_page(client.list_goods)},
        "orders": {
            order.order_info.order_id
            for order in every_page(lambda page: client.list_orders(last_month(app), page))
        },
        "answers of forms": {
            answer.id
            for form in forms
            for answer in every_page(lambda page, f=form: client.list_form_answers(f.form_id, page))
        },
        "answers of users": {
            answer.id
            for user_id in few_users(app)
            for answer in client.list_user_answers(user_id, 1).rows
        },
        "purchases": {
            str(purchase.raw["id"])
            for user_id in few_users(app)
            for purchase in client.list_purchases(user_id).rows
        },
    }


def few_users(app: XiaoeApp) -> list[str]:
    """Eight users, those who filled in forms first: enough to show that theirs are read."""
    busy = {answer.user_id for answer in app.shop.answers.values()}
    return sorted(app.shop.users, key=lambda user_id: (user_id not in busy, user_id))[:8]


def truth(app: XiaoeApp) -> dict[str, set[str]]:
    shop = app.shop
    since = shop.clock.now() - MONTH
    few = few_users(app)
    listed = {user.user_id for user in shop.users.values() if user.listed}
    return {
        "users": listed,
        "goods": {goods.goods_id for goods in shop.goods.values() if not goods.deleted},
        "orders": {
            order.order_id for order in shop.orders.current.values() if order.updated_at >= since
        },
        "answers of forms": {str(number) for number in shop.answers},
        "answers of users": {str(a.number) for a in shop.answers.values() if a.user_id in few},
        "purchases": {str(p.number) for p in shop.purchases.values() if p.user_id in few},
    }


DIALECTS: list[dict[str, Any]] = [
    {},
    {"sentinels": "mixed", "numbers": "mixed", "dialect_seed": 7, "dialect_stable": False},
    {"numbers": "string", "code_as_string": True, "sentinels": "zero", "total": "string"},
    {"sentinels": "null", "empty_objects": "object", "list_shape": "null_when_empty"},
    {"sentinels": "epoch", "empty_objects": "list", "list_shape": "object", "total": "missing"},
    {"lines_at": "goods_info", "list_expiry": "dashes", "unknown_enum": True},
    {"purchase_list_key": "data", "purchase_expiry": "period", "purchase_total": False},
    {"purchase_list_key": "purchase_list", "purchase_expiry": "end_date"},
    {"information_list_key": "collect_list", "information_total": False, "extra_format": "mixed"},
    {"information_list_key": "collection_info", "extra_format": "decoded"},
    {"token_mode": "rotate_5min_overlap", "token_expires_as": "string", "rate_limits": False},
]


@pytest.mark.parametrize("dialect", DIALECTS, ids=str)
def test_every_record_is_read_in_every_dialect(tmp_path: Path, dialect: dict[str, Any]) -> None:
    with running(**dialect) as (app, url):
        assert read_all(client_of(app, url, tmp_path), app) == truth(app)


@pytest.mark.parametrize("cursor", ["data", "row"])
def test_a_columns_contents_are_read_to_their_end(tmp_path: Path, cursor: str) -> None:
    with running(relation_cursor=cursor, rate_limits=False) as (app, url):
        client = client_of(app, url, tmp_path)
        [column] = [g for g in app.shop.goods.values() if g.goods_type == 6 and g.contents][:1]
        found: list[str] = []
        last_id = ""
        for _ in range(100):
            part = client.column_contents(column.goods_id, 6, last_id, page_size=2)
            found += [item.resource_id for item in part.page.rows]
            last_id = part.last_id
            if not last_id:
                break
        assert found == [goods_id for goods_id, _ in column.contents]


def test_users_are_read_by_cursor_to_their_end(tmp_path: Path) -> None:
    with running() as (app, url):
        client = client_of(app, url, tmp_path)
        found: list[str] = []
        cursor = None
        while rows := client.list_users_after(cursor, 7).rows:
            found += [user.user_id for user in rows]
            cursor = rows[-1].es_skip
        assert len(found) == len(set(found))
        assert set(found) == truth(app)["users"]


@pytest.mark.parametrize("mode", ["reuse_until_30min", "rotate_5min_overlap"])
def test_both_lives_of_a_token_are_survived(tmp_path: Path, mode: Any) -> None:
    with running(token_mode=mode) as (app, url):
        client = client_of(app, url, tmp_path)
        client.list_forms(1)
        app.tokens.fetch_elsewhere()
        app.shop.clock.advance(400)  # past the overlap in which both tokens work
        client.list_forms(1)
        app.tokens.revoke_all()
        client.list_forms(1)
        tokens = app.simulation.journal.calls().get("token", 0)
        assert tokens == (2 if mode == "reuse_until_30min" else 3)


def test_threads_that_meet_a_dead_token_fetch_one_new_one(tmp_path: Path) -> None:
    with running(rate_limits=False) as (app, url):
        client = client_of(app, url, tmp_path)
        client.list_forms(1)
        app.tokens.revoke_all()
        with ThreadPoolExecutor(2) as pool:
            totals = {page.total for page in pool.map(lambda _: client.list_forms(1), range(24))}
        assert totals == {len(app.shop.forms)}
        assert app.simulation.journal.calls()["token"] == 2


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in (Kind.REDIRECT, Kind.HUGE)])
def test_one_fault_on_a_read_is_not_noticed(tmp_path: Path, kind: Kind) -> None:
    with running() as (app, url):
        client = client_of(app, url, tmp_path, Deadlines(total=4))  # ends what drips
        rule = FaultRule(api="order.list", kind=kind, first=1, seconds=0.001)
        app.simulation.faults.set([rule])
        page = client.list_orders(last_month(app), 1)
        assert {order.order_info.order_id for order in page.rows} == truth(app)["orders"]


@pytest.mark.parametrize("kind", [Kind.REDIRECT, Kind.HUGE])
def test_a_redirect_or_a_flood_is_refused(tmp_path: Path, kind: Kind) -> None:
    with running() as (app, url):
        client = client_of(app, url, tmp_path)
        app.simulation.faults.set([FaultRule(kind=kind, api="order.*")])
        with pytest.raises(ContractError):
            client.list_orders(last_month(app), 1)


@pytest.mark.parametrize("shape", ["missing", "renamed"])
def test_a_list_that_is_not_there_is_an_error(tmp_path: Path, shape: Any) -> None:
    with running(list_shape=shape) as (app, url):
        client = client_of(app, url, tmp_path)
        for ask in (client.list_goods, lambda p: client.list_orders(last_month(app), p)):
            with pytest.raises(ContractError):
                ask(1)


@pytest.mark.parametrize("limiting", ["code", "http_503"])
def test_throttling_is_waited_out(tmp_path: Path, limiting: Any) -> None:
    with running(rate_answer=limiting, rate_scale=0.5, rate_windows="sliding") as (app, url):
        client = client_of(app, url, tmp_path)
        done = 0
        for _ in range(14):
            try:
                done += client.list_orders(last_month(app), 1, 1).total is not None
            except RetryableError:
                continue
        assert done >= 10


@pytest.mark.usefixtures("ticking")
def test_the_planned_rate_is_never_throttled(tmp_path: Path) -> None:
    """18 of 20 a second are planned, and two threads can hold back two calls at most."""
    with running(rate_windows="sliding") as (app, url):
        client = client_of(app, url, tmp_path)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: client.list_orders(last_month(app), 1, 1), range(36)))
        codes = {entry.code for entry in app.simulation.journal.entries("*")}
        assert codes == {"0"}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"ip_whitelist": ["203.0.113.1"]}, "127.0.0.1"),
        ({"permissions": frozenset({"订单管理-查询"})}, "「商品管理-查询」"),
    ],
)
def test_what_a_person_must_change_is_told(
    tmp_path: Path, settings: dict[str, Any], told: str
) -> None:
    with running(**settings) as (app, url):
        client = client_of(app, url, tmp_path)
        with pytest.raises(ConfigurationError) as caught:
            client.list_goods(1)
        assert told in str(caught.value)
        assert told in "\n".join(message for _, ok, message in client.check() if not ok)


def test_an_unknown_interface_says_where_its_path_is_set(tmp_path: Path) -> None:
    with running() as (app, url):
        with pytest.raises(ConnectorError, match="第三方应用配置") as caught:
            client_of(app, url, tmp_path).list_resources(1)
        assert caught.value.code == "2052"
