"""English for the sentences that `sync_errors` holds in Chinese, as far as our tables know them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from connectors.codes import HAP, UNKNOWN_PLATFORM, UNKNOWN_REFUSAL, XIAOE, XIAOE_OF_API
from connectors.errors import Bilingual

_HOLE = re.compile(r"\\\{(\w+)\\\}")


def in_english(chinese: str) -> str | None:
    """Return the English of a sentence of the codes' table; None for any other."""
    for pattern, english in _sentences():
        found = pattern.fullmatch(chinese)
        if found:
            return english.format_map(found.groupdict())
    return None


@cache
def _sentences() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((_pattern(words.zh), words.en) for words in dict.fromkeys(_words()))


def _pattern(chinese: str) -> re.Pattern[str]:
    return re.compile(_HOLE.sub(r"(?P<\1>.*)", re.escape(chinese)))


def _words() -> Iterator[Bilingual]:
    meanings = [*XIAOE.values(), *XIAOE_OF_API.values(), *HAP.values(), UNKNOWN_PLATFORM]
    for meaning in [*meanings, *UNKNOWN_REFUSAL.values()]:
        yield meaning.explanation
        yield meaning.action
