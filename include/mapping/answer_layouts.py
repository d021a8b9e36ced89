"""Finds questions and answers in whatever layout a form hands them over.

The inner layout of `extra` is not documented (contracts: xiaoe §8.1). A JSON array of questions, a
JSON object, JSON inside JSON, HTML and plain lines are read. What is no question with an answer is
a piece without a question, which keeps it as it came: nothing is lost, and no question is made up.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeGuard

from include.mapping.answer_html import is_html, text_lines

Piece = tuple[str | None, str]
"""A question, or None where there is none, and what was answered; "" where nothing was."""

FieldOf = Callable[[str], str | None]
"""Tells the customer field that a question asks for."""

_ONLY_QUESTIONS = ("title", "question", "field_name", "form_item_name")
_QUESTION_KEYS = ("title", "question", "label", "name", "field_name", "key", "form_item_name")
_ANSWER_KEYS = ("value", "answer", "content", "text", "field_value", "result", "values")
# A chosen option is what the person saw, not the number by which the form knows it.
_SHOWN = ("label", "text", "option", "option_name", "name", "title")
_SHOWN_BESIDE = ("label", "value_text", "value_label", "answer_text", "option_text", "option_name")
_OPTIONS = ("options", "option_list", "choices", "items")
_OPTION_CODES = ("value", "id", "key")
_CHOSEN = ("checked", "selected", "is_checked", "is_selected", "isChecked", "isSelected", "chosen")
_ABOUT_A_QUESTION = frozenset({"id", "type", "required", "is_required", "sort", *_OPTIONS})
_CODE = re.compile(r"\d{1,4}")
_CONTACTS = frozenset({"phone", "email", "company"})

_LINE = re.compile(r"^\s*([^:：\n]{1,60})[:：]\s*(.*)$")
_NO_QUESTION = re.compile(r"\s*\d+\s*[:：]|[^:：]*\d{1,2}[:：]\d{2}(?!\d)|[^:：]*[:：]//")  # 12:30
_NEXT_ON_LINE = re.compile(r"[;；,，|\s]+(?=([^:：;；,，|\s]{1,20})[:：])")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
# A string, whole or to the end, is passed over: only a comma outside of one is superfluous.
_TRAILING_COMMA = re.compile(r'("(?:\\.|[^"\\])*"?)|,(?=\s*[\]}])', re.DOTALL)
_IDENTIFIER = re.compile(r"[A-Za-z0-9_\-]*")
_BROKEN_JSON = re.compile(r"""\{|\[\s*(?:["'{}\[\]]|&quot;|$)|"[^"]*$""")
_AROUND = "\ufeff\u200b\u2060\x00 \t\r\n;"  # what a file or a program leaves around JSON
_DEEPEST = 4
_DEEPEST_ANSWER = 8


def find_pieces(extra: object, field_of: FieldOf) -> list[Piece]:
    """Return what `extra` holds in its own order; empty where it holds nothing at all."""
    return list(_Layouts(field_of).pieces(extra, _DEEPEST))


class _Layouts:
    """The layouts, told apart by what the questions of a form ask for."""

    def __init__(self, field_of: FieldOf) -> None:
        self._field_of = field_of

    def pieces(self, extra: object, depth: int) -> Iterator[Piece]:
        # undetermined: xiaoe.md §13.7: which layout has `extra`?
        if isinstance(extra, str):
            yield from self._of_text(extra, depth)
        elif depth == 0:
            yield None, answer_text(extra)
        elif isinstance(extra, list):
            for item in extra:
                yield from self.pieces(item, depth - 1)
        elif isinstance(extra, dict):
            yield from self._of_item(extra, depth)
        else:
            yield None, answer_text(extra)

    def _of_text(self, text: str, depth: int) -> Iterator[Piece]:
        parsed = _read_json(text) if depth else None
        if isinstance(parsed, (str, list, dict)):
            yield from self.pieces(parsed, depth - 1)
        elif _BROKEN_JSON.match(text.lstrip(_AROUND)):
            yield None, text
        elif text.strip() != "null":
            plain = _decoded(text)
            yield from self._of_lines(text_lines(plain) if is_html(plain) else plain.splitlines())

    def _of_lines(self, lines: list[str]) -> Iterator[Piece]:
        """Read `question: answer` lines; an answer may stand on the line below its question."""
        waiting: str | None = None
        for part in (part for line in lines for part in self._parts(line) if part.strip()):
            match = _LINE.match(part)
            asks = match and not _NO_QUESTION.match(part)
            if waiting is not None:
                yield waiting, "" if asks else part
            if match and asks:
                waiting = None if match[2].strip() else match[1]
                if waiting is None:
                    yield match[1], match[2]
            elif waiting is None:
                yield None, part
            else:
                waiting = None
        if waiting is not None:
            yield waiting, ""

    def _parts(self, line: str) -> Iterator[str]:
        """Part a line before every further question that asks for a field of the customer."""
        start = 0
        for gap in _NEXT_ON_LINE.finditer(line):
            if gap.start() > start and self._field_of(gap[1]):
                yield line[start : gap.start()]
                start = gap.end()
        yield line[start:]

    def _of_item(self, item: Mapping[str, object], depth: int) -> Iterator[Piece]:
        asked, answered = _asked(item), _answered(item)
        if asked and answered and not self._is_contact(item, asked):
            yield str(item[asked]), _answer(item, asked, answered)
        elif asked in _ONLY_QUESTIONS and item.keys() & _ABOUT_A_QUESTION:
            yield str(item[asked]), ""
        elif answered and not asked and not any(map(self._is_question, item)):
            yield from self._of_entry("", item[answered], depth)
        else:
            for key, value in item.items():
                yield from self._of_entry(str(key), value, depth)

    def _is_contact(self, item: Mapping[str, object], asked: str) -> bool:
        """Tell an object of a person's name, phone and so on from a question called `name`."""
        if asked in _ONLY_QUESTIONS:
            return False
        return any(self._field_of(key) in _CONTACTS for key in item)

    def _is_question(self, key: str) -> bool:
        """Tell an entry's name that people can read from the name of a container."""
        return not key.isascii() or self._field_of(key) is not None

    def _of_entry(self, key: str, value: object, depth: int) -> Iterator[Piece]:
        """Read one entry of an object: its key is the question, or the name of a container."""
        is_question = self._is_question(key)
        if isinstance(value, dict):
            yield from self._of_object(key, value, depth, is_question=is_question)
        elif _are_objects(value):
            if _ask(value) or not is_question:
                yield from self.pieces(value, depth - 1)
            else:
                yield key, answer_text(value)
        elif isinstance(value, str) and _looks_like_json(value) and not is_question:
            yield from self.pieces(value, depth - 1)
        else:
            yield key or None, answer_text(value)

    def _of_object(
        self, key: str, value: Mapping[str, object], depth: int, *, is_question: bool
    ) -> Iterator[Piece]:
        asked, answered = _asked(value), _answered(value)
        is_choice = _is_option(value) or asked not in _ONLY_QUESTIONS
        if is_question and is_choice and not (asked and str(value[asked]).strip() == key.strip()):
            yield key, answer_text(value)
        elif answered and key:
            yield str(value[asked]) if asked else key, _answer(value, asked, answered)
        else:
            yield from self.pieces(value, depth - 1)


def answer_text(value: object, depth: int = _DEEPEST_ANSWER) -> str:
    """Return an answer as one text: several choices in a row, a chosen option by its label."""
    if value is None or value is False:  # PHP's false is nothing
        return ""
    if value is True:
        return "是"
    if isinstance(value, str):
        if depth and (choices := _choices_in(value)) is not None:
            return answer_text(choices, depth - 1)
        plain = _decoded(value)
        return "\n".join(text_lines(plain)) if is_html(plain) else plain
    if depth and isinstance(value, list):
        parts = [answer_text(part, depth - 1) for part in _chosen(value)]
        return "、".join(part for part in parts if part)
    if depth and isinstance(value, dict):
        if value and all(map(str.isdecimal, value)):  # a list with gaps, as PHP writes it
            return answer_text(list(value.values()), depth - 1)
        return _choice_text(value, depth)
    return _as_json(value)


def _choices_in(text: str) -> list[object] | None:
    """Return the choices that an answer holds as JSON text; None where it is no such text."""
    if text.lstrip(_AROUND)[:1] not in {"[", "{"}:
        return None
    parsed = _read_json(text)
    choices = parsed if isinstance(parsed, list) else [parsed]
    named = all(isinstance(one, dict) and one.keys() & {*_SHOWN, *_ANSWER_KEYS} for one in choices)
    texts = isinstance(parsed, list) and all(isinstance(one, str) for one in choices)
    return choices if choices and (named or texts) else None


def _choice_text(choice: Mapping[str, object], depth: int) -> str:
    """Return what the person saw of a choice, not the number or name by which a form knows it."""
    shown = _first_text(choice, _SHOWN, depth)
    known = _first_text(choice, (*_ANSWER_KEYS, "key"), depth)
    if shown is None and known is None:
        return _as_json(choice)
    if not shown or not known:
        return shown or known or ""
    if _IDENTIFIER.fullmatch(known) and not _IDENTIFIER.fullmatch(shown):
        return shown
    return shown if "label" in choice or "text" in choice or _CODE.fullmatch(known) else known


def _first_text(item: Mapping[str, object], keys: tuple[str, ...], depth: int) -> str | None:
    """Return the first of these that says something; None where the item has none of them."""
    texts = [answer_text(item[key], depth - 1) for key in keys if key in item]
    return next((text for text in texts if text), "") if texts else None


def _answer(item: Mapping[str, object], asked: str | None, answered: str) -> str:
    """Return the answer of a question, by the words of its options where it is a mere number."""
    value = item[answered]
    picked = value if isinstance(value, list) else [value]
    for options in (item[key] for key in _OPTIONS if key in item):
        labels = _labels(options)
        if labels and all(_word(one) in labels for one in picked):
            return "、".join(labels[_word(one)] for one in picked)
    if _CODE.fullmatch(_word(value)):
        beside = [key for key in _SHOWN_BESIDE if key != asked and item.get(key)]
        return answer_text(item[beside[0]] if beside else value)
    return answer_text(value)


def _labels(options: object) -> dict[str, str]:
    """Return the label of every option by each number or key that it goes by."""
    if isinstance(options, dict):  # PHP writes a list with gaps, and labels by number, as an object
        if all(isinstance(label, str) for label in options.values()):
            return {str(code): answer_text(label) for code, label in options.items()}
        options = list(options.values())
    return {
        _word(option[key]): label
        for option in (options if _are_objects(options) else ())
        for key in _OPTION_CODES
        if key in option and (label := answer_text(option))
    }


def _word(value: object) -> str:
    return str(value) if isinstance(value, (str, int)) else ""


def _chosen(choices: list[object]) -> list[object]:
    """Return those that are marked as chosen, where any is marked either way."""
    marks = {
        id(choice): choice[key]
        for choice in choices
        if isinstance(choice, dict)
        for key in _CHOSEN
        if key in choice
    }
    if not marks:
        return choices
    return [one for one in choices if str(marks.get(id(one), "")).lower() in {"1", "true", "yes"}]


def _is_option(item: Mapping[str, object]) -> bool:
    """Tell a chosen option from a question: its value is a number that a form counts by."""
    return any(key in item for key in _SHOWN) and bool(_CODE.fullmatch(_word(item.get("value"))))


def _asked(item: Mapping[str, object]) -> str | None:
    """Return the key under which an item holds its question."""
    return next((key for key in _QUESTION_KEYS if isinstance(item.get(key), str)), None)


def _answered(item: Mapping[str, object]) -> str | None:
    """Return the key under which an item holds its answer, a filled one first."""
    keys = [key for key in _ANSWER_KEYS if key in item]
    filled = [key for key in keys if item[key] not in (None, "", [], {})]
    return next(iter([*filled, *keys]), None)


def _ask(items: list[dict[str, object]]) -> bool:
    return any(_asked(item) in _ONLY_QUESTIONS and not _is_option(item) for item in items)


def _are_objects(value: object) -> TypeGuard[list[dict[str, object]]]:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _read_json(text: str) -> object:
    """Return what JSON text holds, numbers as they are written; None where it is none.

    Between the shop's form and us the text may have been escaped for HTML, or been written by hand.
    """
    given = text.strip(_AROUND)
    for _ in range(3):  # as it came, escaped once, escaped twice
        if not _looks_like_json(given):
            return None
        for mend in (_as_it_came, _without_trailing_commas):
            try:
                return json.loads(mend(given), strict=False, parse_int=str, parse_float=str)
            except (ValueError, RecursionError):  # a buyer may type 3,000 brackets
                continue
        given = html.unescape(given)
    return None


def _as_it_came(text: str) -> str:
    return text


def _without_trailing_commas(text: str) -> str:
    return _TRAILING_COMMA.sub(r"\1", text)


def _looks_like_json(text: str) -> bool:
    return text.lstrip(_AROUND)[:1] in {"[", "{", '"'}


def _decoded(text: str) -> str:
    """Return a text without the entities that escaping for HTML left in it."""
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text) if "&" in text else text


def _as_json(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "…"
