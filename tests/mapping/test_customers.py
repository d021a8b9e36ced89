from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from connectors.xiaoe.models import Answer, BuyerInfo, User, UserInfo
from include.mapping.customers import customer_record
from include.mapping.segments import segment_of


def user(**facts) -> User:
    return User.model_validate({"user_id": "u_1", **facts})


def test_a_full_phone_goes_before_a_masked_one():
    record = customer_record(
        "app1",
        "u_1",
        answers=(),
        user=user(bind_phone="138****8000", collect_phone="+86 139 0013 9000"),
    )
    assert record.values["phone"] == "13900139000"
    assert "phone" not in record.fill_blank_only


def test_a_masked_phone_fills_a_blank_and_improves_nothing():
    record = customer_record("app1", "u_1", user=user(bind_phone="138****8000"))
    assert record.values["phone"] == "138****8000"
    assert "phone" in record.fill_blank_only


def test_a_mistyped_phone_does_not_go_before_the_bound_one():
    typed = Answer(id="1", extra={"手机": "1380013800"})
    record = customer_record("app1", "u_1", answers=[typed], user=user(bind_phone="13900139000"))
    assert record.values["phone"] == "13900139000"


def test_where_no_form_was_read_nothing_that_one_may_have_filled_is_improved():
    record = customer_record("app1", "u_1", user=user(bind_phone="13900139000"))
    assert {"name", "phone", "company", "job_title", "segment", "email"} <= record.fill_blank_only


def test_a_buyer_who_is_not_in_the_user_list_still_becomes_a_customer():
    record = customer_record(
        "app1", "u_1", buyer=BuyerInfo(nickname="甲", phone_number="13800138000")
    )
    assert (record.key, record.values["nickname"]) == ("u_1", "甲")
    assert record.values["phone"] == "13800138000"
    assert "total_paid" not in record.values


def test_the_users_detail_fills_what_no_form_told():
    info = UserInfo(user_id="u_1", name="田芳", company="甲公司", job="销售总监")
    values = customer_record("app1", "u_1", user=user(), info=info).values
    assert (values["name"], values["company"], values["segment"]) == ("田芳", "甲公司", "决策者")


def test_the_newest_form_tells_the_e_mail_before_the_users_detail():
    forms = [
        Answer(id=str(day), collect_time=datetime(2026, 11, day, tzinfo=UTC), extra={"邮箱": typed})
        for day, typed in ((1, "old@example.com"), (9, "new@example.com"))
    ]
    info = UserInfo(user_id="u_1", wx_email="wx@example.com")
    for known in (info, None):
        record = customer_record("app1", "u_1", user=user(), info=known, answers=forms)
        assert record.values["email"] == "new@example.com"
        assert "email" not in record.fill_blank_only
    record = customer_record("app1", "u_1", user=user(), info=info, answers=())
    assert record.values["email"] == "wx@example.com"


def test_the_bound_phone_is_kept_beside_the_typed_one():
    typed = [Answer(id="1", extra={"手机": "13800138000"})]
    record = customer_record("app1", "u_1", user=user(bind_phone="+8613900139000"), answers=typed)
    assert record.values["phone"] == "13800138000"
    assert record.values["bound_phone"] == "13900139000"
    masked = customer_record("app1", "u_1", user=user(bind_phone="139****9000"), answers=typed)
    assert masked.values["bound_phone"] == "139****9000"
    assert "bound_phone" in masked.fill_blank_only
    assert "bound_phone" not in customer_record("app1", "u_1", answers=typed).values


@pytest.mark.parametrize("nothing", ["无", "/", "-", "暂无", "保密", "N/A", " — "])
def test_an_answer_that_says_nothing_fills_nothing(nothing):
    info = UserInfo(user_id="u_1", name=nothing, company=nothing, job=nothing)
    values = customer_record("app1", "u_1", user=user(), info=info).values
    assert [values[field] for field in ("name", "company", "job_title")] == [None] * 3


def test_money_is_kept_to_the_fen():
    record = customer_record("app1", "u_1", user=user(), total_paid=Decimal("199"))
    assert record.values["total_paid"] == Decimal("199.00")


@pytest.mark.parametrize(
    ("title", "segment"),
    [
        ("总经理", "决策者"),
        ("销售总监", "决策者"),
        ("CEO", "决策者"),
        ("总经理助理", "执行者"),
        ("市场部经理", "管理者"),
        ("产品经理", "专业人员"),
        ("Product Manager", "专业人员"),
        ("Team Lead", "管理者"),
        ("高级工程师", "专业人员"),
        ("行政专员", "执行者"),
        ("coordinator", "执行者"),
        ("自由职业", "其他"),
        ("", None),
        (None, None),
    ],
)
def test_a_job_title_tells_the_segment(title, segment):
    assert segment_of(title) == segment
