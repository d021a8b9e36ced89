"""However a shop hands its forms over, the report shows the layout, and it is read alike."""

from __future__ import annotations

import json

import pytest

from connectors.http.answers import Answer
from include.doctor.shape_report.forms import Forms
from tests.canaries import PEOPLE
from tests.captured.replay import unread_form

NAME, PHONE, COMPANY = "姓名", "手机号", "公司名称"


def asked(people: list[tuple[str, ...]], write) -> dict:
    """Return the FORM of a report on what these people filled in."""
    forms = Forms()
    rows = [
        {"id": str(number), "form_id": "f_1", "user_id": f"u_{number}", "extra": write(person)}
        for number, person in enumerate(people)
    ]
    body = {"code": 0, "data": {"list": rows}}
    forms.add(Answer("information.form.result", 200, body, {}))
    (form,) = forms.to_json()
    return form


def pairs(person: tuple[str, ...]) -> dict[str, str]:
    return {NAME: person[1], PHONE: person[2], COMPANY: person[3]}


def options(person: tuple[str, ...]) -> list[dict]:
    chosen = [{"label": "金融", "value": 1, "checked": 1}, {"label": "教育", "value": 2}]
    return [{"title": NAME, "value": person[1]}, {"title": "所属行业", "type": 3, "value": chosen}]


LAYOUTS = {
    "array in a string": lambda one: json.dumps(
        [{"title": t, "value": v} for t, v in pairs(one).items()]
    ),
    "array": lambda one: [{"question": t, "answer": v} for t, v in pairs(one).items()],
    "object": lambda one: json.dumps(pairs(one), ensure_ascii=False),
    "twice encoded": lambda one: json.dumps(json.dumps(pairs(one))),
    "lines": lambda one: "\n".join(f"{t}:{v}" for t, v in pairs(one).items()),
    "one line": lambda one: f"{NAME}：{one[1]}",
    "html": lambda one: "".join(f'<p class="{one[1]}">{t}：{v}</p>' for t, v in pairs(one).items()),
    "options": lambda one: json.dumps(options(one), ensure_ascii=False),
    "nested": lambda one: {
        "form": {"items": [{"name": t, "content": v} for t, v in pairs(one).items()]}
    },
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_is_shown_without_an_answer_and_read_alike(layout):
    form = asked(PEOPLE, LAYOUTS[layout])
    assert unread_form(form) == []
    assert form["read"][0]["title"] == NAME
    shown = json.dumps(form, ensure_ascii=False)
    typed = {fact for person in PEOPLE for fact in person} | {"金融", "教育"}
    assert [fact for fact in typed if fact in shown] == []


def test_a_chosen_option_shows_the_keys_that_it_has():
    form = asked(PEOPLE, LAYOUTS["options"])
    (_, chosen) = form["layout"]["<json-array>"]
    assert chosen["value"] == [
        {"label": "<text 2>", "value": "<int 1>", "checked": "<int 1>"},
        {"label": "<text 2>", "value": "<int 1>"},
    ]


def test_what_stands_where_a_title_is_looked_for_is_masked_unless_it_is_a_title():
    def typed(person: tuple[str, ...]) -> str:
        return f"{person[1]}:{person[2]}\n{person[3]}：{person[4]}"

    form = asked(PEOPLE, typed)
    assert form["layout"] == {"<lines>": ["<text 16>", "<text 12>"]}
    shown = json.dumps(form, ensure_ascii=False)
    assert [fact for person in PEOPLE for fact in person if fact in shown] == []
