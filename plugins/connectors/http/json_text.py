"""Reads JSON as careless backends write it, in bounded time and memory.

One odd character must not cost the other rows of an answer: raw control characters, a byte order
mark, bytes that are no UTF-8, half characters (lone surrogates), a PHP warning before the JSON,
numbers of any length and any depth of brackets are read as far as they can be.
"""

from __future__ import annotations

import json
import re
from typing import Any

MOST_VALUES = 1_000_000
"""A page of 200 orders has 20,000; a million empty objects already take 200 MB."""
DEEPEST = 64
"""Brackets nested deeper than this are read as null; what the vendors send has 6 levels."""

_LONGEST_NUMBER = 400
_PREAMBLE = 64 * 1024
_TRIES = 16
_BLANK = re.compile(r"[\ufeff\s\x00-\x1f]*")
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:[\"\\/bfnrt]|u[0-9a-fA-F]{4}|(.?))", re.DOTALL)
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[{]|[\]}]', re.DOTALL)


class TooManyValues(Exception):  # noqa: N818 - it never leaves the transport
    """Decoding the text would take far more memory than the text itself."""


def decode_json(body: bytes | bytearray, charset: str | None = None) -> Any:  # noqa: ANN401
    """Return the object or array that an answer holds, None where it holds none.

    Raises:
        TooManyValues: It has more values than any answer can need.
    """
    if _separators(body) > MOST_VALUES and _separators(_STRING.sub(b"", body)) > MOST_VALUES:
        raise TooManyValues
    try:
        return parse_json(_text_of(body, charset))
    except ValueError:
        return None


def parse_json(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the object or array that a text holds, whatever stands before it.

    Raises:
        ValueError: The text holds neither.
    """
    blank = _BLANK.match(text)
    start = blank.end() if blank else 0
    if text.startswith(("{", "["), start):
        value, end = _read(text, start)
        if text[end:].lstrip().startswith(("{", "[")):
            raise ValueError("two answers in one")
        return value
    return _behind_preamble(text)


def _behind_preamble(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the object that ends a text; PHP prints its warnings before it."""
    last = len(text.rstrip()) - 1
    start = -1
    for _ in range(_TRIES):
        start = text.find("{", start + 1, _PREAMBLE)
        if start < 0:
            break
        try:
            value, end = _read(text, start)
        except json.JSONDecodeError as error:
            if error.pos >= last or error.msg.startswith("Unterminated"):
                break  # the answer was cut off: an object inside it is not the answer
            continue
        if value and end > last:
            return value
    raise ValueError("no JSON")


def _read(text: str, start: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        mended = _with_good_escapes(text[start:]) if "escape" in error.msg else ""
        if mended in ("", text[start:]):
            raise
        value, end = _read(mended, 0)
        return value, len(text) - (len(mended) - end)
    except ValueError:  # more digits than Python converts
        return _BOUNDED.raw_decode(text, start)
    except RecursionError:
        pruned = _without_depths(text[start:])
        value, end = _BOUNDED.raw_decode(pruned)
        return value, len(text) - (len(pruned) - end)


def _with_good_escapes(text: str) -> str:
    """Return the text with a plain backslash for each that escapes nothing, such as a cut u12."""
    return _ESCAPE.sub(lambda one: one[0] if one[1] is None else "\\\\" + one[1], text)


def _without_depths(text: str) -> str:
    """Return the text with null in place of what is nested too deeply."""
    kept: list[str] = []
    depth = start = 0
    for token in _TOKEN.finditer(text):
        if token[0] in ("[", "{"):
            depth += 1
            if depth == DEEPEST + 1:
                kept.append(text[start : token.start()])
        elif token[0] in ("]", "}"):
            if depth == DEEPEST + 1:
                kept.append("null")
                start = token.end()
            depth -= 1
    return "".join((*kept, text[start:] if depth <= DEEPEST else ""))


def _text_of(body: bytes | bytearray, charset: str | None) -> str:
    """Decode UTF-8; the declared charset counts where most of the text is no UTF-8."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("utf-8-sig", "replace")
    foreign = len(text) - len(text.encode("ascii", "ignore"))
    if charset and 2 * text.count("\ufffd") > foreign:
        try:
            return body.decode(charset)
        except (UnicodeDecodeError, LookupError):
            return text
    return text


def _separators(body: bytes | bytearray) -> int:
    return sum(map(body.count, (b",", b"{", b"[")))


def _bounded_int(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else digits


# NaN and Infinity become texts: no number, and no reason to give up the other rows.
_DECODER = json.JSONDecoder(strict=False, parse_constant=str)
_BOUNDED = json.JSONDecoder(strict=False, parse_constant=str, parse_int=_bounded_int)
