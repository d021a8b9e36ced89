"""The doctor against both simulators, with each undetermined point switched the other way."""

from __future__ import annotations

import json

import pytest

from include.doctor import __main__ as command
from include.doctor.examine import UnfitError, raise_if_blocking
from include.doctor.findings import Report
from include.simulators.faults import FaultRule, Kind
from include.simulators.hap.settings import HapSettings
from include.simulators.xiaoe.seed import demo_shop
from include.simulators.xiaoe.settings import ALL_PERMISSIONS, XiaoeSettings
from include.status.conclusion import of_failure, of_success
from tests.captured.replay import read_report
from tests.doctor.doctor_world import (
    RIGHT,
    UNKNOWN,
    WRONG,
    DoctorWorld,
    line,
    open_doctor_world,
    settings,
)
from tests.pipeline.world import open_world

EVENTS = frozenset({"refund", "settle", "ship", "change", "close"})


def test_two_healthy_systems_lack_unique_indexes_and_nothing_else(doctor_world):
    report = doctor_world.examine()
    wrong = [one for one in report.findings if one.state is not RIGHT]
    assert [one.check.en for one in wrong] == ["unique index"]
    assert report.blocking == []
    assert settings(report) == {"order_feed=update"}
    raise_if_blocking(report)


def test_the_last_line_says_what_to_do_next(doctor_world):
    said = of_success(doctor_world.examine().conclusion()).zh
    assert said.startswith("没有阻断，可以运行；1 条建议，第一条「唯一索引」：")
    with doctor_world.switched(update_filter="ignored"):
        report = doctor_world.examine()
    with pytest.raises(UnfitError) as caught:
        raise_if_blocking(report)
    said = of_failure(caught.value).zh
    assert said.startswith("1 项阻断，先处理「订单按更新时间查询」：")
    assert "order_feed" in said
    assert Report().conclusion().zh.startswith("没有阻断，也没有建议；")


def test_every_line_is_in_both_languages_and_every_fault_has_an_action(doctor_world):
    with doctor_world.switched(update_filter="ignored", relation_write="dropped", app_zone="UTC"):
        report = doctor_world.examine()
    for one in report.findings:
        assert all((one.check.zh, one.check.en, one.reported.zh, one.reported.en))
        if one.state is WRONG:
            assert one.action.zh != "无需处理"


def test_what_blocks_comes_first_then_advice_and_what_is_fine_is_one_line(doctor_world):
    with doctor_world.switched(update_filter="ignored"):
        report = doctor_world.examine()
    lines = report.table().splitlines()
    assert lines[0] == f"✗ 阻断 {len(report.blocking)} · blocking"
    signs = [line.split()[0] for line in lines[: lines.index("")]]
    assert signs == sorted(signs, key=["✗", "!", "?", "✓"].index)
    # ✗ stands for what blocks, and for nothing else
    assert signs.count("✗") == len(report.blocking) + 1
    assert signs.count("✓") == 1
    fine = sum(one.state is RIGHT for one in report.findings)
    assert report.table(verbose=True).count("\n  ✓ ") == fine


def test_nothing_is_left_behind(doctor_world):
    doctor_world.examine()
    assert doctor_world.scratch_rows() == []


def test_a_preview_writes_nothing(doctor_world):
    seen = doctor_world.world.hap_journal.entries()[-1].sequence
    report = doctor_world.examine(preview=True)
    assert [one for one in doctor_world.world.hap_journal.entries(after=seen) if one.effect] == []
    assert line(report, "关联").state is UNKNOWN
    assert line(report, "唯一索引").state is UNKNOWN


