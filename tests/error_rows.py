"""What a row of 同步异常 is about, by its key: the cell 对象 is for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def entity_of(row: Mapping[str, Any]) -> str:
    """Return the code of the row's entity."""
    return str(row["error_id"]).partition(":")[0].partition("@")[0]
