"""Reading request bodies the way a lenient server does: numbers as strings, absent as default.

What cannot be read at all is 10001 (something is missing) or 10002 (something is wrong).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from include.simulators.hap.errors import PARAMETER_ERROR, VALUE_ERROR, HapError

JsonObject = dict[str, Any]

_INTEGER = re.compile(r"-?[0-9]{1,18}")


def json_object(body: bytes) -> JsonObject:
    """Read a request body; an empty one is an empty object.

    A lone surrogate, which UTF-8 cannot hold, becomes a replacement character.

    Raises:
        HapError: 10001, in HTTP 400 for what is no JSON at all.
    """
    if not body.strip():
        return {}
    try:
        parsed = json.loads(body, parse_float=_finite, parse_constant=_finite)
        if b"\\ud" in body.lower():
            text = json.dumps(parsed, ensure_ascii=False)
            parsed = json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    except (ValueError, RecursionError):
        raise HapError(PARAMETER_ERROR, "参数错误: JSON", status=400) from None
    if not isinstance(parsed, dict):
        raise HapError(PARAMETER_ERROR)
    return parsed


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


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
    if isinstance(raw, bool) or not _INTEGER.fullmatch(text):
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
