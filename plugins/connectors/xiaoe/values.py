"""How the vendor writes values, and what we make of them.

The vendor has many ways to say "nothing" (contracts: xiaoe §1.2): empty strings, ``"--"``, dates of
the years 0 and 1970, ``[]`` for an object. They all become None here, so that no caller has to know
them. Numbers come as strings and ids as numbers, depending on the interface.

A date that cannot be read is "nothing" too: the vendor's own samples hold garbage in date fields. A
number that cannot be read is an error, because a wrong sum of money must not pass silently.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator

BEIJING = ZoneInfo("Asia/Shanghai")
"""Zone of every time that the vendor writes without one."""

_NOTHING = frozenset({"", "--"})
_NO_DATES = frozenset({"2000-01-01 00:00:00"})
_FIRST_YEAR = 1971
_MILLISECONDS_FROM = 10**11


def is_nothing(value: object) -> bool:
    """Tell whether a value is one of the vendor's ways to say that there is none."""
    if isinstance(value, str):
        return value.strip() in _NOTHING
    return value is None


def to_text(value: object) -> str | None:
    """Return text; numbers become text, half characters (lone surrogates) a question mark."""
    if is_nothing(value) or isinstance(value, list | dict):
        return None
    return str(value).encode("utf-8", "replace").decode("utf-8")


def to_person(value: object) -> str | None:
    """Return the id or name of somebody; PHP's empty ids, ``0``, ``"0"`` and false, are nobody."""
    text = None if isinstance(value, bool) else to_text(value)
    return None if text is None or text.strip() in {"0", "false"} else text


def to_int(value: object) -> int | None:
    """Return a whole number, also from ``"5"`` and ``5.0``.

    Raises:
        ValueError: The value is no whole number.
    """
    number = to_decimal(value)
    if number is None:
        return None
    if number != number.to_integral_value():
        raise ValueError("no whole number")
    return int(number)


def to_decimal(value: object) -> Decimal | None:
    """Return an exact number; a float counts as the decimals that it prints.

    Raises:
        ValueError: The value is no number.
    """
    if is_nothing(value) or value == []:
        return None
    try:
        number = Decimal(str(int(value) if isinstance(value, bool) else value).strip())
    except InvalidOperation:
        raise ValueError("no number") from None
    if not number.is_finite():
        raise ValueError("no finite number")
    return number


def to_moment(value: object) -> datetime | None:
    """Return a time in Beijing, from ``YYYY-MM-DD HH:MM:SS``, a date, or unix s or ms."""
    if is_nothing(value) or isinstance(value, bool):
        return None
    text = str(value).strip()
    try:
        moment = _from_unix(int(text)) if text.isdecimal() else datetime.fromisoformat(text)
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)
        moment = zoned.astimezone(BEIJING)
    except (ValueError, OverflowError, OSError):
        return None
    return None if moment.year < _FIRST_YEAR or text in _NO_DATES else moment


def to_block(value: object) -> object:
    """Return an object's keys; the vendor's backend writes an empty object as ``[]``."""
    return value if isinstance(value, Mapping) else {}


def to_list(value: object) -> list[Any]:
    """Return a list; None is an empty one, and ``{"0": x, "2": y}`` is how PHP writes gaps."""
    if isinstance(value, list):
        return value
    return list(value.values()) if isinstance(value, Mapping) else []


def to_texts(value: object) -> list[str]:
    """Return the texts of a list, without the empty ones."""
    texts = (to_text(item) for item in ([value] if isinstance(value, str) else to_list(value)))
    return [text for text in texts if text is not None]


def to_ints(value: object) -> list[int]:
    """Return the whole numbers of a list; a single number counts as a list of one."""
    items = to_list(value) if isinstance(value, list | Mapping) else [value]
    numbers = (to_int(item) for item in items)
    return [number for number in numbers if number is not None]


def _from_unix(number: int) -> datetime:
    seconds = number / 1000 if number >= _MILLISECONDS_FROM else number
    return datetime.fromtimestamp(seconds, BEIJING)


Id = Annotated[str, BeforeValidator(to_text)]
"""An id that must be there; always text, whatever the interface sends."""
Text = Annotated[str | None, BeforeValidator(to_text)]
Person = Annotated[str | None, BeforeValidator(to_person)]
"""The id or name of a person who may not exist, such as a promoter."""
Int = Annotated[int | None, BeforeValidator(to_int)]
Fen = Annotated[int | None, BeforeValidator(to_int)]
"""Money in 分."""
Yuan = Annotated[Decimal | None, BeforeValidator(to_decimal)]
"""Money in 元."""
Moment = Annotated[datetime | None, BeforeValidator(to_moment)]
Texts = Annotated[list[str], BeforeValidator(to_texts)]
Ints = Annotated[list[int], BeforeValidator(to_ints)]
