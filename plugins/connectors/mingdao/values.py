"""How HAP writes values, and what we make of them.

HAP is loose (contracts: hap §4.3, §7.3): null and "" stand for what is absent, booleans come as "1"
or "true", integers as strings. A hint that cannot be read is none; an id, a count or a list that
cannot be read is an error and never "nothing there", because an empty page ends a scan.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator

_TRUE_WORDS = frozenset({"1", "true", "yes"})
_MOST_DIGITS = 18


def to_text(value: object) -> str:
    """Return text, a number as its digits; what is neither, null too, is the empty text."""
    if type(value) is str:  # nearly all of them, and there are many in a worksheet's structure
        return value
    wrong = isinstance(value, bool) or not isinstance(value, str | int | float)
    return "" if wrong else str(value)


def to_id(value: object) -> str:
    """Return an id without blanks around it.

    Raises:
        ValueError: It is blank or no id.
    """
    text = to_text(value).strip()
    if not text:
        raise ValueError("no id")
    return text


def to_ids(value: object) -> list[str]:
    """Return the ids of a list; what is no id, or no list, names none."""
    texts = (to_text(entry).strip() for entry in value) if isinstance(value, list) else ()
    return [text for text in texts if text]


def to_flag(value: object) -> bool:
    """Return a boolean given as a boolean, 0/1, or a word (`isDeleted` is documented as text)."""
    if isinstance(value, bool):
        return value
    return to_text(value).strip().lower() in _TRUE_WORDS


def to_hint(value: object) -> int | None:
    """Return an integer that is only a hint, such as a precision; anything else is None."""
    text = to_text(value).strip()
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else None


def to_count(value: object) -> int | None:
    """Return a count; None where there is none.

    Raises:
        ValueError: The value is no count.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    count = to_hint(value)
    if count is None:
        raise ValueError("no count")
    return count


Id = Annotated[str, BeforeValidator(to_id)]
"""An id that must be there."""
Text = Annotated[str, BeforeValidator(to_text)]
Flag = Annotated[bool, BeforeValidator(to_flag)]
Hint = Annotated[int | None, BeforeValidator(to_hint)]
"""A whole number on which little depends."""
Count = Annotated[int | None, BeforeValidator(to_count)]
