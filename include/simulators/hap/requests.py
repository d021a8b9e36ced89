"""Reading request bodies the way a lenient server does: numbers as strings, absent as default.

What cannot be read at all is 10001 (something is missing) or 10002 (something is wrong).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from include.simulators.hap.errors import PARAMETER_ERROR, VALUE_ERROR, HapError

JsonObject = dict[str, Any]


def whole_number(body: Mapping[str, Any], name: str, default: int | None) -> int:
    """Read an integer, which may be a string of digits.

    Raises:
        HapError: 10001 when it is missing without a default, 10002 when it is no integer.
    """
    raw = body.get(name)
    if raw is None:
        if default is None:
            raise HapError(PARAMETER_ERROR, f"参数错误: {name}")
        return default
    text = str(raw).strip()
    if isinstance(raw, bool) or not text.removeprefix("-").isdigit():
        raise HapError(VALUE_ERROR, f"参数值错误: {name}")
    return int(text)


def flag(body: Mapping[str, Any], name: str, *, default: bool = False) -> bool:
    """Read a boolean, which may be 0, 1 or a word."""
    raw = body.get(name)
    if raw is None:
        return default
    return raw in (True, 1, "1") or str(raw).lower() == "true"


def objects(body: Mapping[str, Any], name: str) -> list[JsonObject]:
    """Read a list of objects; absent and null are an empty list.

    Raises:
        HapError: 10002 for anything else.
    """
    raw = body.get(name)
    if raw is None:
        return []
    if not isinstance(raw, list) or not all(isinstance(item, dict) for item in raw):
        raise HapError(VALUE_ERROR, f"参数值错误: {name}")
    return raw


def strings(body: Mapping[str, Any], name: str) -> list[str]:
    """Read a list of strings; absent and null are an empty list.

    Raises:
        HapError: 10002 for anything else.
    """
    raw = body.get(name)
    if raw is None:
        return []
    if not isinstance(raw, list) or not all(isinstance(item, str) for item in raw):
        raise HapError(VALUE_ERROR, f"参数值错误: {name}")
    return raw
