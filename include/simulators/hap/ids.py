"""Ids as HAP makes them: UUIDs for rows and options, 24 hex digits for everything else.

They come from a seeded generator, so that the same test meets the same ids every time.
"""

from __future__ import annotations

import random
import uuid


class Ids:
    """A seeded source of ids."""

    def __init__(self, seed: int | str = 0) -> None:
        self._random = random.Random(seed)

    def uuid(self) -> str:
        """Return a UUID: apps, rows, option keys."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def object_id(self) -> str:
        """Return 24 hex digits: worksheets, fields, views, sections, option sets."""
        return f"{self._random.getrandbits(96):024x}"

    def shuffled(self, items: list[str]) -> list[str]:
        """Return `items` in another order."""
        return self._random.sample(items, len(items))