# Each switch, the line that tells of it, how it stands, and a word of what it says.
POINTS = [
    ({"update_filter": "ignored"}, "订单按更新时间查询", WRONG, "被忽略"),
    ({"update_requires_created": True}, "订单按更新时间查询", RIGHT, "须同时给出下单时间"),
    (
        {"update_requires_created": True, "several_times": "and"},
        "订单按更新时间查询",
        RIGHT,
        "须同时给出下单时间",
    ),
    ({"update_filter": "within_created_default"}, "久远订单的更新", RIGHT, "只含近 30 天"),
    ({"several_times": "and"}, "同时给出下单时间", RIGHT, "同时生效"),
    ({"window_start": "exclusive"}, "时间条件的两端", RIGHT, "起点不含、终点含"),
    ({"window_end": "exclusive"}, "时间条件的两端", RIGHT, "起点含、终点不含"),
    ({"legacy_refund_unit": "yuan"}, "refund_money", RIGHT, "元"),
    ({"user_v2_pay_sum": "yuan"}, "pay_sum", RIGHT, "元"),
    ({"es_skip": False}, "游标", WRONG, "没有 es_skip"),
    ({"resource_list": "alias"}, "resource.list", RIGHT, "存在；可在"),
    ({"information_list_key": "collect_list"}, "按表单", RIGHT, "collect_list"),
    ({"information_list_key": "list"}, "按用户", RIGHT, "列表在 list"),
    ({"extra_format": "object"}, "按表单", RIGHT, "JSON 对象"),
    ({"extra_format": "double_encoded"}, "按表单", RIGHT, "双重编码"),
    ({"extra_format": "text"}, "按用户", RIGHT, "文本"),
    ({"extra_format": "decoded"}, "按用户", RIGHT, "已解码"),
    ({"purchase_expiry": "end_date"}, "商品有效期", RIGHT, "end_date"),
    ({"purchase_list_key": "purchase_list"}, "商品有效期", RIGHT, "purchase_list"),
    ({"purchase_id_key": "product_id"}, "商品有效期", RIGHT, "product_id"),
    ({"ip_whitelist": ["192.0.2.1"]}, "IP 白名单", WRONG, "2051"),
    ({"secret_key": "another"}, "小鹅通凭据", WRONG, "2004"),
    ({"permissions": ALL_PERMISSIONS - {"订购管理-查询"}}, "订购管理", WRONG, "purchase"),
    ({"permissions": ALL_PERMISSIONS - {"用户管理-查询"}}, "用户管理", WRONG, "user.info"),
    ({"auth_failure": "http_401", "ip_allowed": ["192.0.2.1"]}, "AppKey", WRONG, "10000"),
    ({"row_key": "id"}, "行 ID", RIGHT, "id"),
    ({"hap_total": "tab_string"}, "行 ID", RIGHT, "制表符"),
    ({"number_read": "number"}, "数字的写法", RIGHT, "数字 number"),
    ({"in_on_text": "dropped"}, "in 条件", RIGHT, "被忽略"),
    ({"oversized_page": "refuse"}, "1000 行", RIGHT, "被拒绝"),
    ({"view_null": "empty"}, "视图", WRONG, "没有返回任何行"),
    ({"relation_write": "dropped"}, "写入关联", WRONG, "customer、goods"),
    ({"list_promoter": "empty"}, "推广员", RIGHT, "已自动取自详情"),
    ({"list_promoter": "filled"}, "推广员", RIGHT, "都有"),
    ({"list_promoter": "hidden"}, "推广员", WRONG, "看不出有推广员"),
    ({"multi_relation_in_list": "count"}, "多条关联", RIGHT, "条数"),
    ({"multi_relation_in_list": "array"}, "多条关联", RIGHT, "完整"),
    ({"app_zone": "UTC"}, "应用时区", WRONG, "UTC"),
    ({"naive_write_zone": "UTC"}, "写入日期时间", WRONG, "+8 小时"),
    ({"datetime_read": "iso_z", "naive_write_zone": "UTC"}, "写入日期时间", WRONG, "+8 小时"),
    ({"datetime_read": "iso_ms_z"}, "写入日期时间", RIGHT, "ISO"),
    ({"unique_mode": "isUnique"}, "唯一索引", RIGHT, "已有"),
    ({"unique_mode": "isUnique", "duplicate_code": 99999}, "唯一索引", RIGHT, "99999"),
    ({"unique_mode": "isUnique", "batch_duplicate": "partial_error"}, "批量", RIGHT, "其余照常"),
    ({"unique_mode": "isUnique"}, "批量", RIGHT, "整批不写入"),
]


@pytest.mark.parametrize(("switches", "check", "state", "word"), POINTS)
def test_an_undetermined_point_switched_the_other_way_is_told(
    doctor_world, switches, check, state, word
):
    with doctor_world.switched(**switches):
        report = doctor_world.examine()
    found = line(report, check)
    assert (found.state, word in found.reported.zh) == (state, True), report.table()
    assert doctor_world.scratch_rows() == []


@pytest.mark.parametrize(
    ("switches", "following"),
    [
        ({"update_filter": "ignored"}, "order_feed=create"),
        ({"update_filter": "ignored", "several_times": "and"}, "order_feed=create"),
        ({"app_zone": "UTC", "naive_write_zone": "UTC"}, "timezone=UTC"),
        ({"app_zone": "Asia/Tokyo"}, "timezone=Asia/Tokyo"),
        ({"datetime_read": "iso_z", "naive_write_zone": "UTC"}, "timezone=UTC"),
    ],
)
def test_the_settings_that_follow_are_printed_and_the_run_is_red(doctor_world, switches, following):
    with doctor_world.switched(**switches):
        report = doctor_world.examine()
    assert following in settings(report)
    assert following in report.table()
    with pytest.raises(UnfitError, match="阻断"):
        raise_if_blocking(report)


