"""Cleans text the same way every time, so that equal sources stay equal in HAP.

Nicknames and answers are written by strangers. What is removed is what breaks storage or display
(NUL, lone surrogates, bidi controls); emoji and a leading `=`, `+`, `-` or `@` are kept, because
HAP stores them as text and `+86…` would break otherwise.
"""

from __future__ import annotations

import unicodedata

import regex

# HAP documents no length for Text (contracts: hap §8.2); this keeps a row far below every body cap.
LONGEST = 10_000
CUT_MARK = "…(已截断 cut)"

_SAYS_NOTHING = frozenset(
    {
        *("无", "没有", "暂无", "保密", "不填", "不详", "未知", "略", "空", "同上"),
        *("/", "\\", "-", "--", "—", ".", "。", "..", "*", "0", "1", "x"),
        *("na", "n/a", "no", "none", "null"),
    }
)

_UNSAFE = regex.compile(
    r"[\p{Cs}\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2060-\u2069\u200b\u200e\u200f\ufeff]"
    r"|\p{Noncharacter_Code_Point}"
)
_LINE_END = regex.compile(r"\r\n?|[\u2028\u2029]")
_INVISIBLE = regex.compile(r"[\p{Cf}\p{Z}\p{Variation_Selector}\s]*")
_GRAPHEME = regex.compile(r"\X")


def clean_text(value: str | None) -> str | None:
    """Return the text without what breaks storage, trimmed and cut; None when nothing is left."""
    if value is None:
        return None
    cleaned = _LINE_END.sub("\n", _UNSAFE.sub("", value)).strip()
    if _INVISIBLE.fullmatch(cleaned):
        return None
    return _cut(unicodedata.normalize("NFC", cleaned))


def clean_name(value: str | None) -> str | None:
    """Return a name, company or title in compatibility form on one line; None when empty.

    Full-width letters and digits become plain ones, so that `Ｔｏｍ` and `Tom` are one value.
    """
    cleaned = clean_text(value)
    return " ".join(unicodedata.normalize("NFKC", cleaned).split()) or None if cleaned else None


def clean_fact(value: str | None) -> str | None:
    """Return a name, company, title or e-mail as `clean_name` does; None when it says nothing.

    A required question is often answered with 无 or a dash, which must not fill the customer.
    """
    cleaned = clean_name(value)
    return None if cleaned is None or cleaned.lower() in _SAYS_NOTHING else cleaned


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    kept = 0
    for grapheme in _GRAPHEME.finditer(text):
        if grapheme.end() > LONGEST - len(CUT_MARK):
            break
        kept = grapheme.end()
    return text[:kept] + CUT_MARK
