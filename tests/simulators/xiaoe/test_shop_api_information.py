from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.simulators.xiaoe.shop_client import NOON, ShopClient, text

DAY = timedelta(days=1)
ANSWERS = {"姓名": "示例甲", "手机": "138 0000 0001"}


@pytest.fixture
def forms(api: ShopClient) -> ShopClient:
    """Two forms; u_0 answered the first, u_1 both, the second one twice."""
    shop = api.shop
    once = shop.add_form("登记表", ["姓名", "手机"], at=NOON - 30 * DAY)
    again = shop.add_form("预约", ["姓名"], at=NOON - 20 * DAY, repeatable=True)
    shop.answer_form(once.form_id, "u_0", ANSWERS, goods_id="p_1", at=NOON - 3 * DAY)
    shop.answer_form(once.form_id, "u_1", ANSWERS, at=NOON - 2 * DAY)
    shop.answer_form(again.form_id, "u_1", {"姓名": "乙"}, at=NOON - DAY)
    shop.answer_form(again.form_id, "u_1", {"姓名": "丙"}, at=NOON)
    return api


def form_ids(api: ShopClient) -> Any:
    return list(api.shop.forms)


def test_forms_are_listed_with_their_counts(forms: ShopClient) -> None:
    data = forms.data("information.form", page=1, page_size=50)
    assert data["total"] == 2
    assert [(f["form_name"], f["collect_count"], f["is_repeat"]) for f in data["form_list"]] == [
        ("登记表", 2, 0),
        ("预约", 2, 1),
    ]


def test_records_of_a_user_run_from_the_newest(forms: ShopClient) -> None:
    data = forms.data("information.user", user_id="u_1", page=1, page_size=2)
    assert data["total"] == 3
    assert [row["form_name"] for row in data["collection_list"]] == ["预约", "预约"]
    row = forms.data("information.user", user_id="u_0", page=1, page_size=50)["collection_list"][0]
    assert (row["resource_id"], row["resource_name"], row["user_nickname"]) == (
        "p_1",
        "专栏",
        "用户0",
    )
    assert row["collect_time"] == text(NOON - 3 * DAY)


def test_records_of_a_form_are_paged(forms: ShopClient) -> None:
    asked = {"form_id": form_ids(forms)[0], "page_size": 1}
    pages = [forms.data("information.form.result", **asked, page=n) for n in (1, 2, 3)]
    users = [[row["user_id"] for row in page["collection_list"]] for page in pages]
    assert users == [["u_1"], ["u_0"], []]


def test_a_user_and_a_form_are_required(forms: ShopClient) -> None:
    assert forms.code("information.user", page=1, page_size=50) == 2009
    assert forms.code("information.form.result", page=1, page_size=50) == 3001


def test_answering_again_changes_the_record_or_adds_one(forms: ShopClient) -> None:
    once = form_ids(forms)[0]
    before = forms.data("information.user", user_id="u_0")["collection_list"]
    forms.shop.answer_form(once, "u_0", {"姓名": "改名"}, at=NOON)
    after = forms.data("information.user", user_id="u_0")["collection_list"]
    assert [row["id"] for row in after] == [row["id"] for row in before]
    assert "改名" in after[0]["extra"]


@pytest.mark.parametrize(
    ("setting", "expected"), [("collected", 1), ("form_created", 0), ("ignored", 3)]
)
def test_what_the_time_pair_means_is_a_switch(
    forms: ShopClient, setting: Any, expected: Any
) -> None:
    forms.settings.information_times = setting
    asked = {"collect_start_time": text(NOON), "collect_end_time": text(NOON + DAY)}
    assert forms.data("information.user", user_id="u_1", **asked)["total"] == expected


def test_records_are_filtered_by_goods(forms: ShopClient) -> None:
    assert forms.data("information.user", user_id="u_0", resource_id="p_1")["total"] == 1
    assert forms.data("information.user", user_id="u_0", resource_id="p_2")["total"] == 0


def extra(api: ShopClient) -> Any:
    return api.data("information.user", user_id="u_0")["collection_list"][0]["extra"]


@pytest.mark.parametrize(
    ("layout", "read"),
    [
        ("array", lambda text: {a["title"]: a["value"] for a in json.loads(text)}),
        ("object", json.loads),
        (
            "double_encoded",
            lambda text: {a["title"]: a["value"] for a in json.loads(json.loads(text))},
        ),
        ("text", lambda text: dict(line.split("：") for line in text.splitlines())),
        ("decoded", lambda value: {a["title"]: a["value"] for a in value}),
    ],
)
def test_answers_come_in_every_layout(forms: ShopClient, layout: str, read: Any) -> None:
    forms.settings.extra_format = layout
    assert read(extra(forms)) == ANSWERS


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("name_content", {"name": "姓名", "content": "示例甲"}),
        ("label_answer", {"label": "姓名", "answer": "示例甲"}),
        ("question_answer", {"question": "姓名", "answer": "示例甲"}),
    ],
)
def test_answers_come_under_other_keys(forms: ShopClient, keys: str, expected: Any) -> None:
    forms.settings.extra_keys = keys
    assert json.loads(extra(forms))[0] == expected


def test_answers_can_be_empty_or_mixed(forms: ShopClient) -> None:
    forms.settings.extra_format = "empty"
    assert extra(forms) == ""
    forms.settings.extra_format = "mixed"
    assert extra(forms) == extra(forms)


def test_list_key_and_total_vary(forms: ShopClient) -> None:
    forms.settings.information_list_key = "collect_list"
    forms.settings.information_total = False
    assert set(forms.data("information.user", user_id="u_0")) == {"collect_list"}
