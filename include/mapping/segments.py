"""From a job title to a 客群 (segment), by the table in `segment_rules`.

People write several titles at once (`创始人/讲师`): each part is judged by itself and the most
senior one counts, so that 销售总监、董事长助理 is a decision maker. A title that no rule knows is
其他, and an empty one is nothing here: what a customer without a title gets is up to `customers`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from include.mapping.segment_rules import (
    DECISION_MAKERS,
    EXECUTORS,
    MANAGERS,
    OTHERS,
    PROFESSIONALS,
    SEGMENT_RULES,
    TRADITIONAL,
    SegmentRule,
)

__all__ = ["DECISION_MAKERS", "EXECUTORS", "MANAGERS", "OTHERS", "PROFESSIONALS", "segment_of"]

SENIORITY = (DECISION_MAKERS, MANAGERS, PROFESSIONALS, EXECUTORS, OTHERS)
_PARTS = re.compile(r"[/|,、,;;+\n]|兼职?|\band\b|·")


@lru_cache(maxsize=2000)  # people bear few titles, and judging one takes 170 comparisons
def segment_of(job_title: str | None) -> str | None:
    """Return the segment of a job title; None when there is no title."""
    title = unicodedata.normalize("NFKC", job_title or "").strip().lower().translate(TRADITIONAL)
    if not title:
        return None
    found = {_segment_of_part(part) for part in _PARTS.split(title)}
    return next(segment for segment in SENIORITY if segment in found)


def _segment_of_part(title: str) -> str:
    for rule in SEGMENT_RULES:
        if _fits(rule, title):
            return rule.segment
    return OTHERS


def _fits(rule: SegmentRule, title: str) -> bool:
    for phrase in rule.exceptions:
        if _contains(title, phrase):
            title = title.replace(phrase, " ")
    return any(_contains(title, word) for word in rule.words)


def _contains(title: str, word: str) -> bool:
    if word not in title:
        return False
    if word.isascii():
        return re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", title) is not None
    return True
