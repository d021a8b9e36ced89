"""The kinds of values, and the mask that stands in the place of one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from include.doctor.shape_report.enumerations import is_blank

_LOOKED_AT = 2000  # characters; what is longer is a text or a page
_DAY = r"\d{4}-\d{2}-\d{2}"
# In this order: the first that fits whole. A prefix of an id is the vendor's, the rest is hidden.
FORMS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.DOTALL)
    for name, pattern in {
        "blank": r"\s+",
        "datetime": rf"{_DAY} \d{{2}}:\d{{2}}:\d{{2}}",
        "datetime-iso": rf"{_DAY}[T ]\d{{2}}:\d{{2}}(:\d{{2}}(\.\d+)?)?(Z|[+-]\d{{2}}:?\d{{2}})?",
        "date": _DAY,
        "date-other": r"\d{4}[/.年]\d{1,2}[/.月]\d{1,2}日?.*",
        "phone": r"(\+?\d{1,3}[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}",
        "digits": r"[0-9]+",
        "decimal": r"[+-]?\d+(\.\d+)?",
        "email": r"[^\s@]+@[^\s@]+\.[A-Za-z]+",
        "url": r"(https?:)?//.*|www\..*",
        "html": r".*</?[A-Za-z][^>]*>.*",
        "uuid": r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        "id u_": r"u_\w+",
        "id p_": r"p_\w+",
        "id g_": r"g_\w+",
        "id o_": r"o_\w+",
        "id oo_": r"oo_\w+",
        "id og_": r"og_\w+",
        "id t_": r"t_\w+",
        "id cu_": r"cu_\w+",
        "id SPU_": r"SPU_\w+",
        "id SKU_": r"SKU_\w+",
        "id E..V2": r"E\d{14}[a-z0-9]{6}V2",
        "hex": r"(?=.*\d)[0-9a-f]{16,}",
        "id": r"(?=.*\d)[A-Za-z0-9_.\-|=+/]+",
        "word": r"[A-Za-z_|\-]+",
        "latin": r"[\x00-\x7f]+",
        "text": r".+",
    }.items()
}


def form_of(text: str) -> str:
    """Return the form of a text: one of `FORMS`, which JSON it holds, or that it says nothing."""
    if is_blank(text):
        return "nothing"
    held = held_json(text)
    if isinstance(held, list | dict | str):
        return f"json-{'array' if isinstance(held, list) else type_of(held)}"
    start = text[:_LOOKED_AT]
    return next((name for name, form in FORMS.items() if form.fullmatch(start)), "text")


def held_json(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the list, object or string that a text holds as JSON; None for any other text."""
    if text[:1] not in {"[", "{", '"'}:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def type_of(value: object) -> str:
    """Return the JSON type of a value, whole numbers and others apart."""
    names: dict[type, str] = {bool: "bool", int: "int", str: "string", list: "list", dict: "object"}
    return "null" if value is None else names.get(type(value), "float")


def kind_of(value: object) -> str:
    """Return the kind of a value: its type, and of a text its form."""
    return f"string:{form_of(value)}" if isinstance(value, str) else type_of(value)


def length_of(value: object) -> int:
    """Return how long a value is: characters, digits, or entries."""
    if isinstance(value, str | list | dict):
        return len(value)
    return 0 if value is None or isinstance(value, bool) else len(str(value).lstrip("-"))


def mask(value: object) -> str:
    """Return what stands in the place of a value: its form or type, and its length."""
    name = form_of(value) if isinstance(value, str) else type_of(value)
    return f"<{name} {length_of(value)}>"
