"""What may be told of an exception that nobody foresaw: its type, its place and a digest.

Never its message: Python quotes values in it, and values are people's data.
"""

from __future__ import annotations

import hashlib
import traceback
from pathlib import Path
from typing import NamedTuple

_ROOT = Path(__file__).parents[2]


class Unforeseen(NamedTuple):
    """An exception without values; `calls` are the lines of code that led to it, for a log.

    `digest` is the same wherever the same calls end in the same type of exception.
    """

    kind: str
    digest: str
    place: str
    calls: str

    @property
    def code(self) -> str:
        """Return the type and the digest, by which maintainers know it again."""
        return f"{self.kind} {self.digest}"

    @classmethod
    def of(cls, error: Exception) -> Unforeseen:
        """Return what may be told of a raised exception."""
        frames = traceback.extract_tb(error.__traceback__)
        kind = type(error).__name__
        calls = [f"{_short(frame.filename)}:{frame.name}" for frame in frames]
        digest = hashlib.sha256("\n".join([kind, *calls]).encode()).hexdigest()[:8]
        last = frames[-1]
        place = f"{_short(last.filename)}:{last.lineno}"
        return cls(kind, digest, place, "".join(traceback.format_list(frames)))


def _short(path: str) -> str:
    file = Path(path)
    return file.relative_to(_ROOT).as_posix() if file.is_relative_to(_ROOT) else file.name
