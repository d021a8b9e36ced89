"""What a person who waits sees."""

from __future__ import annotations

import time

_BEGUN = time.monotonic()


def say(text: str) -> None:
    """Print a line with the seconds since the start."""
    print(f"[{time.monotonic() - _BEGUN:6.0f} s] {text}", flush=True)
