"""Collected info: per user, per form, and the list of forms (xiaoe §8).

`extra` holds the answers as a string of unknown layout; the settings offer every layout that a
client should be ready for.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from include.simulators.clock import format_time
from include.simulators.xiaoe.call import ApiError, Call
from include.simulators.xiaoe.dialect import Json
from include.simulators.xiaoe.pages import Paging, listing, of_sequence
from include.simulators.xiaoe.shop.records import Form, FormAnswer

_PAGING = Paging(default_size=10, max_size=50)
_MIXED = ("array", "object", "double_encoded", "text", "empty")
Answers = list[tuple[str, str]]


def answers_of_user(call: Call) -> Json:
    """Answer one page of what a user filled in, newest record first."""
    if not call.text("user_id"):
        raise ApiError(2009)
    return _answers(call, call.shop.answers_of_user.get(call.text("user_id"), []))


def answers_of_form(call: Call) -> Json:
    """Answer one page of what was filled into a form, newest record first."""
    return _answers(call, call.shop.answers_of_form.get(call.required("form_id"), []))


def list_forms(call: Call) -> Json:
    """Answer one page of forms."""
    forms = list(call.shop.forms.values())
    page = _PAGING.read(call)
    return _counted(
        call, listing(call, page, len(forms), of_sequence(forms), _form, list_key="form_list")
    )


def _answers(call: Call, numbers: list[int]) -> Json:
    records = call.shop.answers
    if _has_filters(call):
        numbers = [number for number in numbers if _matches(call, records[number])]

    def fetch(start: int, end: int) -> list[FormAnswer]:
        newest_first = numbers[max(0, len(numbers) - end) : len(numbers) - start]
        return [records[number] for number in reversed(newest_first)]

    key = call.settings.information_list_key
    return _counted(
        call, listing(call, _PAGING.read(call), len(numbers), fetch, _row, list_key=key)
    )


def _counted(call: Call, body: dict[str, Json]) -> dict[str, Json]:
    if not call.settings.information_total:
        body.pop("total", None)
    return body


def _has_filters(call: Call) -> bool:
    names = ("resource_id", "collect_start_time", "collect_end_time")
    return any(call.text(name) for name in names)


def _matches(call: Call, record: FormAnswer) -> bool:
    if call.text("resource_id") not in {"", record.goods_id}:
        return False
    wanted = call.settings.information_times
    if wanted == "ignored":
        return True
    start, end = call.time("collect_start_time"), call.time("collect_end_time")
    form = call.shop.forms[record.form_id]
    moment = record.collected_at if wanted == "collected" else form.created_at
    return (start is None or moment >= start) and (end is None or moment <= end)


def _row(call: Call, record: FormAnswer) -> dict[str, Json]:
    user = call.shop.users.get(record.user_id)
    row = {
        "id": record.number,
        "form_id": record.form_id,
        "form_name": record.form_name,
        "user_id": record.user_id,
        "user_nickname": user.nickname if user else "",
        "resource_id": record.goods_id,
        "resource_name": record.goods_name,
        "collect_time": format_time(record.collected_at),
    }
    return {**call.dialect.row(f"info:{record.number}", row), "extra": _extra(call, record)}


def _form(call: Call, form: Form) -> dict[str, Json]:
    row = {
        "form_id": form.form_id,
        "form_name": form.name,
        "collect_count": len(call.shop.answers_of_form.get(form.form_id, [])),
        "is_repeat": 1 if form.repeatable else 0,
        "synchronization": 0,
    }
    return call.dialect.row(form.form_id, row)


def _extra(call: Call, record: FormAnswer) -> Json:
    wanted = call.settings.extra_format
    layout = call.dialect.pick(f"extra:{record.number}", _MIXED) if wanted == "mixed" else wanted
    return _LAYOUTS[layout](call, list(record.answers))


def _array(call: Call, answers: Answers) -> list[Json]:
    question, answer = call.settings.extra_keys.split("_")
    return [{question: q, answer: a} for q, a in answers]


def _dump(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


_LAYOUTS: dict[str, Callable[[Call, Answers], Json]] = {
    "array": lambda call, answers: _dump(_array(call, answers)),
    "object": lambda call, answers: _dump(dict(answers)),
    "double_encoded": lambda call, answers: _dump(_dump(_array(call, answers))),
    "text": lambda call, answers: "\n".join(f"{q}：{a}" for q, a in answers),
    "empty": lambda call, answers: "",
    "decoded": _array,
}
