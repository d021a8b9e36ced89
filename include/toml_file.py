"""Small TOML files of ours, parsed once for as long as they stay as they are.

A task opens many worksheets, and each asks what the user's file says of it: an edit takes effect
with the next task all the same.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

Stamp = tuple[int, int, int]


def stamp_of(path: Path) -> Stamp:
    """Return what changes whenever a file does; raises OSError where there is none."""
    there = path.stat()
    return there.st_mtime_ns, there.st_size, there.st_ino


def read_toml(path: Path) -> dict[str, Any]:
    """Return what a file says, to be read and never changed.

    Raises OSError where it cannot be read, and ValueError where it is no TOML.
    """
    return _parsed(path, stamp_of(path))


@lru_cache(maxsize=16)
def _parsed(path: Path, _: Stamp) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8-sig"))
