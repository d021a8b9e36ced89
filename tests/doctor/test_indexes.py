"""Unique indexes: which are missing, and what they have to hold."""

from __future__ import annotations

from dataclasses import replace

from include.shops import ShopConfig
from tests.doctor.doctor_world import UNKNOWN, WRONG, line

BRANCH = ShopConfig("default", app_id="app1", others=("app2",))


def test_missing_unique_indexes_are_one_line_with_every_field_and_the_clicks_once(doctor_world):
    report = doctor_world.examine()
    (told,) = [one for one in report.findings if "唯一索引" in str(one.check)]
    for pair in ("客户（用户ID）", "订单（订单号）", "同步异常（异常ID）", "对账（店铺与日期）"):
        assert pair in told.reported.zh
    assert "orders (order_id)" in told.reported.en
    assert told.action.zh.count("索引加速") == 1


def test_where_shops_share_an_app_the_index_is_on_id_and_shop(doctor_world):
    told = line(doctor_world.examine(config=BRANCH), "唯一索引")
    assert "订单（订单号 + 店铺）" in told.reported.zh
    assert "客户（用户ID + 店铺）" in told.reported.zh
    assert "orders (order_id + shop)" in told.reported.en
    assert "第三方应用配置（接口）" in told.reported.zh  # its key names the shop
    assert "同一个索引" in told.action.zh


def test_customers_that_shops_share_are_one_row_each(doctor_world):
    told = line(doctor_world.examine(config=replace(BRANCH, shared_customers=True)), "唯一索引")
    assert "客户（用户ID）" in told.reported.zh
    assert "订单（订单号 + 店铺）" in told.reported.zh


def test_an_index_on_the_id_alone_is_too_narrow_where_shops_share_an_app(doctor_world):
    with doctor_world.switched(unique_mode="isUnique"):
        report = doctor_world.examine(config=BRANCH)
    told = line(report, "多店铺")
    assert told.state is WRONG
    assert "订单（订单号 + 店铺）" in told.reported.zh
    assert "同步异常" not in told.reported.zh
    assert "同步异常" in line(report, "唯一索引 /").reported.zh
    assert doctor_world.scratch_rows() == []


def test_nothing_is_tried_by_writing_where_the_rows_are_hidden(doctor_world):
    seen = doctor_world.world.hap_journal.entries()[-1].sequence
    with doctor_world.switched(view_null="empty"):
        report = doctor_world.examine()
    assert [one for one in doctor_world.world.hap_journal.entries(after=seen) if one.effect] == []
    assert line(report, "明道云写入").state is UNKNOWN
    assert [one for one in report.findings if "检查本身" in one.reported.zh] == []
