"""What people are told about a sync, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.errors import AuthenticationError, Bilingual
from include.flows.orders.finish import IncompleteRunError
from include.status.messages import RunStory, Turn, bad_news, good_news, said_by, turn
from include.status.sheets import Cause

GOOD, PARTLY, BAD = "成功", "部分失败", "失败"
STORY = RunStory(
    dag_id="xiaoe_orders",
    status=BAD,
    said="应同步 600，完成 100，记入异常 500，缺失 0",
    run_path="dags/xiaoe_orders/runs/scheduled__2026-11-23T00:05:00+00:00",
    airflow="https://airflow.example.com/",
    span=(datetime(2026, 11, 22, 16, tzinfo=UTC), datetime(2026, 11, 23, 16, tzinfo=UTC)),
    causes=[Cause("未开通权限", "在后台开通", "2017", 498), Cause("订单不存在", "核对", "3002", 2)],
    open_errors=500,
)


@pytest.mark.parametrize(
    ("statuses", "turns"),
    [
        ([GOOD, GOOD], [Turn.NONE, Turn.NONE]),
        ([BAD], [Turn.WORSE]),
        (
            [GOOD, BAD, BAD, BAD, GOOD],
            [Turn.NONE, Turn.WORSE, Turn.NONE, Turn.NONE, Turn.RECOVERED],
        ),
        ([PARTLY, PARTLY, BAD, PARTLY], [Turn.WORSE, Turn.NONE, Turn.WORSE, Turn.NONE]),
        ([PARTLY, GOOD, PARTLY], [Turn.WORSE, Turn.RECOVERED, Turn.WORSE]),
    ],
)
def test_a_message_is_due_when_a_sync_gets_worse_and_when_it_recovers(statuses, turns):
    assert [
        turn(before, now) for before, now in zip(["", *statuses], statuses, strict=False)
    ] == turns


def test_five_hundred_failures_make_one_message_with_their_causes():
    message = bad_news(STORY)
    assert message.title == "⚠ xiaoe_orders 失败 / failed"
    assert "记入异常 500" in message.body
    assert "· 498 × 未开通权限 (2017) → 在后台开通" in message.body
    assert "https://airflow.example.com/dags/xiaoe_orders/runs/scheduled__" in message.body
    assert len(message.body.encode()) < 2000


def test_of_many_causes_the_commonest_are_told():
    causes = [
        Cause(f"原因{number}" * 40, "处理" * 200, str(number), 50 - number) for number in range(20)
    ]
    body = bad_news(replace(STORY, causes=causes)).body
    assert "另有 15 种原因" in body
    assert "原因5" not in body


def test_the_link_to_the_backfill_carries_the_span_in_beijing_time():
    (line,) = [line for line in bad_news(STORY).body.splitlines() if "backfill" in line]
    link = urlsplit(line.split(": ", 1)[1])
    assert link.path == "/plugin/xiaoe/xiaoe/"
    assert parse_qs(link.query) == {
        "dag": ["xiaoe_orders"],
        "since": ["2026-11-23T00:00"],
        "until": ["2026-11-24T00:00"],
    }


def test_good_news_is_short_and_offers_no_backfill():
    message = good_news(replace(STORY, status=GOOD, said="应同步 3，完成 3"))
    assert message.title == "✓ xiaoe_orders 成功 / succeeded"
    assert "back to normal" in message.body
    assert "backfill" not in message.body


def test_without_an_address_of_airflow_there_are_no_links():
    assert "http" not in bad_news(replace(STORY, airflow="")).body


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (IncompleteRunError("2 个订单既未写入也未记录"), "2 个订单既未写入也未记录"),
        (
            AuthenticationError(
                "token", Bilingual("密钥错误", "wrong secret"), Bilingual("更正", "correct it")
            ),
            "密钥错误 / wrong secret — 更正 / correct it",
        ),
        (KeyError("王小明 13800001111"), "KeyError，详见任务日志 / KeyError, see the task's log"),
    ],
)
def test_an_exception_that_is_not_ours_is_named_by_its_type_alone(error, told):
    assert said_by(error) == told
