"""How the vendor writes values, and what we make of them.

The vendor's backend is PHP and has many ways to say "nothing" (contracts: xiaoe §1.2): empty
strings, ``"--"``, ``false`` where a look-up found nothing, dates of the years 0 and 1970, ``[]``
for an object. They all become None here, so that no caller has to know them. Numbers come as
strings and ids as numbers, depending on the interface.

A date that cannot be read is "nothing" too: the vendor's own samples hold garbage in date fields. A
number, an id or a list of records that cannot be read is an error, because a wrong sum of money or
an order without its goods must not pass silently.
"""

from __future__ import annotations

import re
import sys
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator

from connectors.http.json_text import parse_json

BEIJING = ZoneInfo("Asia/Shanghai")
"""Zone of every time that the vendor writes without one."""

_NOTHING = frozenset({"", "--"})
_NO_IDS = frozenset({"0", "false", "null"})
_NO_DATES = frozenset({"2000-01-01 00:00:00"})
_FIRST_YEAR = 1971
_FOR_EVER_FROM = 2200
_SECONDS = range(9, 11)  # digits of a unix time between 1973 and 2286
_MILLISECONDS = 13
_COMPACT = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_DIGITS = re.compile(r"(\d+)(?:\.\d*)?", re.ASCII)
# PHP's number_format; 1,299.00 is common, 12,99 is something else.
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?", re.ASCII)
_LONGEST_NUMBER = 64
_LONGEST_ID = 200
_MOST_DIGITS = 18
_DEEPEST = 16
_INVISIBLE_LETTERS = "\u115f\u1160\u3164\uffa0"


def is_nothing(value: object) -> bool:
    """Tell whether a value is one of the vendor's ways to say that there is none."""
    if isinstance(value, str):
        return value.strip() in _NOTHING
    return value is None or value is False


def to_text(value: object) -> str | None:
    """Return text; numbers become text, half characters (lone surrogates) a question mark."""
    if type(value) is str and value.isascii():  # ids and links, and there are many
        return None if value.strip() in _NOTHING else value
    if is_nothing(value) or isinstance(value, bool | list | dict):
        return None
    return str(value).encode("utf-8", "replace").decode("utf-8")


def to_repeated(value: object) -> str | None:
    """Return text as `to_text` does, once for all records that say the same."""
    text = to_text(value)
    return None if text is None else sys.intern(text)


def to_person(value: object) -> str | None:
    """Return the id or name of somebody; PHP's empty ids, ``0``, ``"0"`` and false, are nobody."""
    text = to_text(value)
    return None if text is None or text.strip() in {"0", "false"} else text


def to_id(value: object) -> str | None:
    """Return an id, always as text, without blanks around it; PHP's empty ones are none.

    Raises:
        ValueError: It cannot be an id: a list, a float that has lost digits, a text with blanks or
            invisible characters in it.
    """
    if is_nothing(value) or value in ([], {}):
        return None
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise ValueError("no id")
    text = str(value).strip()
    if len(text) > _LONGEST_ID or not text.isprintable() or set(text) & {" ", *_INVISIBLE_LETTERS}:
        raise ValueError("no id")
    return None if text in _NO_IDS else text


def to_int(value: object) -> int | None:
    """Return a whole number of at most 18 digits, also from ``"5"`` and ``5.0``.

    Raises:
        ValueError: The value is no such number.
    """
    if type(value) is int and abs(value) < 10**_MOST_DIGITS:  # most of them, a tenth of the time
        return value
    number = to_decimal(value)
    if number is None:
        return None
    if number != number.to_integral_value():
        raise ValueError("no whole number")
    return int(number)


def to_decimal(value: object) -> Decimal | None:
    """Return an exact number of at most 18 digits before the point.

    A float counts as the decimals that it prints.

    Raises:
        ValueError: The value is no such number.
    """
    if is_nothing(value) or value == []:
        return None
    if not isinstance(value, str | int | float | Decimal):
        raise ValueError("no number")
    text = str(int(value) if isinstance(value, bool) else value).strip()
    if len(text) > _LONGEST_NUMBER:
        raise ValueError("no number of a size that can be meant")
    if "_" in text:  # 1_9 is 19 to Python alone
        raise ValueError("no number")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError("no number") from None
    if not number.is_finite():
        raise ValueError("no finite number")
    if number and not -_LONGEST_NUMBER < number.adjusted() < _MOST_DIGITS:
        raise ValueError("no number of a size that can be meant")
    return number


def to_certain(value: object) -> int | None:
    """Return a sum in 分, or a state, as `to_int` does; PHP's true is neither: it may mean any.

    Raises:
        ValueError: The value is no such number.
    """
    if value is True:
        raise ValueError("no sum and no state")
    return to_int(value)


def to_yuan(value: object) -> Decimal | None:
    """Return a sum in 元 as `to_decimal` does, also from ``"1,299.00"``; PHP's true is none.

    Raises:
        ValueError: The value is no such number.
    """
    if value is True:
        raise ValueError("no sum")
    if isinstance(value, str) and _GROUPED.fullmatch(value.strip()):
        return to_decimal(value.replace(",", ""))
    return to_decimal(value)


