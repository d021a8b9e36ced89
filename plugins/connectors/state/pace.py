"""The turns of one budget (GCRA), with the state in this process or wherever a store keeps it.

`pace.lua` does the same in Redis.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from connectors.state.interface import PaceRule, Turn

T = TypeVar("T")

Clock = Callable[[], float]

SLOWEST = 8
"""Turns that a call takes at most."""
RECOVERS_AFTER = 10.0
"""Quiet seconds after which a call takes half as many turns."""
ONE_MOMENT = 1.0
"""Seconds in which throttling answers count once."""
BESIDE_LASTS = 2.0
"""Seconds after which calls beside these are over: a window of theirs, and when they note it."""
CAREFUL_FOR = 86_400.0
"""Seconds for which a throttling answer is remembered."""


def unix_time() -> float:
    """Return this machine's time in unix seconds."""
    return time.time()


@dataclass(frozen=True)
class PaceState:
    """What a pace remembers; times are unix seconds, `due` is in microseconds for the arithmetic.

    `due` is when the turns that are given away will have passed. After a throttling answer at
    `throttled_at` a call takes `turns_per_call`, and none goes before `held_until`. Calls that may
    be counted with these left at `beside_at`.
    """

    due: int = 0
    turns_per_call: int = 1
    throttled_at: float = 0.0
    held_until: float = 0.0
    beside_at: float = 0.0


Step = Callable[[PaceState], tuple[PaceState, T]]


class PaceStore(Protocol):
    """Keeps one state; a change is made by one caller at a time."""

    def change(self, step: Step[T]) -> T:
        """Replace the state by what `step` makes of it, and return the other half of its answer."""


class OwnStore:
    """A state of this process alone."""

    def __init__(self) -> None:
        self._state = PaceState()
        self._lock = threading.Lock()

    def change(self, step: Step[T]) -> T:  # noqa: D102 - see PaceStore
        with self._lock:
            self._state, reported = step(self._state)
            return reported


class KeptPace:
    """A `Pace` by this machine's clock."""

    def __init__(self, rule: PaceRule, store: PaceStore, clock: Clock = unix_time) -> None:
        self._rule = rule
        self._store = store
        self._clock = clock

    def book(self, most: float) -> Turn:  # noqa: D102 - see Pace
        return self._store.change(lambda state: self._booked(state, self._clock(), most))

    def is_good(self, turn: Turn, late: float) -> bool:  # noqa: D102 - see Pace
        now = self._clock()
        held = self._store.change(lambda state: (state, _as_of(now, state).held_until > now))
        return now - turn.at <= late and not held

    def slow_down(self, seconds: float) -> None:  # noqa: D102 - see Pace
        self._store.change(lambda state: (_slower(state, self._clock(), seconds), None))

    def note_beside(self, room: float) -> None:  # noqa: D102 - see Pace
        self._store.change(lambda state: (_beside(state, self._clock(), room), None))

    def _booked(self, state: PaceState, now: float, most: float) -> tuple[PaceState, Turn]:
        interval = self._rule.careful if _is_careful(state, now) else self._rule.interval
        state = _recovered(_as_of(now, state), now)
        at = max(now, state.held_until)
        if at - now > self._rule.longest_hold:
            return state, Turn(at, at - now, refused=True)
        due = state.due if state.due / 1e6 - now <= self._rule.furthest else 0
        for _ in range(state.turns_per_call):
            due = max(due, int(at * 1e6)) + interval
            at = max(at, (due - self._rule.burst * interval) / 1e6)
        if at - now > most:
            return state, Turn(at, at - now, refused=True)
        return replace(state, due=due), Turn(at, at - now)


def _as_of(now: float, state: PaceState) -> PaceState:
    """Return the state by a clock that may have been set back since all were held."""
    ahead = max(state.throttled_at, state.beside_at) - now
    if ahead <= 0:
        return state
    return replace(
        state,
        throttled_at=min(state.throttled_at, now),
        beside_at=min(state.beside_at, now),
        held_until=state.held_until - ahead,
    )


def _is_careful(state: PaceState, now: float) -> bool:
    return now - state.beside_at <= BESIDE_LASTS or now - state.throttled_at <= CAREFUL_FOR


def _beside(state: PaceState, now: float, room: float) -> PaceState:
    state = _as_of(now, state)
    if _is_careful(state, now):
        return replace(state, beside_at=now)
    # Held, because turns are booked ahead; and due later, because those go on as fast as before.
    due, held = state.due + round(room * 1e6), max(state.held_until, now + room)
    return replace(state, due=due, held_until=held, beside_at=now)


def _recovered(state: PaceState, now: float) -> PaceState:
    if state.turns_per_call > 1 and now - state.throttled_at > RECOVERS_AFTER:
        return replace(
            state,
            turns_per_call=state.turns_per_call // 2,
            throttled_at=state.throttled_at + RECOVERS_AFTER,
        )
    return state


def _slower(state: PaceState, now: float, seconds: float) -> PaceState:
    state = _as_of(now, state)
    turns = state.turns_per_call
    if now - state.throttled_at > ONE_MOMENT:
        turns = min(SLOWEST, turns * 2)
    held = max(state.held_until, now + seconds)
    return replace(state, turns_per_call=turns, throttled_at=now, held_until=held)
