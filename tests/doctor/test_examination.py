"""The doctor against both simulators, with each undetermined point switched the other way."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

from connectors.xiaoe.connection import push_keys
from include.connections import Connection
from include.doctor import __main__ as command
from include.doctor.examine import UnfitError, examine, insist
from include.doctor.findings import Finding, Report, State
from include.doctor.patient import AirflowSide, Patient, PushSide
from include.doctor.settings import settings_or_defaults
from include.shops import ShopConfig
from include.simulators.faults import FaultRule, Kind
from include.simulators.hap.plain import plain_rows
from include.simulators.hap.settings import HapSettings
from include.simulators.server import serve
from include.simulators.xiaoe.seed import demo_shop
from include.simulators.xiaoe.settings import ALL_PERMISSIONS, XiaoeSettings
from tests.pipeline.world import World, open_world

SHEETS = ("customers", "goods", "columns", "orders", "collected_info", "sync_errors", "audiences")
EVENTS = frozenset({"refund", "settle", "ship", "change", "close"})


ENOUGH = {"core.max_map_length": 1024, "core.parallelism": 32}
HEALTHY = AirflowSide({"xiaoe_orders": False}, ENOUGH)


@dataclass
class Clinic:
    """One shop and one app whose switches are turned while they run."""

    world: World
    xiaoe: XiaoeSettings
    hap: HapSettings

    def examine(self, **changes) -> Report:
        hap = self.world.hap()
        settings = settings_or_defaults(hap, ShopConfig())
        xiaoe = self.world.xiaoe(settings.paths)
        return examine(Patient(xiaoe, hap, settings, **{"airflow": HEALTHY, **changes}))

    @contextmanager
    def switched(self, **switches):
        """Turn switches of either simulator, and turn them back."""
        before = []
        for name, value in switches.items():
            system = self.xiaoe if name in XiaoeSettings.model_fields else self.hap
            if name.startswith("hap_"):  # both systems have a switch of this name
                system, name = self.hap, name.removeprefix("hap_")
            before.append((system, name, getattr(system, name)))
            setattr(system, name, value)
        try:
            yield
        finally:
            for system, name, value in before:
                setattr(system, name, value)

    def scratch_rows(self) -> list[str]:
        store = self.world.store
        return [
            f"{sheet}: {value}"
            for sheet in SHEETS
            for recycled in (False, True)
            for row in plain_rows(store, sheet, recycled=recycled)
            for value in row.values()
            if "doctor" in str(value)
        ]


@contextmanager
def open_clinic(tokens, **switches):
    xiaoe = XiaoeSettings(rate_limits=False)
    hap = HapSettings(qps=0)
    source = demo_shop(5, days=45, orders_per_day=2)
    with open_world(source, tokens, xiaoe=xiaoe, hap=hap) as world:
        world.set_up()
        clinic = Clinic(world, xiaoe, hap)
        with clinic.switched(**switches):
            yield clinic


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    with open_clinic(tmp_path_factory.mktemp("tokens")) as opened:
        yield opened


def line(report: Report, check: str) -> Finding:
    found = [one for one in report.findings if check in str(one.check)]
    assert found, f"no finding about {check}:\n{report.table()}"
    return found[0]


def settings(report: Report) -> set[str]:
    return {one.text for one in report.settings}


def test_two_healthy_systems_lack_unique_indexes_and_nothing_else(clinic):
    report = clinic.examine()
    wrong = [one for one in report.findings if one.state is not State.RIGHT]
    assert [one.check.en for one in wrong] == ["unique index"]
    assert report.blocking == []
    assert settings(report) == {"order_feed=update"}
    insist(report)


def test_every_line_is_in_both_languages_and_every_fault_has_an_action(clinic):
    with clinic.switched(update_filter="ignored", relation_write="dropped", app_zone="UTC"):
        report = clinic.examine()
    for one in report.findings:
        assert all((one.check.zh, one.check.en, one.told.zh, one.told.en))
        if one.state is State.WRONG:
            assert one.action.zh != "无需处理"
    table = report.table()
    assert "✗" in table
    assert "【阻断 / blocking】" in table


def test_nothing_is_left_behind(clinic):
    clinic.examine()
    assert clinic.scratch_rows() == []


def test_a_preview_writes_nothing(clinic):
    seen = clinic.world.hap_journal.entries()[-1].sequence
    report = clinic.examine(preview=True)
    assert [one for one in clinic.world.hap_journal.entries(after=seen) if one.effect] == []
    assert line(report, "关联").state is State.UNKNOWN
    assert line(report, "唯一索引").state is State.UNKNOWN


# Each switch, the line that tells of it, how it stands, and a word of what it says.
RIGHT, WRONG, UNKNOWN = State.RIGHT, State.WRONG, State.UNKNOWN
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
    ({"resource_list": "alias"}, "resource.list", RIGHT, "存在;可在"),
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
def test_an_undetermined_point_switched_the_other_way_is_told(clinic, switches, check, state, word):
    with clinic.switched(**switches):
        report = clinic.examine()
    found = line(report, check)
    assert (found.state, word in found.told.zh) == (state, True), report.table()
    assert clinic.scratch_rows() == []


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
def test_the_settings_that_follow_are_printed_and_the_run_is_red(clinic, switches, following):
    with clinic.switched(**switches):
        report = clinic.examine()
    assert following in settings(report)
    assert following in report.table()
    with pytest.raises(UnfitError, match="阻断"):
        insist(report)


def test_an_ignored_filter_does_not_matter_to_a_shop_that_reads_by_creation(clinic):
    with clinic.switched(update_filter="ignored"):
        report = clinic.examine(order_feed="create")
    assert line(report, "订单按更新时间查询").state is RIGHT
    assert report.blocking == []


def test_a_filter_that_works_is_told_to_a_shop_that_reads_by_creation(clinic):
    assert settings(clinic.examine(order_feed="create")) == {"order_feed=update"}


def test_a_broken_interface_hides_no_other_check(clinic):
    clinic.world.xiaoe_faults.set([FaultRule(api="order.list", kind=Kind.CODE, code=3999)])
    report = clinic.examine()
    clinic.world.xiaoe_faults.clear()
    assert line(report, "订单按更新时间查询").state is WRONG
    assert line(report, "pay_sum").state is RIGHT
    assert line(report, "写入关联").state is RIGHT


def test_refused_credentials_of_the_shop_leave_haps_checks_alone(clinic):
    with clinic.switched(secret_key="another"):
        report = clinic.examine()
    assert line(report, "小鹅通其余").state is UNKNOWN
    assert line(report, "写入关联").state is RIGHT
    assert [one.check.zh for one in report.blocking] == ["小鹅通凭据"]


def test_a_machine_whose_clock_is_wrong(tmp_path):
    with open_clinic(tmp_path) as clinic:
        clinic.world.source.clock.advance(450)
        report = clinic.examine()
    assert line(report, "时钟(对小鹅通)").told.zh.startswith("本机比对方慢 4")
    assert {one.check.en for one in report.blocking} >= {"this machine's clock, by the shop"}


def test_an_app_that_is_not_set_up_says_what_to_run(tmp_path):
    with open_world(demo_shop(5, days=2), tmp_path, hap=HapSettings(qps=0)) as world:
        report = Clinic(world, XiaoeSettings(), HapSettings()).examine()
    assert "mingdao_setup" in line(report, "工作表与字段").action.zh
    assert line(report, "明道云查询").state is UNKNOWN
    assert line(report, "明道云写入").state is UNKNOWN
    assert len(report.blocking) == 1


def test_events_that_leave_no_trace_in_the_update_time_are_found(tmp_path):
    with open_clinic(tmp_path, update_time_ignores=EVENTS) as clinic:
        source = clinic.world.source
        order = next(one for one in source.orders.current.values() if one.actual_fee)
        source.refund(order.order_id)
        report = clinic.examine()
    assert line(report, "哪些变化").state is WRONG
    assert "退款" in line(report, "哪些变化").told.zh


def test_the_command_prints_the_table_and_its_status_tells_whether_it_is_blocking(
    clinic, monkeypatch, capsys, tmp_path
):
    extra = {"client_id": "xopDEMO0001", "allow_http": True}
    world = clinic.world
    xiaoe = {"host": world.xiaoe_url, "login": world.app_id, "password": "demo-secret-key"}
    hap = {"host": world.hap_url, "login": "demo-appkey", "password": "demo-sign"}
    monkeypatch.setenv("XIAOE_TOKEN_DIR", str(tmp_path))
    monkeypatch.setenv("AIRFLOW_CONN_XIAOE_DEFAULT", json.dumps({**xiaoe, "extra": extra}))
    monkeypatch.setenv("AIRFLOW_CONN_MINGDAO_DEFAULT", json.dumps({**hap, "extra": extra}))
    assert command.main([]) == 0
    out = capsys.readouterr().out
    assert "order_feed=update" in out
    assert "demo-s" not in out
    with clinic.switched(update_filter="ignored"):
        assert command.main(["--preview"]) == 1
    monkeypatch.setenv("AIRFLOW_CONN_MINGDAO_DEFAULT", "{")
    assert command.main([]) == 1
    assert "mingdao_default" in capsys.readouterr().err


# -- unique indexes -----------------------------------------------------------------------------


BRANCH = ShopConfig("default", app_id="app1", others=("app2",))


def test_missing_unique_indexes_are_one_line_with_every_field_and_the_clicks_once(clinic):
    report = clinic.examine()
    (told,) = [one for one in report.findings if "唯一索引" in str(one.check)]
    for pair in ("客户(用户ID)", "订单(订单号)", "同步异常(异常ID)", "对账(店铺与日期)"):
        assert pair in told.told.zh
    assert "orders (order_id)" in told.told.en
    assert told.action.zh.count("索引加速") == 1


def test_where_shops_share_an_app_the_index_is_on_id_and_shop(clinic):
    told = line(clinic.examine(config=BRANCH), "唯一索引")
    assert "订单(订单号 + 店铺)" in told.told.zh
    assert "客户(用户ID + 店铺)" in told.told.zh
    assert "orders (order_id + shop)" in told.told.en
    assert "第三方应用配置(接口)" in told.told.zh  # its key names the shop
    assert "同一个索引" in told.action.zh


def test_customers_that_shops_share_are_one_row_each(clinic):
    told = line(clinic.examine(config=replace(BRANCH, shared_customers=True)), "唯一索引")
    assert "客户(用户ID)" in told.told.zh
    assert "订单(订单号 + 店铺)" in told.told.zh


def test_an_index_on_the_id_alone_is_too_narrow_where_shops_share_an_app(clinic):
    with clinic.switched(unique_mode="isUnique"):
        report = clinic.examine(config=BRANCH)
    told = line(report, "多店铺")
    assert told.state is WRONG
    assert "订单(订单号 + 店铺)" in told.told.zh
    assert "同步异常" not in told.told.zh
    assert "同步异常" in line(report, "唯一索引 /").told.zh
    assert clinic.scratch_rows() == []


def test_nothing_is_tried_by_writing_where_the_rows_are_hidden(clinic):
    seen = clinic.world.hap_journal.entries()[-1].sequence
    with clinic.switched(view_null="empty"):
        report = clinic.examine()
    assert [one for one in clinic.world.hap_journal.entries(after=seen) if one.effect] == []
    assert line(report, "明道云写入").state is UNKNOWN
    assert [one for one in report.findings if "检查本身" in one.told.zh] == []


# -- message push -------------------------------------------------------------------------------

TOKEN, AES_KEY = "demoPushToken016", "a" * 42 + "E"


def push_side(token=TOKEN, aes_key=AES_KEY, **known) -> PushSide:
    connection = Connection(
        "xiaoe_default", extra=json.dumps({"push_token": token, "push_aes_key": aes_key})
    )
    return PushSide(lambda: push_keys(connection), **known)


@contextmanager
def api_server(status: int):
    """An API server that answers so at the push address."""
    app = FastAPI()

    @app.get("/xiaoe-push/default")
    def answer() -> PlainTextResponse:
        return PlainTextResponse("forbidden", status)

    with serve(app) as url:
        yield url


def test_push_that_nobody_wants_is_one_quiet_line(clinic):
    report = clinic.examine(push=push_side("", ""))
    (told,) = [one for one in report.findings if "推送" in str(one.check)]
    assert told.state is RIGHT
    assert "未启用" in told.told.zh


@pytest.mark.parametrize(
    ("token", "aes_key", "word"),
    [
        (TOKEN, "", "push_aes_key"),
        ("", AES_KEY, "push_token"),
        (TOKEN, "short", "push_aes_key"),
        ("short", AES_KEY, "5 位"),
    ],
)
def test_half_of_the_push_keys_or_a_malformed_one_is_told_without_stopping_anything(
    clinic, token, aes_key, word
):
    report = clinic.examine(push=push_side(token, aes_key))
    told = line(report, "EncodingAESKey")
    assert told.state is not RIGHT
    assert word in str(told.told)
    assert report.blocking == []
    assert AES_KEY not in report.table()
    assert TOKEN not in report.table()


def test_a_push_that_works_tells_what_to_enter_in_the_console(clinic):
    public = "https://airflow.example.com/team"
    with api_server(403) as inside:
        side = push_side(dag_paused=False, public=public, inside=inside)
        report = clinic.examine(push=side)
    assert line(report, "处理推送的 DAG").state is RIGHT
    assert line(report, "从 Airflow 内部").state is RIGHT
    assert f"{public}/xiaoe-push/default" in settings(report)
    assert f"curl -i {public}/xiaoe-push/default" in line(report, "从公网").action.zh


def test_a_paused_dag_and_a_receiver_without_keys_are_told(clinic):
    with api_server(404) as inside:
        side = push_side(dag_paused=True, public="http://127.0.0.1:8080", inside=inside)
        report = clinic.examine(push=side)
    assert "暂停" in line(report, "处理推送的 DAG").told.zh
    assert "404" in line(report, "从 Airflow 内部").told.zh
    assert "base_url" in line(report, "从公网").told.zh
    assert report.blocking == []


def test_of_another_shop_its_own_address_and_dag_are_told(clinic):
    side = push_side(dag_paused=True, public="https://airflow.example.com")
    report = clinic.examine(push=side, config=ShopConfig("branch"))
    assert "xiaoe_push__branch" in line(report, "处理推送的 DAG").told.zh
    assert "https://airflow.example.com/xiaoe-push/branch" in settings(report)


@pytest.mark.parametrize(
    ("side", "state", "told"),
    [
        (HEALTHY, RIGHT, "都已打开"),
        (AirflowSide({"xiaoe_orders": True}, ENOUGH), WRONG, "xiaoe_orders 是暂停的"),
        (AirflowSide({"xiaoe_orders": None}, ENOUGH), UNKNOWN, "看不到"),
        (None, UNKNOWN, "看不到 Airflow 的设置"),
    ],
)
def test_a_scheduled_dag_that_is_paused_is_told(clinic, side, state, told):
    found = line(clinic.examine(airflow=side), "定时运行")
    assert found.state is state
    assert told in str(found.told)


def test_a_limit_of_airflow_that_is_too_low_is_told_with_its_name(clinic):
    side = AirflowSide({}, {**ENOUGH, "core.max_map_length": 100})
    found = line(clinic.examine(airflow=side), "任务上限")
    assert found.state is WRONG
    assert "core.max_map_length=100(至少 1000)" in str(found.told)
    enough = line(clinic.examine(airflow=AirflowSide({}, ENOUGH)), "任务上限")
    assert enough.state is RIGHT
