"""The sentence at the end of a log, as an operator reads it at eight in the morning."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from airflow_extras.xcom import kind_returned
from connectors.codes import error_for
from connectors.errors import Bilingual, ConfigurationError, ContractError
from connectors.http.network_faults import not_sent
from include.flows.customers.bulk_sync import bulk_sync_customers
from include.flows.goods import sync_goods_of
from include.flows.orders.finish import IncompleteRunError
from include.flows.orders.list import list_orders
from include.flows.orders.sync import BatchResult
from include.flows.reconcile.review import Held, PickedUp, Review
from include.flows.run.api_settings import ApiReport, RunReport
from include.flows.run.batches import Batch, BatchOrder
from include.flows.run.counts import Counts
from include.flows.run.error_rows import Failure
from include.flows.run.failed_batch import batch_error
from include.flows.run.volume_checks import Doubt
from include.status.conclusion import of_failure, of_success

CUT = not_sent("rows.create", "连接断开", "the connection broke")
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def refused(order_id: str = "o_1") -> Failure:
    return Failure("order", order_id, "orders", error_for("hap", "hap.rows.create", 430021))


def test_a_success_is_told_in_rows_and_seconds():
    told = of_success(Counts(create=12, patch=6, unchanged=231), seconds=12.3)
    assert told.zh == "写入 18，未变 231，失败 0；用时 12 秒"
    assert told.en == "18 written, 231 unchanged, 0 failed; 12 s"
    assert told.counts == {"read": 0, "written": 18, "unchanged": 231, "failed": 0}


def test_a_run_that_was_reported_tells_its_status_and_its_message():
    counted = ApiReport(rows_read=7, rows_written=3, rows_unchanged=4)
    report = RunReport({"order.list": counted}, "部分失败", "应同步 7，完成 7", NOW)
    told = of_success(None, [report], seconds=2)
    assert told.status == "部分失败"
    assert told.zh.startswith("部分失败，写入 3，未变 4，失败 0（")
    assert told.counts == {"read": 7, "written": 3, "unchanged": 4, "failed": 0}


@pytest.mark.parametrize(
    ("task", "result", "said"),
    [
        (bulk_sync_customers, None, "买家由各批订单同步；"),
        (bulk_sync_customers, [], "买家已整体同步；"),
        (bulk_sync_customers, ["u_1", "u_2"], "买家已整体同步，其余 2 个由各批订单同步；"),
        (list_orders, [], "没有要处理的；"),
        (list_orders, [Batch((BatchOrder("o_1"), BatchOrder("o_2")))], "2 个订单要同步，分 1 个任"),
        (sync_goods_of, 3, "订单所指的商品和专栏，明道云里有 3 个；"),
    ],
)
def test_a_step_of_the_orders_says_what_it_did_and_not_what_it_did_not(task, result, said):
    told = of_success(result, kind=kind_returned(task))
    assert told.zh.startswith(said)
    assert "u_1" not in told.zh + told.en


FEW_USERS = Doubt(*map(Bilingual, ("用户列表", "1200 条", "80 条"), ("users", "1200", "80")))


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (PickedUp(Counts(patch=2)), "写入 2，未变 0，失败 0；"),
        (PickedUp(None, FEW_USERS), "可疑，先请人回答：用户列表之前 1200 条，现在 80 条；"),
        (Held("user.list.cursor", Counts(patch=3)), "写入 3，未变 0，失败 0；"),
        (Review(), "没有可疑之处，不用询问；"),
        (Review("| … |"), "有可疑之处，请人回答；"),
        ({"chosen_options": ["继续"], "responded_by_user": {"id": "li"}}, "有人选择了「继续」；"),
        ({"chosen_options": ["停止"], "responded_by_user": None}, "没有人按时回答，按「停止」处"),
    ],
)
def test_a_night_says_whether_it_asks_and_what_was_answered(result, said):
    assert of_success(result).zh.startswith(said)


def test_a_decision_says_whether_anything_was_held_back():
    assert of_success([], kind=list[str]).zh.startswith("照常继续；")
    assert of_success(["goods.list"], kind=list[str]).zh.startswith("继续，补做 1 个部分；")


def test_a_preview_says_so_first():
    told = of_success(BatchResult("o_1", Counts(create=1)), preview=True)
    assert told.zh.startswith("预览，什么也没有写：订单 o_1：将写入 1")


def test_one_refused_order_is_named_with_who_refused_it_why_and_what_to_do():
    told = of_failure(batch_error([refused()]))
    assert told.zh.startswith("订单 o_1：明道云拒绝（430021 ")
    assert "清除本任务" in told.zh
    assert told.en.startswith("Order o_1: HAP refused (430021 ")


def test_of_many_refused_orders_some_are_named_and_all_are_counted():
    told = of_failure(batch_error([refused(f"o_{number}") for number in range(9)]))
    assert told.zh.startswith("9 个订单没有写入（o_0、o_1、o_2、o_3、o_4 等），第一个：明道云拒绝")


def test_what_airflow_tries_again_does_not_ask_anybody_to_clear_anything():
    told = of_failure(not_sent("order.list", "连接不上服务器", "it cannot be reached"), again=True)
    assert told.zh.startswith("小鹅通：连接不上服务器。")
    assert told.zh.endswith("稍后自动再试。")
    assert "清除" not in told.zh


def test_a_last_step_tells_with_which_task_it_began():
    reason = Bilingual("小鹅通：没有权限（2017）。", "Xiaoe-tong: no permission (2017).")
    error = IncompleteRunError("没有得到订单列表，水位不动 / no list of orders")
    told = of_failure(error, causes=[("list_orders", reason)])
    assert told.zh == "没有得到订单列表，水位不动。 起因是 list_orders：小鹅通：没有权限（2017）。"
    assert told.en.startswith("no list of orders. It began with list_orders: Xiaoe-tong")


def test_an_error_of_our_own_code_tells_its_place_and_never_its_text():
    try:
        json.loads("{'phone': 13800001111}")
    except ValueError as error:
        told = of_failure(error)
    assert "JSONDecodeError" in told.zh
    assert "1380" not in told.zh + told.en
    assert "日志发给维护者" in told.zh


@pytest.mark.parametrize(
    ("error", "down"),
    [
        (not_sent("order.list", "连接不上服务器", "it cannot be reached"), "小鹅通"),
        (not_sent("hap.rows.list", "连接不上服务器", "it cannot be reached"), "明道云"),
        (error_for("xiaoe", "order.list", 2053), ""),  # it answers, and asks for fewer calls
        (error_for("xiaoe", "order.list", 2017), ""),
        (batch_error([Failure("order", "o_1", "orders", CUT)]), "明道云"),
    ],
)
def test_a_failure_names_the_system_that_did_not_answer(error, down):
    assert of_failure(error).down == down


def test_an_answer_that_was_given_does_not_ask_to_clear_the_task():
    words = Bilingual("有人选择了「停止」", "refused"), Bilingual("重新运行", "run it again")
    told = of_failure(ConfigurationError("approval", *words))
    assert told.zh == "有人选择了「停止」。重新运行。"


def test_what_a_task_says_of_itself_is_its_last_line():
    told = of_success(Bilingual("没有阻断，可以运行", "nothing is blocking"), seconds=3)
    assert told.zh == "没有阻断，可以运行；用时 3 秒"


def test_a_task_that_was_killed_says_where_to_look():
    assert "内存" in of_failure(None).zh


@pytest.mark.parametrize(
    ("api", "who"),
    [
        ("order.list", "小鹅通"),
        ("hap.rows.list", "明道云"),
        ("rows.create", "明道云"),
        ("window", ""),
    ],
)
def test_a_sentence_says_which_system_it_is_about(api, who):
    words = Bilingual("回答读不懂", "unreadable"), Bilingual("看日志", "see the log")
    assert of_failure(ContractError(api, *words)).zh.startswith(f"{who}：回答" if who else "回答")


def test_several_reasons_are_taken_apart_by_language():
    error = IncompleteRunError(
        "明道云多出 6 行：o_1，没有删除 / rows too many; nothing was deleted; "
        "2 天的合计不同 / two days"
    )
    told = of_failure(error)
    assert told.zh == "明道云多出 6 行：o_1，没有删除；2 天的合计不同。"
    assert told.en == "rows too many; nothing was deleted; two days."
