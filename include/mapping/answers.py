"""Reads what a buyer typed into a form: which answers there are, and which fill the customer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cached_property, lru_cache
from types import MappingProxyType

from include.mapping.answer_layouts import find_pieces
from include.mapping.answer_rules import ANSWER_RULES, AnswerRule
from include.mapping.phones import read_phone
from include.mapping.text import LONGEST, clean_fact, clean_text, visible

# A question in parts: 手机/微信, 公司（单位）, 您的公司是？, CompanyName.
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|_")
_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]|【[^】]*】")
_PARTS = re.compile(r"[/、,。;:?!|+&\n]|或|及|和|与")
_TAIL = re.compile(r"[\s*]|是$|为$|是什么$")

Answers = list[tuple[str, str]]


def read_answers(extra: object) -> Answers:
    """Return (question, answer) pairs in the form's order; empty when `extra` holds none."""
    return _read(extra).answers


def answers_text(extra: object) -> str | None:
    """Return one `问题：答案` a line, and as it came what has no question; None where all is blank.

    A question that nobody answered is left out.
    """
    return _read(extra).text


def answered_facts(extra: object) -> Mapping[str, str]:
    """Return the customer fields that one answered form fills.

    The first answer of a field counts that says something: a required question is often answered
    with 无, and a form may ask for the phone twice.
    """
    return _read(extra).facts


class _FilledForm:
    """One answered form: its cleaned pieces, and what is made of them when it is asked for.

    What fails in one of these leaves the other alone: a customer that cannot be mapped costs no
    form.
    """

    def __init__(self, extra: object) -> None:
        self._pieces = [
            (clean_text(asked), answer)
            for asked, typed in find_pieces(extra, field_of)
            if (answer := clean_text(typed))
        ]

    @property
    def answers(self) -> Answers:
        return [(question, answer) for question, answer in self._pieces if question]

    @property
    def text(self) -> str | None:
        lines = (f"{asked}：{answer}" if asked else answer for asked, answer in self._pieces)
        return clean_text("\n".join(lines))

    @cached_property
    def facts(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for question, answer in self.answers:
            field = field_of(question)
            if field and field not in found and says_something(field, answer):
                found[field] = answer
        return MappingProxyType(found)


def _read(extra: object) -> _FilledForm:
    return _read_text(extra) if isinstance(extra, str) else _FilledForm(extra)


# Asked for once to see what the forms leave open, and twice to write customer and form.
@lru_cache(maxsize=2000)
def _read_text(text: str) -> _FilledForm:
    return _FilledForm(text)


def says_something(field: str, answer: str) -> bool:
    """Tell whether an answer can fill a customer field."""
    return (read_phone(answer) if field == "phone" else clean_fact(answer)) is not None


@lru_cache(maxsize=1000)  # a shop asks few questions, many times
def field_of(question: str) -> str | None:
    """Return the customer field that a question asks for, by the rules; None for any other."""
    asked = unicodedata.normalize("NFKC", _CAMEL.sub(" ", visible(question[:LONGEST]))).lower()
    return next((rule.field for rule in ANSWER_RULES if _fits(rule, asked)), None)


def _fits(rule: AnswerRule, asked: str) -> bool:
    if any(_contains(asked, word) for word in rule.exceptions):
        return False
    if any(_contains(asked, word) for word in rule.words):
        return True
    parts = (_TAIL.sub("", part.strip()) for part in _PARTS.split(_BRACKETS.sub("", asked)))
    return any(part.endswith(rule.endings) for part in parts) if rule.endings else False


def _contains(asked: str, word: str) -> bool:
    if word.isascii() and word[0].isalpha():
        return re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", asked) is not None
    return word in re.sub(r"[\s_*]", "", asked)
