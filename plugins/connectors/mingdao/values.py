"""One JSON value of a HAP answer: read leniently where HAP is known to be loose, else strictly.

Loose: booleans as "1" or "true", integers as strings, absent text as null. Strict: a list that is
null or missing is an error and never "nothing there", because an empty page ends a scan.
What a stranger would get wrong: no message here may quote the value, it can be a person's data.
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.codes import REPORT
from connectors.errors import Bilingual, ContractError

_TRUE_WORDS = frozenset({"1", "true", "yes"})
_MOST_DIGITS = 18


def unreadable(name: str, zh: str, en: str, *, api: str = "hap") -> ContractError:
    """Build the error for a value of another shape; names the key and never the value."""
    return ContractError(api, Bilingual(f"{name} {zh}", f"{name} {en}"), REPORT)


def mapping_of(value: object, name: str) -> Mapping[str, object]:
    """Return the value if it is a JSON object."""
    if isinstance(value, dict):
        return value
    raise unreadable(name, "不是对象", "is not an object")


def list_of(value: object, name: str) -> list[object]:
    """Return the value if it is a JSON list; null is not one."""
    if isinstance(value, list):
        return value
    raise unreadable(name, "不是列表", "is not a list")


def optional_list_of(value: object, name: str) -> list[object]:
    """Return a list that the contract marks as nullable; null and absent mean empty."""
    return [] if value is None else list_of(value, name)


def text_of(value: object) -> str:
    """Return text, with null as the empty string and a number as its digits."""
    return "" if value is None else str(value)


def required_text(value: object, name: str) -> str:
    """Return text that must not be blank, such as an id."""
    text = text_of(value).strip()
    if not text or isinstance(value, (dict, list, bool)):
        raise unreadable(name, "缺失或为空", "is missing or blank")
    return text


def flag_of(value: object) -> bool:
    """Return a boolean given as a boolean, 0/1, or a word (`isDeleted` is documented as text)."""
    return text_of(value).strip().lower() in _TRUE_WORDS


def count_of(value: object, name: str) -> int | None:
    """Return a count given as an integer or a string; null, absent and blank mean unknown."""
    text = text_of(value).strip()
    if not text:
        return None
    if not text.isdecimal() or len(text) > _MOST_DIGITS:
        raise unreadable(name, "不是数量", "is not a count")
    return int(text)


def hint_of(value: object) -> int | None:
    """Return an integer that is only a hint, such as a precision; anything else is None."""
    text = text_of(value).strip()
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else None


def required_count(value: object, name: str) -> int:
    """Return a count that must be there."""
    count = count_of(value, name)
    if count is None:
        raise unreadable(name, "缺失", "is missing")
    return count
