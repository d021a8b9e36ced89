"""What processes share, whatever it is kept in: files of one machine, or a Redis.

Every moment is one of the clock that all who share have in common: the machine's for files, the
server's for Redis. What is stored is told apart by an `identity` such as host and app, of which a
hash alone shows.
"""

from __future__ import annotations

import hashlib
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from connectors.codes import LATER
from connectors.errors import Bilingual, RetryableError

LOCK_SECONDS = 120.0
"""How long to wait for a text that somebody else holds."""


@dataclass(frozen=True)
class PaceRule:
    """How turns are given: one each `interval` µs on average, `burst` of them at once.

    They take `careful` µs instead while other calls leave beside these, and for a day after a
    throttling answer.

    A turn is refused that would come in more than `longest_hold` seconds because all are held. A
    plan that reaches further than `furthest` seconds was made before the clock was set back.
    """

    interval: int
    burst: int
    longest_hold: float
    furthest: float
    careful: int


class Turn(NamedTuple):
    """When a call may leave: `at` a moment, in `wait` seconds; `refused` where that is too far."""

    at: float
    wait: float
    refused: bool = False


class Pace(Protocol):
    """The turns of one budget; each step is done by one caller at a time."""

    def book(self, most: float) -> Turn:
        """Take the next turn, unless it comes in more than `most` seconds."""

    def is_good(self, turn: Turn, late: float) -> bool:
        """Tell whether a call may leave: `late` seconds after its turn at most, and not held."""

    def slow_down(self, seconds: float) -> None:
        """Hold all calls for so long, and let each take more turns for a while."""

    def note_beside(self, room: float) -> None:
        """Note that calls leave now that may be counted with these.

        The first one holds these for ``room`` seconds, for those that have just left.
        """


class LockedText(Protocol):
    """A text in the hands of one holder."""

    def now(self) -> float:
        """Return the time in unix seconds."""

    def load(self) -> str | None:
        """Return what is stored."""

    def store(self, text: str) -> bool:
        """Replace it; False, and nothing done, where another holder has taken over meanwhile."""


class SharedText(Protocol):
    """One text that processes renew by turns."""

    def locked(self) -> AbstractContextManager[LockedText]:
        """Wait until nobody else holds the text, and hold it.

        Raises RetryableError where that takes too long.
        """


class SharedNotes(Protocol):
    """Short notes on one thing, the latest last."""

    def append(self, note: str) -> None:
        """Add one."""

    def recent(self, seconds: float) -> list[str]:
        """Return those of the last so many seconds."""

    def clear(self) -> None:
        """Forget all."""


class SharedState(Protocol):
    """Where the processes of an installation share what they know."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no log may show."""

    def pace(self, identity: str, rule: PaceRule) -> Pace:
        """Return the pace of one budget."""

    def text(self, identity: str) -> SharedText:
        """Return the text of one owner."""

    def notes(self, identity: str) -> SharedNotes:
        """Return the notes on one thing."""


def hashed(identity: str) -> str:
    """Return the name of what belongs to an identity such as host and app."""
    return hashlib.sha256(identity.encode()).hexdigest()[:32]


def taken_too_long() -> RetryableError:
    """Return the error for a text that somebody else holds for too long."""
    words = Bilingual("等待其他进程取令牌超时", "another process holds the token for too long")
    return RetryableError("token", words, LATER)
