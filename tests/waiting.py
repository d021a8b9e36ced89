"""Waiting for what happens in another thread or process."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 120.0  # far more than a busy machine needs: only what hangs is given up


def wait_until(condition: Callable[[], object]) -> None:
    """Wait until the condition holds; fail when it does not within the patience."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)
