"""Calls side by side."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import count

import pytest

from connectors.http.threads import Threads


def test_results_come_in_the_order_of_the_items_whoever_is_first() -> None:
    def slow_when_even(number: int) -> int:
        time.sleep(0.02 if number % 2 == 0 else 0)
        return number

    assert list(Threads(8).map(slow_when_even, range(40))) == list(range(40))


def test_as_many_are_under_way_at_once_as_there_are_threads() -> None:
    meeting = threading.Barrier(6, timeout=5)
    Threads(6).each(lambda _: meeting.wait(), range(6))


def test_a_stream_without_end_is_read_only_a_little_ahead() -> None:
    taken = count()
    results = Threads(4).map(lambda number: number, (next(taken) for _ in iter(int, 1)))
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    assert next(taken) <= 3 + 2 * 4
    results.close()  # type: ignore[attr-defined]  # it is a generator


def test_an_error_is_raised_and_nothing_goes_on_behind_it() -> None:
    begun: list[int] = []

    def fail_at_three(number: int) -> None:
        begun.append(number)
        time.sleep(0.01)
        if number == 3:
            raise ValueError("three")

    with pytest.raises(ValueError, match="three"):
        Threads(2).each(fail_at_three, range(100))
    seen = len(begun)
    time.sleep(0.05)
    assert len(begun) == seen < 12


def test_one_thread_starts_nothing_and_works_in_order() -> None:
    here = threading.current_thread()
    assert list(Threads(1).map(lambda _: threading.current_thread(), range(3))) == [here] * 3


def test_work_inside_a_thread_waits_for_no_other_thread() -> None:
    threads = Threads(2)
    rows = threads.map(lambda n: list(threads.map(lambda m: n * m, range(3))), range(6))
    assert list(rows) == [[0, n, 2 * n] for n in range(6)]


def test_streams_are_merged_as_their_items_come() -> None:
    gate = threading.Event()

    def late() -> Iterator[str]:
        gate.wait(5)
        yield "late"

    merged = Threads(4).merge([late(), iter(["a", "b"])])
    assert sorted([next(merged), next(merged)]) == ["a", "b"]
    gate.set()
    assert list(merged) == ["late"]
    assert list(Threads(1).merge([iter("ab"), iter("c")])) == ["a", "b", "c"]


@pytest.mark.parametrize("fails", [True, False])
def test_no_stream_goes_on_behind_an_error_or_where_nobody_takes_any_more(fails: bool) -> None:
    begun: list[int] = []

    def endless() -> Iterator[int]:
        for number in count():
            begun.append(number)
            time.sleep(0.002)
            yield number

    def failing() -> Iterator[int]:
        yield 0
        time.sleep(0.02)
        raise ValueError("three")

    merged = Threads(4).merge([endless(), failing()] if fails else [endless(), endless()])
    if fails:
        with pytest.raises(ValueError, match="three"):
            list(merged)
    else:
        next(merged)
        merged.close()  # type: ignore[attr-defined]  # it is a generator
    seen = len(begun)
    time.sleep(0.05)
    assert len(begun) == seen < 100
