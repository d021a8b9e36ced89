"""What people filled in, form by form: the layout of one record, and how our reader takes it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.http.answers import Answer
from include.doctor.shape_report.enumerations import LABELS
from include.doctor.shape_report.kinds import form_of, held_json, kind_of, mask
from include.doctor.shape_report.titles import Titles
from include.doctor.shape_report.vocabulary import shown_key
from include.doctor.shapes import kind_of as way_of
from include.doctor.shapes import list_of
from include.mapping.answers import field_of, read_answers

_DEEPEST, _LONGEST = 8, 60
_TAG = re.compile(r"(<[^>]*>)")
_ASKED = re.compile(r"([^:：]*)([:：])(.*)")
_TAGS = frozenset(("p", "br", "div", "span", "b", "strong", "ul", "ol", "li", "table", "tr", "td"))
Records = dict[str, tuple[str, Any]]
"""Who filled in what, by the id of the record: a record may come by its form and by its person."""


@dataclass
class Forms:
    """The records of each form, kept until the report is written and never shown themselves."""

    records: dict[str, Records] = field(default_factory=lambda: defaultdict(dict))
    names: set[str] = field(default_factory=set)

    def add(self, answer: Answer) -> None:
        """Keep the records of an answer about filled forms; any other is passed over."""
        data = answer.json.get("data") if isinstance(answer.json, Mapping) else None
        if answer.api not in {"information.form.result", "information.user"}:
            return
        for row in list_of(data)[1]:
            self.names.add(str(row.get("user_nickname")))
            record = str(row.get("user_id")), row.get("extra")
            form = self.records[str(row.get("form_id"))]
            form[str(row.get("id") or len(form))] = record

    def to_json(self) -> list[dict[str, Any]]:
        """Return a FORM of the report's format for each form, the most used one first."""
        forms = sorted(self.records.values(), key=len, reverse=True)
        return [_guarded(list(form.values()), self.names) for form in forms]


def _guarded(records: list[tuple[str, Any]], names: set[str]) -> dict[str, Any]:
    """Describe a form, or name the type of an error of ours: its text may be an answer."""
    try:
        return _described(records, names)
    except Exception as error:
        return {"records": len(records), "failed": type(error).__name__}


def _described(records: list[tuple[str, Any]], names: set[str]) -> dict[str, Any]:
    titles = Titles(records, names)
    _, fullest = max(records, key=lambda record: len(read_answers(record[1])))
    return {
        "records": len(records),
        "people": len({person for person, _ in records}),
        "extra": dict(Counter(way_of(extra) for _, extra in records)),
        "layout": layout(fullest, titles),
        "read": [
            {"title": titles.shown(title), "field": field_of(title), "answer": kind_of(answer)}
            for title, answer in read_answers(fullest)
        ],
    }


def layout(value: object, titles: Titles, depth: int = _DEEPEST) -> Any:  # noqa: ANN401 - JSON
    """Return the LAYOUT of a value: JSON with masks for values, and the titles that may be shown.

    JSON in a string is ``{"<json-array>": …}``, lines of text are ``{"<lines>": […]}``, and of a
    page the tags are shown, as ``{"<html>": …}``.
    """
    if depth and isinstance(value, dict):
        return _object(value, titles, depth - 1)
    if depth and isinstance(value, list):
        return [layout(one, titles, depth - 1) for one in value[:_LONGEST]]
    if not isinstance(value, str):
        return mask(value)
    held = held_json(value)
    if depth and isinstance(held, list | dict | str):
        return {f"<{form_of(value)}>": layout(held, titles, depth - 1)}
    if titles.may_be_shown(value.strip()):
        return titles.shown(value)
    if value in LABELS:
        return value
    if form_of(value) == "html":
        return {"<html>": _page(value, titles)}
    lines = list(_lines(value, titles))
    return {"<lines>": lines} if len(lines) > 1 else lines[0] if lines else mask(value)


def _object(value: Mapping[str, Any], titles: Titles, depth: int) -> dict[str, Any]:
    """Mask an object entry by entry; keys of one mask are numbered, so that none is lost."""
    masked: dict[str, Any] = {}
    for key, one in value.items():
        name = titles.shown(key) if titles.may_be_shown(key.strip()) else shown_key(key)
        masked[f"{name}#{len(masked)}" if name in masked else name] = layout(one, titles, depth)
    return masked


def _page(page: str, titles: Titles) -> str:
    """Return the tags of a page, without what stands in them, around masked lines."""
    return "".join(
        _tag(part) if part.startswith("<") else "\n".join(_lines(part, titles))
        for part in _TAG.split(page)
        if part.strip()
    )


def _tag(tag: str) -> str:
    name = tag.strip("</>").split()[0].lower() if tag.strip("</> ") else ""
    return f"<{'/' if tag.startswith('</') else ''}{name if name in _TAGS else 'span'}>"


def _lines(text: str, titles: Titles) -> Iterator[str]:
    """Mask a text line by line, so that `title:answer` stays one."""
    for line in filter(str.strip, text.splitlines()):
        found = _ASKED.match(line)
        if titles.may_be_shown(line.strip()):
            yield titles.shown(line)
        elif found and titles.may_be_shown(found[1].strip()):
            yield f"{titles.shown(found[1])}{found[2]}{mask(found[3].strip())}"
        else:
            yield mask(line.strip())
