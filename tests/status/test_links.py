"""Links from the page into HAP, and the English of what HAP holds in Chinese."""

from __future__ import annotations

import pytest

from connectors.codes import HAP, XIAOE, error_for
from include.status.links import row_url, task_path, web_address
from include.status.translations import in_english


@pytest.mark.parametrize(
    ("api", "web"),
    [
        ("https://api.mingdao.com", "https://www.mingdao.com"),
        ("https://hap.example.com/api", "https://hap.example.com"),
        ("https://hap.example.com:8880/api/", "https://hap.example.com:8880"),
        ("http://127.0.0.1:8090", "http://127.0.0.1:8090"),
    ],
)
def test_a_row_is_opened_where_people_open_the_app(api, web):
    assert web_address(api) == web
    assert row_url(web, "w1", "r/1") == f"{web}/worksheet/w1/row/r%2F1"


@pytest.mark.parametrize(("system", "codes"), [("xiaoe", XIAOE), ("hap", HAP)])
def test_every_documented_code_can_be_told_in_english(system, codes):
    for code in codes:
        error = error_for(system, "order.list", code, permission="订单管理-查询", seen_ip="1.2.3.4")
        for words in (error.explanation, error.action):
            assert in_english(words.zh) == words.en


def test_what_no_table_knows_stays_as_it_is():
    assert in_english("某人写下的一句话") is None


@pytest.mark.parametrize(
    ("url", "path"),
    [
        (
            "https://a.example/x/dags/xiaoe_orders/runs/manual__1/tasks/sync_orders/mapped/3?try_number=1",
            "dags/xiaoe_orders/runs/manual__1/tasks/sync_orders/mapped/3?try_number=1",
        ),
        ("https://a.example/dags/d/runs/r/tasks/settle", "dags/d/runs/r/tasks/settle"),
        ("javascript:alert(1)", ""),
        ("dags/d/runs/r/tasks/t?next=//evil", ""),
        ("", ""),
    ],
)
def test_the_link_to_a_log_is_a_path_in_airflow_or_nothing(url, path):
    assert task_path(url) == path
