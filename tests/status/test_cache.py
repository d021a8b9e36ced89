"""The picture is kept for a minute, and a failure for a shorter time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from include.status.cache import Kept


class Reader:
    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.calls = 0
        self.now = 100.0

    def __call__(self) -> object:
        self.calls += 1
        answer = self.answers[min(self.calls, len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def kept(self) -> Kept[object]:
        return Kept(self, seconds=60, failure_seconds=15, clock=lambda: self.now)


def test_a_picture_is_read_once_a_minute():
    reader = Reader("first", "second")
    kept = reader.kept()
    assert [kept.get(), kept.get()] == ["first", "first"]
    reader.now += 60
    assert kept.get() == "second"


def test_a_failure_is_kept_for_a_shorter_time():
    reader = Reader(ValueError("down"), "up")
    kept = reader.kept()
    for _ in range(3):
        with pytest.raises(ValueError, match="down"):
            kept.get()
    assert reader.calls == 1
    reader.now += 15
    assert kept.get() == "up"


def test_many_visitors_at_once_are_one_reader():
    ready, calls = threading.Event(), []

    def read():
        calls.append(1)
        ready.wait(5)
        return "picture"

    kept = Kept(read)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(kept.get) for _ in range(8)]
        ready.set()
        assert {answer.result() for answer in asked} == {"picture"}
    assert len(calls) == 1


def test_what_was_known_last_outlives_a_failure():
    reader = Reader("known", ValueError("down"))
    kept = reader.kept()
    assert kept.last is None
    kept.get()
    reader.now += 60
    with pytest.raises(ValueError, match="down"):
        kept.get()
    assert kept.last == "known"
