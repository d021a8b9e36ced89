"""Phone numbers by Google's data (the `phonenumbers` library); never a key, never a guess."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumberFormat

from include.mapping.text import LONGEST, clean_name, visible

HOME_REGION = "CN"
_MOBILE_DIGITS = 11
# 138****0001, as the shop shows it and as people write it.
_MASKED = re.compile(r"\d[*xX•●#?.…_]{2,}\d*")
# 0086 is how people write +86; the library reads 00 as a trunk prefix in China.
_INTERNATIONAL = re.compile(r"^00(?=\d)|^(?=86\d{11}$)")
# What stands between two numbers. To the library `;` starts an extension, and `/` and `~` belong to
# a number, so that two would become one.
_BETWEEN = re.compile(r"[;,/\\|、&~\n\t]|(?<=\d)\s*(?=\+)|或者?|以及|和|及|与")
_BLANK = re.compile(r"[\s\-‐-―()._]+")
_RUN = re.compile(r"(?<!\d)\+?\d{11,15}(?!\d)")
_SHORTEST = 5  # 12345, 95588: hotlines
_SHORTEST_ALONE = 7  # what has fewer digits is a part of a number: 138/0013/8000
_LONGEST = 200  # characters that are searched; nobody has that many phones


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
    code, a foreign number becomes E.164. Of several numbers the first mobile one counts; it is
    found among other words. What is no valid number is kept as it was typed, as uncertain: sales
    can still read it.
    """
    if value and _is_plain_mobile(value):
        return Phone(value)
    seen = visible((value or "")[:LONGEST])
    typed = clean_name(seen)
    if not typed or sum(character.isdigit() for character in typed) < _SHORTEST:
        return None
    number = _first_number(_pieces(seen))
    return Phone(_format(number)) if number else Phone(typed, certain=False)


def _is_plain_mobile(value: str) -> bool:
    """Tell whether a text is a mainland mobile number as it is stored, and nothing else."""
    digits = len(value) == _MOBILE_DIGITS and value.isascii() and value.isdigit()
    return digits and _mobile().fullmatch(value) is not None


@cache
def _mobile() -> re.Pattern[str]:
    """Return the library's own pattern: it asks for this and a dozen others, and takes long."""
    known = PhoneMetadata.metadata_for_region(HOME_REGION)
    return re.compile(known.mobile.national_number_pattern)  # type: ignore[union-attr,arg-type]


def _pieces(typed: str) -> list[str]:
    """Return what may each be a number, of which no two are ever put together."""
    text = unicodedata.normalize("NFKC", typed[:_LONGEST])
    pieces = [piece.strip() for piece in _BETWEEN.split(text)]
    alone = any(len(re.findall(r"\d", piece)) >= _SHORTEST_ALONE for piece in pieces)
    return pieces if alone else [text.strip()]


def _first_number(pieces: Sequence[str]) -> phonenumbers.PhoneNumber | None:
    """Return the first mobile number; without one, the first piece that is a number."""
    read = [number for piece in pieces if (number := _parse(piece))]
    found = chain(read, *map(_numbers_in, pieces))
    mobile = (number for number in found if _is_mobile(number))
    return next(mobile, read[0] if read else None)


def _numbers_in(piece: str) -> Iterator[phonenumbers.PhoneNumber]:
    """Return the numbers among other words, such as 13800138000(微信同号)."""
    yield from (number for run in _RUN.findall(piece) if (number := _parse(run)))
    if not _is_masked(piece):
        for match in phonenumbers.PhoneNumberMatcher(piece, HOME_REGION):
            yield match.number


def _is_masked(piece: str) -> bool:
    return _MASKED.search(re.sub(r"[\s\-‐-―]", "", piece)) is not None


def _parse(piece: str) -> phonenumbers.PhoneNumber | None:
    """Return the number that a piece is; None where it may as well be two, or has an extension."""
    if _is_masked(piece):
        return None
    groups = [group for group in _BLANK.split(piece) if group]
    number = _valid("".join(groups))
    if number is None or (number.extension and not _is_mobile(number)):
        return None
    return number if len(groups) == 1 or _valid(groups[0]) is None else None


def _valid(digits: str) -> phonenumbers.PhoneNumber | None:
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
    bare = phonenumbers.PhoneNumber()
    bare.merge_from(number)
    bare.extension = None
    if _is_mobile(number):
        return phonenumbers.national_significant_number(bare)
    national = phonenumbers.format_number(bare, PhoneNumberFormat.NATIONAL)
    area, _, rest = national.partition(" ")
    return area + "-" + re.sub(r"\D", "", rest) if rest else national


def _is_mobile(number: phonenumbers.PhoneNumber) -> bool:
    return phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