def test_an_ignored_filter_does_not_matter_to_a_shop_that_reads_by_creation(doctor_world):
    with doctor_world.switched(update_filter="ignored"):
        report = doctor_world.examine(order_feed="create")
    assert line(report, "订单按更新时间查询").state is RIGHT
    assert report.blocking == []


def test_a_filter_that_works_is_told_to_a_shop_that_reads_by_creation(doctor_world):
    assert settings(doctor_world.examine(order_feed="create")) == {"order_feed=update"}


def test_a_broken_interface_hides_no_other_check(doctor_world):
    doctor_world.world.xiaoe_faults.set([FaultRule(api="order.list", kind=Kind.CODE, code=3999)])
    report = doctor_world.examine()
    doctor_world.world.xiaoe_faults.clear()
    assert line(report, "订单按更新时间查询").state is WRONG
    assert line(report, "pay_sum").state is RIGHT
    assert line(report, "写入关联").state is RIGHT


def test_refused_credentials_of_the_shop_leave_haps_checks_alone(doctor_world):
    with doctor_world.switched(secret_key="another"):
        report = doctor_world.examine()
    assert line(report, "小鹅通其余").state is UNKNOWN
    assert line(report, "写入关联").state is RIGHT
    assert [one.check.zh for one in report.blocking] == ["小鹅通凭据"]


def test_a_machine_whose_clock_is_wrong(tmp_path):
    with open_doctor_world(tmp_path) as doctor_world:
        doctor_world.world.source.clock.advance(450)
        report = doctor_world.examine()
    assert line(report, "时钟（对小鹅通）").reported.zh.startswith("本机比对方慢 4")
    assert {one.check.en for one in report.blocking} >= {"this machine's clock, by the shop"}


def test_an_app_that_is_not_set_up_says_what_to_run(tmp_path):
    with open_world(demo_shop(5, days=2), tmp_path, hap=HapSettings(qps=0)) as world:
        report = DoctorWorld(world, XiaoeSettings(), HapSettings()).examine()
    assert "mingdao_setup" in line(report, "工作表与字段").action.zh
    assert line(report, "明道云查询").state is UNKNOWN
    assert line(report, "明道云写入").state is UNKNOWN
    assert len(report.blocking) == 1


def test_events_that_leave_no_trace_in_the_update_time_are_found(tmp_path):
    with open_doctor_world(tmp_path, update_time_ignores=EVENTS) as doctor_world:
        source = doctor_world.world.source
        orders = source.orders.current.values()
        order = next(one for one in orders if one.actual_fee and one.pay_state == 1)
        source.refund(order.order_id)
        report = doctor_world.examine()
    assert line(report, "哪些变化").state is WRONG
    assert "退款" in line(report, "哪些变化").reported.zh


def test_the_command_prints_the_table_and_its_status_tells_whether_it_is_blocking(
    doctor_world, monkeypatch, capsys, tmp_path
):
    extra = {"client_id": "xopDEMO0001", "allow_http": True}
    world = doctor_world.world
    xiaoe = {"host": world.xiaoe_url, "login": world.app_id, "password": "demo-secret-key"}
    hap = {"host": world.hap_url, "login": "demo-appkey", "password": "demo-sign"}
    monkeypatch.setenv("XIAOE_TOKEN_DIR", str(tmp_path))
    monkeypatch.setenv("AIRFLOW_CONN_XIAOE_DEFAULT", json.dumps({**xiaoe, "extra": extra}))
    monkeypatch.setenv("AIRFLOW_CONN_MINGDAO_DEFAULT", json.dumps({**hap, "extra": extra}))
    assert command.main([]) == 0
    out = capsys.readouterr().out
    assert "order_feed=update" in out
    assert "demo-s" not in out
    assert command.main(["--preview", "--shapes", str(tmp_path / "report.json")]) == 0
    assert "可以放心发送" in capsys.readouterr().out
    assert read_report((tmp_path / "report.json").read_text(encoding="utf-8"))
    with doctor_world.switched(update_filter="ignored"):
        assert command.main(["--preview"]) == 1
    monkeypatch.setenv("AIRFLOW_CONN_MINGDAO_DEFAULT", "{")
    assert command.main([]) == 1
    assert "mingdao_default" in capsys.readouterr().err