def to_moment(value: object) -> datetime | None:
    """Return a time in Beijing.

    From ``YYYY-MM-DD HH:MM:SS``, a date, either without its marks, or unix s or ms.
    """
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str | int | float) or isinstance(value, bool) or is_nothing(value):
        return None
    text = str(value).strip()
    digits = _DIGITS.fullmatch(text)
    try:
        moment = _of_digits(digits[1]) if digits else datetime.fromisoformat(text)
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)
        moment = zoned.astimezone(BEIJING)
    except (ValueError, OverflowError, OSError):
        return None
    return None if moment.year < _FIRST_YEAR or text in _NO_DATES else moment


def to_past(value: object) -> datetime | None:
    """Return a time at which something happened; ``9999-12-31`` for "never" is none."""
    moment = to_moment(value)
    return None if moment is None or moment.year >= _FOR_EVER_FROM else moment


def to_block(value: object) -> object:
    """Return an object's keys; the vendor's backend writes an empty object as ``[]``.

    An object as JSON text, and one that stands alone in a list, are read as well.
    """
    if isinstance(value, str):
        value = _from_json(value)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, dict) else {}


def to_list(value: object) -> list[Any]:
    """Return a list, also from its JSON text; nothing is an empty one.

    ``{"0": x, "2": y}`` is how PHP writes a list with gaps, ``{"a": {…}, "b": {…}}`` one with
    names; any other object is the only element.

    Raises:
        ValueError: The value is no list.
    """
    if is_nothing(value):
        return []
    if isinstance(value, str):
        value = _from_json(value)
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        raise ValueError("no list")
    numbered = all(str(key).isdecimal() for key in value)
    if numbered or all(isinstance(item, dict) for item in value.values()):
        return list(value.values())
    return [value]


def to_texts(value: object) -> list[str]:
    """Return the texts of a list, without the empty ones; a single text is a list of one."""
    return [text for item in _items(value) if (text := to_text(item)) is not None]


def to_hint(value: object) -> int | None:
    """Return a whole number that nothing depends on; None where it is none."""
    try:
        return to_int(value)
    except ValueError:
        return None


def to_hints(value: object) -> list[int]:
    """Return the whole numbers of a list that nothing depends on; what is none is left out."""
    return [number for item in _items(value) if (number := to_hint(item)) is not None]


def to_shallow(value: object, levels: int = _DEEPEST) -> object:
    """Return JSON without what is nested so deeply that nobody can have meant it."""
    if isinstance(value, list):
        return [to_shallow(item, levels - 1) for item in value] if levels else None
    if isinstance(value, dict):
        return {k: to_shallow(item, levels - 1) for k, item in value.items()} if levels else None
    return value


def _items(value: object) -> list[Any]:
    try:
        return to_list(value)
    except ValueError:
        return [value]


def _of_digits(digits: str) -> datetime:
    if len(digits) in _COMPACT:
        return datetime.strptime(digits, _COMPACT[len(digits)])
    if len(digits) in _SECONDS:
        return datetime.fromtimestamp(int(digits), BEIJING)
    if len(digits) == _MILLISECONDS:
        return datetime.fromtimestamp(int(digits) / 1000, BEIJING)
    raise ValueError("no time")


def _from_json(text: str) -> object:
    """Return the object or array of a JSON text; any other text as it is."""
    try:
        return parse_json(text) if text.lstrip().startswith(("{", "[")) else text
    except (ValueError, RecursionError):
        return text


Id = Annotated[str, BeforeValidator(to_id)]
"""An id that must be there; always text, whatever the interface sends."""
OptionalId = Annotated[str | None, BeforeValidator(to_id)]
Text = Annotated[str | None, BeforeValidator(to_text)]
Repeated = Annotated[str | None, BeforeValidator(to_repeated)]
"""Text that many records share, such as the name of a form."""
Person = Annotated[str | None, BeforeValidator(to_person)]
"""The id or name of a person who may not exist, such as a promoter."""
Int = Annotated[int | None, BeforeValidator(to_int)]
State = Annotated[int | None, BeforeValidator(to_certain)]
"""A state on which a sum depends."""
Hint = Annotated[int | None, BeforeValidator(to_hint)]
"""A whole number that nothing depends on."""
Hints = Annotated[list[int], BeforeValidator(to_hints)]
Fen = Annotated[int | None, BeforeValidator(to_certain)]
"""Money in 分."""
Yuan = Annotated[Decimal | None, BeforeValidator(to_yuan)]
"""Money in 元."""
Moment = Annotated[datetime | None, BeforeValidator(to_moment)]
Past = Annotated[datetime, BeforeValidator(to_past)]
"""A time that must be there, such as a version: without it a record cannot be placed."""
Texts = Annotated[list[str], BeforeValidator(to_texts)]
