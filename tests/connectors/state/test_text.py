"""One text, renewed by turns; and the token in it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from fakeredis import FakeServer

from connectors.errors import RetryableError
from connectors.state import redis_server
from connectors.state.redis_server import RedisState
from connectors.xiaoe.auth import NewToken, TokenStore
from tests.connectors.clock import Clock
from tests.connectors.loopback import Loopback, answer
from tests.connectors.state.places import Open, in_process
from tests.connectors.xiaoe_shop import store_for, token_answer


@pytest.fixture
def redis() -> RedisState:
    return in_process(FakeServer())


def test_what_one_stores_another_loads(place: Open) -> None:
    with place().text("a").locked() as held:
        assert held.load() is None
        assert held.store("令牌")
    with place().text("a").locked() as held:
        assert held.load() == "令牌"
    with place().text("b").locked() as held:
        assert held.load() is None


def test_one_holds_it_at_a_time(place: Open) -> None:
    inside, most = [0], [0]

    def add(_: int) -> None:
        with place().text("a").locked() as held:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            held.store(str(int(held.load() or 0) + 1))
            inside[0] -= 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(12)))
    with place().text("a").locked() as held:
        assert (held.load(), most[0]) == ("12", 1)


def test_who_waits_too_long_is_told_so(
    redis: RedisState, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_server, "LOCK_SECONDS", 20)
    with (
        redis.text("a").locked(),
        pytest.raises(RetryableError, match="等待其他进程"),
        redis.text("a").locked(),
    ):
        raise AssertionError("two hold it")


def test_what_a_dead_holder_left_is_free_after_a_minute(redis: RedisState, clock: Clock) -> None:
    dead = redis.text("a").locked()
    dead.__enter__()
    began = clock.now
    with redis.text("a").locked() as held:
        assert held.store("new")
    assert 55 < clock.now - began < 65


def test_a_holder_that_was_overtaken_stores_nothing(redis: RedisState, clock: Clock) -> None:
    with redis.text("a").locked() as slow:
        clock.sleep(61)
        with redis.text("a").locked() as quick:
            assert not slow.store("while another holds it")
            assert quick.store("new")
        assert not slow.store("old")
    with redis.text("a").locked() as held:
        assert held.load() == "new"


def test_a_holder_that_nobody_overtook_stores_also_when_its_time_is_up(
    redis: RedisState, clock: Clock
) -> None:
    with redis.text("a").locked() as slow:
        clock.sleep(500)
        assert slow.store("late")


# ---- the token ----------------------------------------------------------------------------------


def test_processes_that_need_a_token_at_once_fetch_one(place: Open) -> None:
    fetched: list[str] = []

    def fetch() -> NewToken:
        fetched.append(f"xe_{len(fetched)}")
        return NewToken(fetched[-1], 7200)

    start = threading.Barrier(6)

    def current(_: int) -> str:
        store = TokenStore(place(), "shop", fetch)
        start.wait()
        return store.current()

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(current, range(6))) == {"xe_0"}
    assert fetched == ["xe_0"]


def test_a_refused_token_is_renewed_once_for_all(place: Open, server: Loopback) -> None:
    server.will(token_answer(1), token_answer(2), token_answer(3))
    one, two = store_for(server.url, place()), store_for(server.url, place())
    assert one.current() == two.current() == "xe_token_0001"
    assert one.replace("xe_token_0001") == two.replace("xe_token_0001") == "xe_token_0002"
    assert len(server.requests) == 2


def test_a_token_is_due_shortly_before_it_ends_for_all(
    clocked: Open, server: Loopback, clock: Clock
) -> None:
    server.will(token_answer(1), token_answer(2))
    stores = [store_for(server.url, clocked()) for _ in range(2)]
    assert [store.current() for store in stores] == ["xe_token_0001"] * 2
    clock.sleep(6899)
    assert [store.current() for store in stores] == ["xe_token_0001"] * 2
    clock.sleep(2)
    assert [store.current() for store in stores] == ["xe_token_0002"] * 2


def test_what_is_no_token_is_replaced(place: Open, server: Loopback) -> None:
    server.will(token_answer(1))
    with place().text(f"{server.url} app1").locked() as held:
        held.store('{"value": "x"}')
    assert store_for(server.url, place()).current() == "xe_token_0001"


def test_while_the_vendor_is_down_the_kept_token_serves(place: Open, server: Loopback) -> None:
    server.will(token_answer(1))
    store_for(server.url, place()).current()
    server.always = answer(b"", 502)
    assert store_for(server.url, place()).current() == "xe_token_0001"


def test_who_was_overtaken_while_fetching_takes_the_newer_token(
    redis: RedisState, clock: Clock
) -> None:
    quick = TokenStore(redis, "shop", lambda: NewToken("xe_newer", 7200))

    def slowly() -> NewToken:
        clock.sleep(61)
        assert quick.current() == "xe_newer"
        return NewToken("xe_older", 7200)

    slow = TokenStore(redis, "shop", slowly)
    assert slow.current() == "xe_newer"
    assert TokenStore(redis, "shop", slowly).current() == "xe_newer"


def test_a_machine_whose_clock_is_wrong_uses_the_token_as_long_as_others(
    redis: RedisState, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = iter(range(9))

    def fetch() -> NewToken:
        return NewToken(f"xe_{next(numbers)}", 7200)

    TokenStore(redis, "shop", fetch).current()
    for hours in (-5, 5):
        wrong = Clock()
        wrong.now = clock.now + hours * 3600
        monkeypatch.setattr("connectors.xiaoe.auth.time", wrong)
        store = TokenStore(redis, "shop", fetch)
        assert [store.current(), store.current()] == ["xe_0"] * 2
        wrong.sleep(6000)
        assert store.current() == "xe_0"
