"""When calls are repeated, when not, and how long is waited."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from connectors.errors import Bilingual, ConnectorError, OutcomeUnknown, RateLimited, RetryableError
from connectors.http.retries import Circuit, RetryBudget, RetryRules
from connectors.http.transport import Call, Transport
from tests.connectors.clock import Clock
from tests.connectors.loopback import Loopback, answer, reset

QUICK = RetryRules(first_wait=0.01)
OK = answer({"code": 0})
WORDS = Bilingual("因", "why"), Bilingual("做", "do")


def transport(server: Loopback, rules: RetryRules = QUICK) -> Transport:
    return Transport(server.url, allow_http=True, retries=rules)


def call(*, repeat_safe: bool) -> Call:
    return Call(api="x", method="POST", path="x", json={}, repeat_safe=repeat_safe)


def throttled_by_code(reply: Any) -> Any:
    if reply.json.get("code"):
        raise RateLimited("x", *WORDS, "90001")
    return reply.json


def test_a_read_is_repeated_until_it_succeeds(server: Loopback) -> None:
    server.will(answer(b"", 502), reset(), OK)
    assert transport(server).send(call(repeat_safe=True), throttled_by_code) == {"code": 0}
    assert len(server.requests) == 3


def test_a_read_is_given_up_after_the_last_try(server: Loopback) -> None:
    server.always = answer(b"", 502)
    with pytest.raises(RetryableError) as caught:
        transport(server).send(call(repeat_safe=True), throttled_by_code)
    assert (len(server.requests), caught.value.code) == (3, "502")


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(answer({"code": 90001}, 503), id="503 with 90001"),
        pytest.param(answer({"code": 51}), id="code in a 200"),
        pytest.param(answer(b"", 429), id="429"),
    ],
)
def test_a_throttled_write_was_not_applied_and_is_repeated(server: Loopback, act: Any) -> None:
    server.will(act, OK)
    assert transport(server).send(call(repeat_safe=False), throttled_by_code) == {"code": 0}
    assert len(server.requests) == 2


def test_a_server_slower_than_documented_is_given_time_until_its_caller_has_slowed_down(
    server: Loopback,
) -> None:
    server.will(*[answer({"code": 90001}, 503)] * 5, OK)
    transport(server).send(call(repeat_safe=False), throttled_by_code)
    assert len(server.requests) == 6


def test_a_write_without_an_answer_is_not_repeated(server: Loopback) -> None:
    server.will(reset(), OK)
    with pytest.raises(OutcomeUnknown):
        transport(server).send(call(repeat_safe=False), throttled_by_code)
    assert len(server.requests) == 1


def test_retry_after_is_obeyed(server: Loopback, clock: Clock) -> None:
    server.will(answer(b"", 429, {"Retry-After": "20"}), OK)
    started = clock.now
    transport(server).send(call(repeat_safe=True), throttled_by_code)
    assert 20 <= clock.now - started < 21


@pytest.mark.parametrize("asked", ["3600", "999999", "Wed, 01 Jan 2070 00:00:00 GMT"])
def test_a_retry_after_beyond_the_limit_is_left_to_the_scheduler(
    server: Loopback, asked: str
) -> None:
    server.will(answer({"code": 90001}, 503, {"Retry-After": asked}))
    with pytest.raises(RateLimited) as caught:
        transport(server).send(call(repeat_safe=True), throttled_by_code)
    assert caught.value.wait == 3600
    assert len(server.requests) == 1


@pytest.mark.parametrize("asked", ["soon", "-5", "", "1e9"])
def test_a_retry_after_that_says_nothing_is_ignored(server: Loopback, asked: str) -> None:
    server.will(answer(b"", 503, {"Retry-After": asked}), OK)
    transport(server).send(call(repeat_safe=True), throttled_by_code)
    assert len(server.requests) == 2


def test_a_brown_out_multiplies_calls_by_no_more_than_the_budget(server: Loopback) -> None:
    failing = itertools.cycle([True, False, False])
    server.route = lambda _: answer(b"", 502) if next(failing) else OK
    line = transport(server)
    for _ in range(200):
        try:
            line.send(call(repeat_safe=True), throttled_by_code)
        except ConnectorError:
            continue
    assert 200 < len(server.requests) <= 200 * 1.1 + QUICK.budget_floor


def test_the_budget_counts_repeats_against_calls() -> None:
    budget = RetryBudget(RetryRules(budget_floor=1, budget_ratio=0.1))
    assert [budget.spend(), budget.spend()] == [True, False]
    for _ in range(10):
        budget.count_call()
    assert [budget.spend(), budget.spend()] == [True, False]


def test_a_long_outage_is_met_with_a_few_probes(server: Loopback, clock: Clock) -> None:
    server.always = answer(b"", 502)
    rules = RetryRules(tries=1, circuit_after=4, probe_every=30)
    line = transport(server, rules)
    waits = []
    for _ in range(100):  # seconds
        with pytest.raises(RetryableError) as caught:
            line.send(call(repeat_safe=False), throttled_by_code)
        if caught.value.wait:
            assert not isinstance(caught.value, OutcomeUnknown)
            waits.append(caught.value.wait)
            clock.sleep(1)
    assert len(server.requests) == 4 + 3
    assert max(waits) <= 30

    server.always = OK
    clock.sleep(30)
    for _ in range(3):
        line.send(call(repeat_safe=True), throttled_by_code)


def test_throttling_does_not_open_the_circuit(server: Loopback) -> None:
    server.always = answer({"code": 51})
    line = transport(server, RetryRules(tries=1, throttled_tries=1, circuit_after=2))
    for _ in range(5):
        with pytest.raises(RateLimited):
            line.send(call(repeat_safe=True), throttled_by_code)
    assert len(server.requests) == 5


def test_one_success_closes_the_circuit() -> None:
    circuit = Circuit(RetryRules(circuit_after=2, probe_every=60))
    circuit.failed()
    circuit.failed()
    assert circuit.blocked_for() > 0
    circuit.succeeded()
    assert circuit.blocked_for() == 0
