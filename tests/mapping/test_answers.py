from __future__ import annotations

import html
import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.xiaoe.models import Answer
from include.mapping.answers import answered_facts, answers_text, field_of, read_answers
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


@pytest.mark.parametrize(
    "extra",
    [
        '[{"title":"您的称呼","value":"田芳"},\n{"title":"联系电话","value":"13000004286"},]',
        '\ufeff[{"title":"您的称呼","value":"田芳"},{"title":"联系电话","value":"13000004286",}]\n;',
        html.escape(json.dumps(_array("title", "value"), ensure_ascii=False)),
        html.escape(html.escape(json.dumps(_array("title", "value"), ensure_ascii=False))),
        "<p>您的称呼：田芳</p><p>联系电话：13000004286",
        "<div><b>您的称呼</b>:<span>田芳</span><br/>联系电话：13000004286</div>",
        "<ul><li>您的称呼：<li>田芳<li>联系电话：<li>13000004286</ul>",
        "<table><tr><td>您的称呼</td><td>田芳<tr><th>联系电话：</th><td>13000004286</table>",
        "<table><tr><th>您的称呼<th>联系电话</tr><tr><td>田芳<td>13000004286</tr></table>",
        "<dl><dt>您的称呼</dt><dd>田芳</dd><dt>联系电话</dt><dd>13000004286</dd></dl>",
        "&lt;p&gt;您的称呼：田芳&lt;/p&gt;&lt;p&gt;联系电话：13000004286&lt;/p&gt;",
        "您的称呼：田芳；联系电话：13000004286",
        "您的称呼：\n田芳\n联系电话：\n13000004286",
        {"code": "0", "result": json.dumps(_array("title", "value"))},
    ],
)
def test_answers_that_were_escaped_marked_up_or_typed_by_hand_are_read(extra):
    assert [pair for pair in read_answers(extra) if pair[0] != "code"] == PAIRS


def test_a_line_break_inside_the_json_text_is_part_of_the_answer():
    text = '[{"title":"公司","value":"示例公司\n北京分部"},{"title":"手机","value":"13800138000"}]'
    assert read_answers(text) == [("公司", "示例公司\n北京分部"), ("手机", "13800138000")]


@pytest.mark.parametrize(
    "extra",
    [
        "随便写的一句话",
        "上课时间 12:30",
        "12:30",
        "https://example.com/a",
        '[{"title":"姓名","value":"田芳"',
        '{"title":"姓名" "value":"田芳"}',
        "{title:'姓名',value:'田芳'}",
        '[{"title',
        "[" * 1_500,
        '[{"a":' * 1_500,
    ],
)
def test_what_cannot_be_read_is_kept_as_it_came(extra):
    assert read_answers(extra) == []
    assert answers_text(extra) == extra


def test_what_has_no_question_is_kept_beside_what_has_one():
    text = "报名信息\n姓名：田芳\n谢谢老师"
    assert answers_text(text) == text
    assert read_answers(text) == [("姓名", "田芳")]
    assert answers_text([{"value": "田芳"}]) == "田芳"


def test_only_markup_makes_a_text_html():
    assert read_answers("姓名：<3 田芳") == [("姓名", "<3 田芳")]
    assert answers_text("List<String> a < b") == "List<String> a < b"
    marked = [
        {"title": "公司", "value": "<p>示例&amp;公司</p>"},
        {"title": "职位", "value": "R&amp;D"},
    ]
    assert read_answers(marked) == [("公司", "示例&公司"), ("职位", "R&D")]


@pytest.mark.parametrize(
    "extra",
    [
        [{"title": "职位", "value": {"label": "总监", "value": 3}}],
        [{"title": "职位", "value": [{"label": "总监", "value": "3"}]}],
        [{"title": "职位", "value": [{"text": "总监", "id": 3}]}],
        [{"title": "职位", "value": {"name": "总监", "value": "opt_3"}}],
        [{"title": "职位", "label": "总监", "value": "3"}],
        [{"title": "职位", "value": 3, "value_text": "总监"}],
        [{"title": "职位", "value": 3, "options": [{"label": "总监", "value": "3"}]}],
        [{"title": "职位", "value": ["3"], "options": [{"id": 3, "title": "总监"}]}],
        [
            {
                "title": "职位",
                "value": [
                    {"text": "总监", "checked": True},
                    {"text": "经理", "checked": False},
                ],
            }
        ],
        [{"title": "职位", "value": '[{"label":"总监","value":3}]'}],
        [{"title": "职位", "value": '["总监"]'}],
        [{"title": "职位", "value": {"3": "总监"}}],
        [{"title": "职位", "value": 3, "options": {"2": "经理", "3": "总监"}}],
        [{"title": "职位", "value": 3, "options": {"2": {"label": "总监", "value": 3}}}],
        {"职位": {"label": "总监", "value": 3}},
        {"职位": [{"label": "总监", "value": 3}]},
        {"职位": {"title": "职位", "value": "总监"}},
        {"q_1": {"label": "职位", "value": "总监"}},
        {"q_1": {"title": "职位", "value": {"title": "总监", "value": 3}}},
        [{"name": "q_1", "label": "职位", "value": "总监", "required": 1}],
    ],
)
def test_a_chosen_option_is_what_the_person_saw(extra):
    assert read_answers(extra) == [("职位", "总监")]


