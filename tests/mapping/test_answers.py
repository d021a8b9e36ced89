from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.xiaoe.models import Answer
from include.mapping.answers import answers_text, field_of, read_answers
from include.mapping.customers import newest_answers

PAIRS = [("您的称呼", "田芳"), ("联系电话", "13000004286")]


def _array(question: str, answer: str) -> list[dict[str, str]]:
    return [{question: asked, answer: typed} for asked, typed in PAIRS]


@pytest.mark.parametrize(
    "extra",
    [
        _array("title", "value"),
        json.dumps(_array("title", "value")),
        json.dumps(_array("name", "content")),
        json.dumps(_array("label", "answer")),
        json.dumps(dict(PAIRS), ensure_ascii=False),
        json.dumps(json.dumps(_array("question", "answer"))),
        json.dumps({"list": _array("title", "value")}),
        "您的称呼:田芳\n联系电话：13000004286",
    ],
)
def test_answers_are_read_in_every_layout(extra):
    assert read_answers(extra) == PAIRS
    assert answers_text(extra) == "您的称呼：田芳\n联系电话：13000004286"


@pytest.mark.parametrize("extra", ["", None, "null", "[]", "{}", [], {}])
def test_nothing_typed_is_nothing(extra):
    assert read_answers(extra) == []
    assert answers_text(extra) is None


def test_what_cannot_be_read_is_kept_as_it_came():
    assert answers_text("随便写的一句话") == "随便写的一句话"


@given(st.recursive(st.none() | st.text() | st.integers(), st.lists, max_leaves=6) | st.text())
def test_no_answer_breaks_the_reader(extra):
    read_answers(extra)
    answers_text(extra)


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ("姓名", "name"),
        ("您的称呼", "name"),
        ("真实姓名*", "name"),
        ("Your Name", "name"),
        ("手机号", "phone"),
        ("联系电话", "phone"),
        ("手 机 号 码", "phone"),
        ("公司名称", "company"),
        ("所在单位", "company"),
        ("职位", "job_title"),
        ("您的职务", "job_title"),
        ("岗位", "job_title"),
        ("邮箱", "email"),
        ("E-mail", "email"),
        ("公司规模", None),
        ("公司地址", None),
        ("紧急联系人电话", None),
        ("推荐人姓名", None),
        ("昵称", None),
        ("所在城市", None),
        ("您想学什么", None),
    ],
)
def test_a_question_fills_its_field_and_no_other(question, field):
    assert field_of(question) == field


def _answer(number: int, day: int, **answers: str) -> Answer:
    collected = datetime(2026, 11, day, 10, tzinfo=UTC)
    extra = [{"title": title, "value": value} for title, value in answers.items()]
    return Answer(id=str(number), collect_time=collected, extra=extra)


def test_the_newest_answer_wins_for_each_field():
    older = _answer(1, 1, 姓名="田芳", 公司="甲公司")
    newer = _answer(2, 9, 公司="乙公司")
    assert newest_answers([newer, older]) == {"name": "田芳", "company": "乙公司"}


def test_an_answer_that_says_nothing_does_not_replace_an_older_one():
    assert newest_answers([_answer(1, 1, 公司="甲公司"), _answer(2, 9, 公司="无")]) == {
        "company": "甲公司"
    }
