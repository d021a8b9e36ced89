"""The pace at which calls leave."""

from __future__ import annotations

import itertools
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from connectors.errors import RateLimited
from connectors.limits import Budget, Limiter
from connectors.retries import RetryRules
from connectors.transport import Call, Transport
from tests.connectors.loopback import Loopback, answer

SCOPES = (f"scope {number}" for number in itertools.count())


def departures(limiter: Limiter, calls: int, threads: int) -> list[float]:
    def leave(_: int) -> float:
        limiter.acquire("a")
        return time.monotonic()

    with ThreadPoolExecutor(threads) as pool:
        return sorted(pool.map(leave, range(calls)))


def busiest_window(times: list[float], seconds: float) -> int:
    return max(sum(start <= at < start + seconds for at in times) for start in times)


@pytest.mark.parametrize("threads", [1, 16])
def test_no_window_sees_more_than_the_budget_and_most_of_it_is_used(threads: int) -> None:
    limiter = Limiter({"a": Budget("a", 100, 0.5)}, scope=next(SCOPES))
    times = departures(limiter, 140, threads)
    assert busiest_window(times, 0.5) <= 100
    assert len(times) / (times[-1] - times[0]) > 0.6 * 180


def test_shares_divide_the_budget() -> None:
    budgets = {"a": Budget("a", 20, 0.5)}
    times = departures(Limiter(budgets, scope=next(SCOPES), shares=4), 12, 2)
    assert busiest_window(times, 0.5) <= 5


def test_more_shares_than_calls_still_move_on() -> None:
    limiter = Limiter({"a": Budget("a", 10, 0.1, use=1)}, scope=next(SCOPES), shares=20)
    times = departures(limiter, 3, 1)
    assert 0.35 < times[-1] - times[0] < 0.8


def test_apis_of_one_budget_share_it_and_others_do_not_wait() -> None:
    row_calls = Budget("rows", 10, 0.5)
    limiter = Limiter({"a": row_calls, "b": row_calls}, scope=next(SCOPES))
    started = time.monotonic()
    for api in ("a", "b", "a", "b", "unlimited", "unlimited"):
        limiter.acquire(api)
    assert 0.14 < time.monotonic() - started < 0.8


def test_clients_of_one_scope_share_the_pace_and_other_scopes_do_not() -> None:
    budgets = {"a": Budget("a", 10, 0.5)}
    scope = next(SCOPES)
    started = time.monotonic()
    for _ in range(3):
        Limiter(budgets, scope=scope).acquire("a")
        Limiter(budgets, scope=next(SCOPES)).acquire("a")
    assert 0.1 < time.monotonic() - started < 0.45


def test_throttling_holds_all_calls_and_slows_the_next_ones() -> None:
    limiter = Limiter({"a": Budget("a", 50, 0.5)}, scope=next(SCOPES))
    before = departures(limiter, 10, 1)
    limiter.slow_down("a", wait=0.3)
    started = time.monotonic()
    after = departures(limiter, 10, 1)
    assert after[0] - started >= 0.3
    assert after[-1] - after[0] > 1.7 * (before[-1] - before[0])


def test_a_pause_too_long_to_sit_through_is_an_error_at_once() -> None:
    limiter = Limiter({"a": Budget("a", 50, 0.5)}, scope=next(SCOPES))
    limiter.slow_down("a", wait=3600)
    started = time.monotonic()
    with pytest.raises(RateLimited) as caught:
        limiter.acquire("a")
    assert time.monotonic() - started < 0.5
    assert caught.value.wait is not None
    assert 3500 < caught.value.wait <= 3600


def test_throttling_answers_of_one_moment_count_once() -> None:
    limiter = Limiter({"a": Budget("a", 50, 0.5)}, scope=next(SCOPES))
    for _ in range(20):
        limiter.slow_down("a", wait=0.01)
    times = departures(limiter, 10, 1)
    assert times[-1] - times[0] < 9 * 4 * 0.5 / 45


def test_the_transport_reports_throttling_to_the_limiter(server: Loopback) -> None:
    server.will(answer(b"", 429, {"Retry-After": "1"}), answer({}))
    limiter = Limiter({"x": Budget("x", 100, 0.1)}, scope=next(SCOPES))
    rules = RetryRules(tries=2, first_wait=0.01)
    line = Transport(server.url, allow_http=True, limiter=limiter, retries=rules)
    started = time.monotonic()
    line.send(Call(api="x", method="GET", path="x", repeat_safe=True), lambda reply: reply.json)
    limiter.acquire("x")
    assert time.monotonic() - started >= 1.0
