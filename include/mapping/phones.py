"""Phone numbers by Google's data (the `phonenumbers` library); never a key, never a guess."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

HOME_REGION = "CN"
_MASKED = re.compile(r"\d[*＊xX•●]{2,}\d?")
# 0086 is how people write +86; the library reads 00 as a trunk prefix in China.
_INTERNATIONAL = re.compile(r"^00(?=\d)|^(?=86\d{11}$)")


@dataclass(frozen=True)
class Phone:
    """A phone as it is stored; a masked number is known in part only."""

    text: str
    masked: bool = False


def read_phone(value: str | None) -> Phone | None:
    """Return the phone that a person typed; None when there is none.

    A mainland number becomes its plain national digits (`13800138000`), a landline keeps its area
    code, a foreign number becomes E.164. What is no valid number is kept as it was typed: sales can
    still read it.
    """
    typed = unicodedata.normalize("NFKC", value or "").strip()
    if not any(character.isdigit() for character in typed):
        return None
    if _MASKED.search(typed):
        return Phone(typed, masked=True)
    number = _parse(typed)
    return Phone(_format(number) if number else typed)


def _parse(typed: str) -> phonenumbers.PhoneNumber | None:
    digits = re.sub(r"[\s\-‐-―().]", "", typed)
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
    if phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE:
        return re.sub(r"\D", "", national)
    area, _, rest = national.partition(" ")
    return area + "-" + re.sub(r"\D", "", rest) if rest else national
