"""Cleans text the same way every time, so that equal sources stay equal in HAP.

Nicknames and answers are written by strangers. What is removed is what breaks storage or display
(NUL, lone surrogates, bidi controls); emoji and a leading `=`, `+`, `-` or `@` are kept, because
HAP stores them as text and `+86…` would break otherwise.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

import regex

# HAP documents no length for Text (contracts: hap §8.2); this keeps a row far below every body cap.
LONGEST = 10_000
CUT_MARK = "…(已截断 cut)"
_LONGEST_READ = 10 * LONGEST  # what is cleaned at most, of which composing may leave a third

_SAYS_NOTHING = frozenset(
    {
        *("无", "没有", "暂无", "保密", "不填", "不详", "未知", "略", "空", "同上"),
        *("/", "\\", "-", "--", "—", ".", "。", "..", "*", "0", "1", "x"),
        *("na", "n/a", "no", "none", "null", "undefined", "false"),
    }
)

_UNSAFE = regex.compile(
    r"[\p{Cs}\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2060-\u2069\u200b\u200e\u200f\ufeff]"
    r"|\p{Noncharacter_Code_Point}"
)
_LINE_END = regex.compile(r"\r\n?|[\u2028\u2029]")
# Fillers are letters to Unicode (U+3164), the blank of Braille is a symbol.
_UNSEEN = r"\p{Cf}\p{Default_Ignorable_Code_Point}\u2800"
_HIDDEN = regex.compile(rf"(?!\s)[{_UNSEEN}\p{{Cc}}]")
_INVISIBLE = regex.compile(rf"[{_UNSEEN}\p{{Cc}}\p{{Z}}\s]*")
# Joiners and selectors mean something inside emoji and in scripts that join letters; beside any of
# these they are what a copy left behind.
_PLAIN = r"\p{Han}\p{Latin}\p{Hiragana}\p{Katakana}\p{Hangul}\p{N}\p{P}\s"
_STRAY = regex.compile(rf"(?:^|(?<=[{_PLAIN}]))[{_UNSEEN}]+|[{_UNSEEN}]+(?=[{_PLAIN}]|$)")
# What most people write: nothing below is hidden, or becomes another character in the form.
_SIMPLE = {
    "NFKC": re.compile(r"[ -~\u4e00-\u9fff]*"),
    "NFC": re.compile(r"[ -~\n\u4e00-\u9fff、。《》【】！（），：；？“”‘’…—·]*"),
}
# Unicode's own limit for a stack of combining marks (UAX #15, Stream-Safe Text): normalising takes
# time in its square.
_STACKED = regex.compile(r"(\p{M}{30})\p{M}+")
_GRAPHEME = regex.compile(r"\X")


def clean_text(value: str | None) -> str | None:
    """Return the text without what breaks storage, trimmed and cut; None when nothing is left."""
    return _cleaned(value, "NFC") if value else None


def clean_name(value: str | None) -> str | None:
    """Return a name, company or title in compatibility form on one line; None when empty.

    Full-width letters and digits become plain ones, so that `Ｔｏｍ` and `Tom` are one value; two
    that differ in characters that nobody sees are one as well.
    """
    return _cleaned(value, "NFKC") if value else None


def clean_fact(value: str | None) -> str | None:
    """Return a name, company, title or e-mail as `clean_name` does; None when it says nothing.

    A required question is often answered with 无 or a dash, which must not fill the customer.
    """
    cleaned = clean_name(value)
    return None if cleaned is None or cleaned.lower() in _SAYS_NOTHING else cleaned


def visible(value: str) -> str:
    """Return the text without any character that nobody sees; blanks stay."""
    return _HIDDEN.sub("", value)


def _cleaned(value: str, form: Literal["NFC", "NFKC"]) -> str | None:
    if len(value) <= LONGEST and _SIMPLE[form].fullmatch(value):
        return (value.strip() if form == "NFC" else " ".join(value.split())) or None
    return _cleaned_thoroughly(value, form)


def _cleaned_thoroughly(value: str, form: Literal["NFC", "NFKC"]) -> str | None:
    """Cut first, for the time that it takes, and last, for what compatibility forms grow to."""
    safe = _LINE_END.sub("\n", _UNSAFE.sub("", value[:_LONGEST_READ])).strip()
    text = unicodedata.normalize(form, _STACKED.sub(r"\1", safe))
    if form == "NFKC":
        text = " ".join(unicodedata.normalize(form, _STRAY.sub("", text)).split())
    if _INVISIBLE.fullmatch(text):
        return None
    return _cut(text, marked=len(value) > _LONGEST_READ)


def _cut(text: str, *, marked: bool) -> str:
    """Return at most LONGEST characters, whole graphemes where they are not endless themselves."""
    room = LONGEST - len(CUT_MARK)
    if len(text) <= (room if marked else LONGEST):
        return text + CUT_MARK if marked else text
    kept = 0
    for grapheme in _GRAPHEME.finditer(text):
        if grapheme.end() > room:
            break
        kept = grapheme.end()
    return text[: kept or room] + CUT_MARK
