"""Whose turn it is where there are more than one run takes: drawn by lot.

Nothing that is left for later then waits behind what fails each time.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any, TypeVar

T = TypeVar("T", bound=Any)


def drawn(waiting: Iterable[T], most: int) -> list[T]:
    """Return at most so many of those that wait, in their order."""
    every = sorted(waiting)
    return sorted(random.sample(every, min(len(every), most)))
