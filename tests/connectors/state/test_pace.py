"""The turns of one budget: the same in files, in a Redis of this process, and in a real one."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from connectors.rates.limits import Budget, Limiter, rule_of
from connectors.state.interface import Pace, Turn
from connectors.state.pace import KeptPace, OwnStore
from tests.connectors.clock import Clock, ClockOfEachThread
from tests.connectors.rates.test_limits import busiest_window
from tests.connectors.state.places import Open, opened

RULE = rule_of(Budget("a", 100, 0.5))
CAREFUL = rule_of(Budget("a", 20, 1, use=0.9, careful=0.75))


def book(open_: Open, calls: int) -> list[float]:
    pace = open_().pace("shop", RULE)
    return [pace.book(600).at for _ in range(calls)]


def test_no_window_sees_more_turns_than_the_budget_whoever_books_them(place: Open) -> None:
    with ThreadPoolExecutor(8) as pool:
        turns = sorted(at for part in pool.map(lambda _: book(place, 40), range(8)) for at in part)
    assert busiest_window(turns, 0.5) <= 100
    assert len(turns) / (turns[-1] - turns[0]) > 0.8 * 200


def test_a_hold_that_one_sees_holds_all_and_slows_them_down(place: Open) -> None:
    one, other = (place().pace("shop", RULE) for _ in range(2))
    turn = other.book(600)
    assert other.is_good(turn, late=60)
    one.slow_down(30)
    assert not other.is_good(turn, late=60)
    first, second = other.book(600), one.book(600)
    assert first.wait == pytest.approx(30, abs=5)
    assert second.at - first.at <= 3 * RULE.interval / 1e6


def test_what_is_too_far_away_is_refused_and_takes_no_turn(place: Open) -> None:
    pace = place().pace("shop", rule_of(Budget("a", 1, 60, use=1)))
    assert pace.book(600).wait == 0
    refused = [pace.book(30) for _ in range(3)]
    assert all(turn.refused and turn.wait == pytest.approx(60, abs=5) for turn in refused)
    pace.slow_down(3600)
    long_held = pace.book(600)
    assert long_held.refused
    assert long_held.wait == pytest.approx(3600, abs=5)


def spacing(pace: Pace, clock: Clock) -> float:
    """Return the seconds from one turn to the next."""
    turns = [pace.book(600) for _ in range(5)]
    clock.sleep(turns[-1].wait)
    return (turns[-1].at - turns[1].at) / 3


def test_calls_beside_these_make_all_careful_and_are_soon_over(clocked: Open, clock: Clock) -> None:
    one, other = (clocked().pace("shop", CAREFUL) for _ in range(2))
    assert spacing(one, clock) == pytest.approx(1 / 18, rel=1e-3)
    other.note_beside(0)
    assert spacing(one, clock) == pytest.approx(1 / 15, rel=1e-3)
    clock.sleep(3)
    assert spacing(one, clock) == pytest.approx(1 / 18, rel=1e-3)


def test_turns_that_were_booked_before_calls_left_beside_them_make_room_too(
    clocked: Open, clock: Clock
) -> None:
    """As many as there are threads are booked ahead, and each of them would leave."""
    pace = clocked().pace("shop", CAREFUL)
    booked = [pace.book(600) for _ in range(6)]
    pace.note_beside(0.15)
    good = []
    for turn in booked[1:]:
        clock.sleep(turn.at - clock.now)
        good.append(pace.is_good(turn, late=0.1))
    assert good == [False, False, True, True, True]
    assert pace.book(600).at - booked[-1].at > 0.15


def test_too_many_is_remembered_for_a_day(clocked: Open, clock: Clock) -> None:
    pace = clocked().pace("shop", CAREFUL)
    clock.sleep(1)
    pace.slow_down(1)
    clock.sleep(300)
    pace.book(600)
    clock.sleep(300)
    assert spacing(pace, clock) == pytest.approx(1 / 15, rel=1e-3)
    clock.sleep(86_400)
    assert spacing(clocked().pace("shop", CAREFUL), clock) == pytest.approx(1 / 18, rel=1e-3)


def test_a_turn_that_was_missed_is_not_good(place: Open) -> None:
    pace = place().pace("shop", RULE)
    turn = pace.book(600)
    assert pace.is_good(turn, late=60)
    assert not pace.is_good(Turn(turn.at - 100, 0), late=60)


def test_budgets_have_paces_of_their_own(place: Open) -> None:
    slow = rule_of(Budget("a", 1, 60))
    assert [place().pace(shop, slow).book(600).wait for shop in ("a", "b", "c")] == [0, 0, 0]


def test_a_plan_from_before_the_clock_was_set_back_holds_up_nobody(
    clocked: Open, clock: Clock
) -> None:
    pace = clocked().pace("shop", RULE)
    clock.now += 7200
    for _ in range(100):
        pace.book(600)
    clock.now -= 7200
    assert pace.book(600).wait == 0


def test_a_hold_from_before_the_clock_was_set_back_is_as_long_as_it_was_asked_for(
    clocked: Open, clock: Clock
) -> None:
    pace = clocked().pace("shop", RULE)
    clock.now += 7200
    pace.note_beside(1)
    clock.now -= 7200
    assert pace.book(600).wait <= 1
    clock.now += 7200
    pace.slow_down(2)
    clock.now -= 7200
    turn = pace.book(600)
    assert (turn.wait, turn.refused) == (pytest.approx(2), False)
    assert not pace.is_good(turn, late=60)
    clock.sleep(2.01)
    assert pace.is_good(turn, late=60)
    clock.sleep(30)
    pace.book(600)
    pace.book(600)
    assert spacing(pace, clock) <= 2 * RULE.interval / 1e6


@pytest.mark.parametrize("seed", range(5))
def test_every_step_is_the_same_in_python_and_in_redis(
    seed: int, clock: Clock, tmp_path: Path
) -> None:
    drawn = random.Random(seed)
    rule = rule_of(Budget("a", drawn.choice([1, 30, 300]), drawn.choice([1.0, 10.0]), careful=0.5))
    with opened("redis", tmp_path) as open_:
        paces: list[Pace] = [KeptPace(rule, OwnStore()), open_().pace("shop", rule)]
        for _ in range(200):
            clock.sleep(drawn.choice([0, 0.0071, 0.93, 11.3] * 4 + [43_000.7, -7000.3]))
            if drawn.random() < 0.1:
                for pace in paces:
                    pace.note_beside(0.13)
            if drawn.random() < 0.1:
                seconds = drawn.choice([0.57, 3.1, 61.7])
                for pace in paces:
                    pace.slow_down(seconds)
            most = drawn.choice([0.501, 600])
            here, there = (pace.book(most) for pace in paces)
            assert there == (
                pytest.approx(here.at),
                pytest.approx(here.wait, abs=1e-5),
                here.refused,
            )
            late = drawn.choice([0.0503, 1.07])
            turn = Turn(here.at - drawn.choice([0, 0.3, 2]), 0)
            assert paces[0].is_good(turn, late) == paces[1].is_good(turn, late)


def test_calls_of_all_workers_keep_the_rate_of_a_redis(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clock = ClockOfEachThread().replaces_time(monkeypatch)
    budgets = {"a": Budget("a", 100, 0.5)}
    with opened("redis", tmp_path) as open_:
        limiters = [Limiter(budgets, scope="shop", state=open_()) for _ in range(4)]

        def leave(number: int) -> float:
            limiters[number % 4].acquire("a")
            return clock.time()

        with ThreadPoolExecutor(8) as pool:
            times = sorted(pool.map(leave, range(160)))
    assert busiest_window(times, 0.5) <= 100
