"""Reads what a buyer typed into a form.

The inner layout of `extra` is not documented (contracts: xiaoe §8.1). Every shape that the contract
allows is read: a JSON array of questions, a JSON object, JSON inside JSON, plain lines, nothing.
What cannot be read as questions and answers is kept as it came.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from include.mapping.answer_rules import ANSWER_RULES, AnswerRule
from include.mapping.phones import read_phone
from include.mapping.text import clean_fact, clean_text

_QUESTION_KEYS = ("title", "question", "label", "name", "field_name", "key", "form_item_name")
_ANSWER_KEYS = ("value", "answer", "content", "text", "field_value", "result", "values")
# A question in parts: 手机/微信, 公司（单位）, 您的公司是？, CompanyName.
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|_")
_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]|【[^】]*】")
_PARTS = re.compile(r"[/、,。;:?!|+&\n]|或|及|和|与")
_TAIL = re.compile(r"[\s*]|是$|为$|是什么$")
_LINE = re.compile(r"^\s*([^:：\n]{1,60})[:：]\s*(.*)$")
_DEEPEST = 4

Answers = list[tuple[str, str]]


def read_answers(extra: object) -> Answers:
    """Return (question, answer) pairs in the form's order; empty when `extra` holds none."""
    return [
        (question, answer)
        for raw_question, raw_answer in _pairs(extra, _DEEPEST)
        if (question := clean_text(raw_question)) and (answer := clean_text(raw_answer))
    ]


def answers_text(extra: object) -> str | None:
    """Return one `问题：答案` a line; the raw text where it has no questions; None when empty."""
    answers = read_answers(extra)
    if answers:
        return clean_text("\n".join(f"{question}：{answer}" for question, answer in answers))
    text = clean_text(extra if isinstance(extra, str) else _flat(extra))
    return None if text in {"null", "[]", "{}"} else text


def customer_answers(answers: Answers) -> dict[str, str]:
    """Return the customer fields that these answers fill.

    The first answer of a field counts that says something: a required question is often answered
    with 无, and a form may ask for the phone twice.
    """
    found: dict[str, str] = {}
    for question, answer in answers:
        field = field_of(question)
        if field and says_something(field, answer):
            found.setdefault(field, answer)
    return found


def says_something(field: str, answer: str) -> bool:
    """Tell whether an answer can fill a customer field."""
    return (read_phone(answer) if field == "phone" else clean_fact(answer)) is not None


@lru_cache(maxsize=1000)  # a shop asks few questions, many times
def field_of(question: str) -> str | None:
    """Return the customer field that a question asks for, by the rules; None for any other."""
    asked = unicodedata.normalize("NFKC", _CAMEL.sub(" ", question)).lower()
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


def _pairs(extra: object, depth: int) -> Iterator[tuple[str, str]]:
    if depth == 0 or extra is None:
        return
    if isinstance(extra, str):
        yield from _pairs_of_text(extra, depth)
    elif isinstance(extra, list):
        for item in extra:
            yield from _pairs_of_item(item, depth)
    elif isinstance(extra, dict):
        yield from _pairs_of_item(extra, depth)


def _pairs_of_text(text: str, depth: int) -> Iterator[tuple[str, str]]:
    try:
        parsed = json.loads(text)
    except ValueError:
        lines = (_LINE.match(line) for line in text.splitlines())
        yield from ((match[1], match[2]) for match in lines if match)
        return
    if isinstance(parsed, (str, list, dict)):
        yield from _pairs(parsed, depth - 1)


def _pairs_of_item(item: object, depth: int) -> Iterator[tuple[str, str]]:
    if not isinstance(item, dict):
        yield from _pairs(item, depth - 1)
        return
    question = _first(item, _QUESTION_KEYS)
    answer_key = next((key for key in _ANSWER_KEYS if key in item), None)
    if isinstance(question, str) and answer_key:
        yield question, _flat(item[answer_key])
        return
    for key, value in item.items():
        if isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
            yield from _pairs(value, depth - 1)
        elif isinstance(value, dict) and _first(value, _ANSWER_KEYS) is not None:
            yield (
                _flat(_first(value, _QUESTION_KEYS)) or str(key),
                _flat(_first(value, _ANSWER_KEYS)),
            )
        else:
            yield str(key), _flat(value)


def _first(item: dict[str, object], keys: tuple[str, ...]) -> object:
    return next((item[key] for key in keys if key in item), None)


def _flat(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "、".join(part for part in map(_flat, value) if part)
    if isinstance(value, dict):
        inner = _first(value, (*_ANSWER_KEYS, *_QUESTION_KEYS))
        return _flat(inner) if inner is not None else json.dumps(value, ensure_ascii=False)
    return str(value)
