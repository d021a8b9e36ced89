"""What was read a moment ago, for the next one in the same task who asks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

T = TypeVar("T")

LASTS = timedelta(minutes=1)


class Recent(Generic[T]):
    """Keeps what was read for a minute, or until it is forgotten because it has been changed."""

    def __init__(self) -> None:
        self._read: tuple[datetime, T] | None = None

    def get(self, read: Callable[[], T]) -> T:
        """Return what was read within the last minute, else what `read` returns."""
        now = datetime.now(UTC)
        if self._read is None or not timedelta() <= now - self._read[0] < LASTS:
            self._read = now, read()
        return self._read[1]

    def forget(self) -> None:
        """Let the next one read anew."""
        self._read = None
