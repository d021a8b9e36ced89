"""The pace at which calls leave."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest

from connectors.errors import RateLimited
from connectors.http.retries import RetryRules
from connectors.http.transport import Call, Transport
from connectors.rates.limits import Budget, Limiter
from tests.connectors.clock import Clock, ClockOfEachThread
from tests.connectors.loopback import Loopback, answer

SCOPES = (f"scope {number}" for number in itertools.count())


def departures(limiter: Limiter, clock: Clock, calls: int, threads: int = 1) -> list[float]:
    def leave(_: int) -> float:
        limiter.acquire("a")
        return clock.time()

    with ThreadPoolExecutor(threads) as pool:
        return sorted(pool.map(leave, range(calls)))


def busiest_window(times: list[float], seconds: float) -> int:
    return max(sum(start <= at < start + seconds for at in times) for start in times)


@pytest.mark.parametrize("threads", [1, 16])
def test_no_window_sees_more_than_the_budget_and_most_of_it_is_used(
    monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    clock = ClockOfEachThread().replaces_time(monkeypatch)
    limiter = Limiter({"a": Budget("a", 100, 0.5)}, scope=next(SCOPES))
    times = departures(limiter, clock, 140, threads)
    assert busiest_window(times, 0.5) <= 100
    assert len(times) / (times[-1] - times[0]) > 0.6 * 180


def test_a_machine_that_stalls_does_not_send_what_it_missed_in_one_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = ClockOfEachThread(stall=(0.2, 0.5)).replaces_time(monkeypatch)
    limiter = Limiter({"a": Budget("a", 40, 0.5)}, scope=next(SCOPES))
    assert busiest_window(departures(limiter, clock, 80, threads=16), 0.5) <= 40


def test_shares_divide_the_budget(clock: Clock) -> None:
    budgets = {"a": Budget("a", 20, 0.5)}
    times = departures(Limiter(budgets, scope=next(SCOPES), shares=4), clock, 12)
    assert busiest_window(times, 0.5) <= 5


def test_more_shares_than_calls_still_move_on(clock: Clock) -> None:
    limiter = Limiter({"a": Budget("a", 10, 0.1, use=1)}, scope=next(SCOPES), shares=20)
    times = departures(limiter, clock, 3)
    assert 0.35 < times[-1] - times[0] < 0.8


def test_apis_of_one_budget_share_it_and_others_do_not_wait(clock: Clock) -> None:
    row_calls = Budget("rows", 10, 0.5)
    limiter = Limiter({"a": row_calls, "b": row_calls}, scope=next(SCOPES))
    started = clock.now
    for api in ("a", "b", "a", "b", "unlimited", "unlimited"):
        limiter.acquire(api)
    assert 0.14 < clock.now - started < 0.25


def test_clients_of_one_scope_share_the_pace_and_other_scopes_do_not(clock: Clock) -> None:
    budgets = {"a": Budget("a", 10, 0.5)}
    scope = next(SCOPES)
    started = clock.now
    for _ in range(3):
        Limiter(budgets, scope=scope).acquire("a")
        Limiter(budgets, scope=next(SCOPES)).acquire("a")
    assert 0.1 < clock.now - started < 0.2


def test_calls_that_may_be_counted_together_keep_the_rate_together(clock: Clock) -> None:
    """As the order list and an order's detail; without the other, more of the rate is used."""
    budgets = {
        "a": Budget("a", 20, 1.0, use=0.9, careful=0.75),
        "b": Budget("b", 300, 1.0, beside="a"),
    }
    limiter = Limiter(budgets, scope=next(SCOPES))
    alone = departures(limiter, clock, 60)
    assert busiest_window(alone, 1.0) == 18
    both = []
    for number in range(120):
        for api in "aaab" if number else "b":
            limiter.acquire(api)
            both.append(clock.time())
    assert busiest_window([*alone, *both], 1.0) <= 20
    assert len(both) / (both[-1] - both[0]) > 19


def test_a_call_that_was_held_up_is_noted_when_it_leaves(clock: Clock) -> None:
    budgets = {
        "a": Budget("a", 20, 1.0, use=0.9, careful=0.75),
        "b": Budget("b", 300, 1.0, beside="a"),
    }
    limiter = Limiter(budgets, scope=next(SCOPES))
    limiter.slow_down("b", 30)
    limiter.acquire("b")
    times = departures(limiter, clock, 5)
    assert times[-1] - times[1] == pytest.approx(3 / 15, rel=1e-2)


def test_throttling_holds_all_calls_and_slows_the_next_ones(clock: Clock) -> None:
    limiter = Limiter({"a": Budget("a", 50, 0.5)}, scope=next(SCOPES))
    before = departures(limiter, clock, 10)
    limiter.slow_down("a", wait=0.3)
    started = clock.now
    after = departures(limiter, clock, 10)
    assert after[0] - started == pytest.approx(0.3)
    assert after[-1] - after[0] > 1.7 * (before[-1] - before[0])


def test_a_pause_too_long_to_sit_through_is_an_error_at_once(clock: Clock) -> None:
    limiter = Limiter({"a": Budget("a", 50, 0.5)}, scope=next(SCOPES))
    limiter.slow_down("a", wait=3600)
    started = clock.now
    with pytest.raises(RateLimited) as caught:
        limiter.acquire("a")
    assert clock.now == started
    assert caught.value.wait == pytest.approx(3600)


def test_throttling_answers_of_one_moment_count_once(clock: Clock) -> None:
    limiter = Limiter({"a": Budget("a", 50, 0.5)}, scope=next(SCOPES))
    for _ in range(20):
        limiter.slow_down("a", wait=0.01)
    times = departures(limiter, clock, 10)
    assert times[-1] - times[0] < 9 * 4 * 0.5 / 45


def test_the_transport_reports_throttling_to_the_limiter(server: Loopback, clock: Clock) -> None:
    server.will(answer(b"", 429, {"Retry-After": "1"}), answer({}))
    limiter = Limiter({"x": Budget("x", 100, 0.1)}, scope=next(SCOPES))
    rules = RetryRules(throttled_tries=1)
    line = Transport(server.url, allow_http=True, limiter=limiter, retries=rules)
    call = Call(api="x", method="GET", path="x", repeat_safe=True)
    with pytest.raises(RateLimited):
        line.send(call, lambda reply: reply.json)
    throttled = clock.now
    line.send(call, lambda reply: reply.json)
    assert clock.now - throttled == pytest.approx(1.0)
