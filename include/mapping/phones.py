"""Phone numbers by Google's data (the `phonenumbers` library); never a key, never a guess."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from include.mapping.text import clean_name

HOME_REGION = "CN"
# 138****0001, as the shop shows it and as people write it.
_MASKED = re.compile(r"\d[*xX•●#?.…_]{2,}\d*")
# 0086 is how people write +86; the library reads 00 as a trunk prefix in China.
_INTERNATIONAL = re.compile(r"^00(?=\d)|^(?=86\d{11}$)")
_SHORTEST = 5  # 12345, 95588: hotlines


@dataclass(frozen=True)
class Phone:
    """A phone as it is stored; one that is masked, or no valid number, is not `certain`."""

    text: str
    certain: bool = True


@lru_cache(
    maxsize=10_000
)  # list, order and forms tell the same one, and each is read several times
def read_phone(value: str | None) -> Phone | None:
    """Return the phone that a person typed; None when there is none.

    A mainland number becomes its plain national digits (`13800138000`), a landline keeps its area
    code, a foreign number becomes E.164; a mobile number is found among other words. What is no
    valid number is kept as it was typed, as uncertain: sales can still read it.
    """
    typed = clean_name(value) or ""
    if sum(character.isdigit() for character in typed) < _SHORTEST:
        return None
    if _MASKED.search(re.sub(r"[\s\-‐-―]", "", typed)):
        return Phone(typed, certain=False)
    number = _parse(typed) or _mobile_in(typed)
    return Phone(_format(number)) if number else Phone(typed, certain=False)


def _mobile_in(typed: str) -> phonenumbers.PhoneNumber | None:
    """Return the first mobile number in a text such as 13800138000(微信同号)."""
    for match in phonenumbers.PhoneNumberMatcher(typed, HOME_REGION):
        if _is_mobile(match.number):
            return match.number
    return None


def _parse(typed: str) -> phonenumbers.PhoneNumber | None:
    digits = re.sub(r"[\s\-‐-―()._]", "", typed)
    if not digits.startswith("+"):
        digits = _INTERNATIONAL.sub("+", digits)
    try:
        number = phonenumbers.parse(digits, HOME_REGION)
    except NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def _format(number: phonenumbers.PhoneNumber) -> str:
    if number.country_code != phonenumbers.country_code_for_region(HOME_REGION):
        return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    if _is_mobile(number):
        return re.sub(r"\D", "", national)
    area, _, rest = national.partition(" ")
    return area + "-" + re.sub(r"\D", "", rest) if rest else national


def _is_mobile(number: phonenumbers.PhoneNumber) -> bool:
    return phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
