"""Which interfaces have kept tasks waiting in vain lately, for all tasks to know.

A run of few orders is many short tasks, and each would wait a minute and a half for an interface
that does not answer. So what a task has waited for is noted where all tasks look, and nobody asks
again for a while. A note holds the words of the error table, nothing of a record.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from connectors.errors import Bilingual, ConnectorError, RetryableError
from connectors.state.interface import SharedNotes, SharedState

log = logging.getLogger(__name__)

PAUSE = 600.0  # seconds; shorter than from one live run to the next
SLOW_IN_A_ROW = 2
LOOKS_EVERY = 5.0  # seconds


class SharedOutages:
    """Notes in the shared state; `identity` tells one shop from others.

    Every call to an interface asks, so the state is looked into every few seconds of `clock`.
    """

    def __init__(
        self, state: SharedState, identity: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._state = state
        self._identity = identity
        self._clock = clock
        self._looks: dict[str, _Look] = {}

    def find(self, name: str) -> ConnectorError | None:
        """Return why an interface is not to be asked for now; None where it may be asked."""
        look, now = self._looks.get(name), self._clock()
        if look is None or now >= look.again_at:
            look = self._looks[name] = _Look(now + LOOKS_EVERY, self._recent(name))
        if len(look.notes) < SLOW_IN_A_ROW:
            return None
        api, code, *words = json.loads(look.notes[-1])
        return RetryableError(api, Bilingual(*words[:2]), Bilingual(*words[2:]), code or None)

    def note(self, name: str, error: ConnectorError) -> None:
        """Note that a task has waited for an interface in vain."""
        reported = [error.api, error.code or "", *error.explanation, *error.action]
        with _as_a_courtesy():
            self._notes(name).append(json.dumps(reported, ensure_ascii=False))
        self._looks.pop(name, None)

    def forget(self, name: str) -> None:
        """Note that an interface has answered."""
        look = self._looks.get(name)
        if look is None or look.notes:
            with _as_a_courtesy():
                self._notes(name).clear()
            self._looks.pop(name, None)

    def _recent(self, name: str) -> list[str]:
        with _as_a_courtesy():
            return self._notes(name).recent(PAUSE)
        return []

    def _notes(self, name: str) -> SharedNotes:
        return self._state.notes(f"{self._identity} {name}")


@contextmanager
def _as_a_courtesy() -> Iterator[None]:
    """Go on without the notes where the shared state fails: they save time, and no more."""
    try:
        yield
    except ConnectorError as error:
        log.warning("停用接口的记录无法读写，照常调用 / notes are not kept: %s", error)


@dataclass(frozen=True)
class _Look:
    """What was noted when the state was looked into last."""

    again_at: float
    notes: list[str]