def test_a_number_stays_an_answer_where_it_is_one():
    assert read_answers({"年龄": {"label": "年龄", "value": 35}}) == [("年龄", "35")]
    assert read_answers([{"label": "年龄", "value": "35"}]) == [("年龄", "35")]
    assert read_answers('[{"title":"手机","value":13800138000}]') == [("手机", "13800138000")]


@pytest.mark.parametrize(
    "extra",
    [
        [{"title": "姓名", "value": ""}, {"title": "手机", "value": None}],
        [{"title": "姓名", "value": False}, {"title": "手机", "value": []}],
        '[{"title":"姓名","value":"\u200d "},{"title":"手机","value":[{"label":"","value":""}]}]',
        [{"id": 5, "type": "text", "title": "姓名", "required": 1}],
        {"姓名": "", "手机": None},
        "姓名：\n手机：",
        "<p>姓名：</p><p>&nbsp;</p>",
        [[]],
        ["", None],
        "\ufeff",
    ],
)
def test_blank_answers_are_blank(extra):
    assert read_answers(extra) == []
    assert answers_text(extra) is None


def test_an_object_of_a_person_is_read_by_its_keys():
    person = {"name": "田芳", "phone": "13000004286", "content": "想学习"}
    assert newest_answers([Answer(id="1", extra=person)]) == {
        "name": "田芳",
        "phone": "13000004286",
    }


@pytest.mark.parametrize(
    "part",
    ["[", "{", '[{"a":', '"\\"', "<p>", "<", "<!--", "<a ", "&quot;", "a：b；", "<td>", "&#"],
)
def test_an_endless_answer_is_read_at_once(part):
    began = time.process_time()
    for extra in (part * 20_000, [{"title": "姓名", "value": part * 20_000}]):
        read_answers(extra)
        answers_text(extra)
    assert time.process_time() - began < 5


def test_answers_nested_without_end_are_read():
    nested: object = "田芳"
    for _ in range(900):
        nested = [nested]
    assert read_answers([{"title": "姓名", "value": nested}]) is not None
    assert read_answers(nested) == []
    inside = {"姓名": {"label": nested}}
    assert answers_text(inside) is not None


def test_a_form_whose_facts_cannot_be_told_keeps_its_text(monkeypatch):
    def fails(field: str, answer: str) -> bool:
        raise KeyError(field)

    extra = json.dumps([*_array("title", "value"), {"title": "姓名", "value": "只此一份"}])
    monkeypatch.setattr("include.mapping.answers.says_something", fails)
    with pytest.raises(KeyError):
        answered_facts(extra)
    assert (answers_text(extra) or "").endswith("姓名：只此一份")


@given(st.recursive(st.none() | st.text() | st.integers(), st.lists, max_leaves=6) | st.text())
def test_no_answer_breaks_the_reader(extra):
    read_answers(extra)
    answers_text(extra)


QUESTIONS = {
    "name": "姓名 您的称呼 真实姓名* 【姓名】 Q1:姓名 联系人姓名 学员姓名 参会人姓名 您的名字 "
    "如何称呼您 姓名（必填） Name Your_Name FullName",
    "phone": "手机号 联系电话 手机号码 手机 电话 联系方式 手机号（微信同号） 手机/微信 "
    "手机号/微信号 请输入手机号 固定电话 您的手机是？ Mobile Tel PhoneNumber",
    "company": "公司名称 单位 所在单位 您的工作单位 就职公司 公司（单位） 公司全称 公司、学校 "
    "请问您的公司是 公司名称，没有请填无 CompanyName Organization",
    "job_title": "职位 您的职务 岗位 担任职务 公司职务 单位及职务 职业 您在公司的角色 "
    "JobTitle Position Role",
    "email": "邮箱 电子邮箱 QQ邮箱 E-mail Email",
    None: "公司规模 公司地址 公司电话 公司所在城市 公司主营业务 公司是做什么的 公司部门 "
    "企业微信 企业微信号 您从哪个机构了解到我们 您的企业面临的问题 是否愿意到公司参观 "
    "单位性质 CompanySize 紧急联系人电话 推荐人姓名 宝宝姓名 孩子姓名 直属领导姓名 "
    "上级职位 收货人姓名 收货电话 同行人姓名 昵称 微信昵称 微信名字 用户名 "
    "ProductName SchoolName 手机型号 手机系统 手机号后四位 方便接听电话的时间 "
    "是否有电话销售经验 Telegram Hotel 期望职位 应聘岗位 岗位职责 职业规划 "
    "开票邮箱 发票抬头公司 所在城市 您想学什么",
}


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ("手 机 号 码", "phone"),
        ("Your Name", "name"),
        *((asked, field) for field, all_ in QUESTIONS.items() for asked in all_.split()),
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


def test_a_masked_or_mistyped_phone_replaces_no_full_one():
    answers = [_answer(1, 1, 手机="13800138000"), _answer(2, 5, 手机="138****8000")]
    assert newest_answers([*answers, _answer(3, 9, 手机="1380013800")]) == {"phone": "13800138000"}
    assert newest_answers([*answers, _answer(3, 9, 手机="13900139000")]) == {"phone": "13900139000"}


def test_the_first_of_two_like_questions_counts_unless_it_says_nothing():
    assert newest_answers([_answer(1, 1, 手机="无", 联系电话="13800138000")]) == {
        "phone": "13800138000"
    }
    assert newest_answers([_answer(1, 1, 公司="/", 单位="甲公司")]) == {"company": "甲公司"}
