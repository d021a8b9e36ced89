"""One order's story, as an operator reads it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from connectors.errors import ConfigurationError
from include import explain
from include.flows.orders.explain import explain_order
from include.simulators.faults import FaultRule, Kind
from include.simulators.hap.human import Person
from include.simulators.hap.plain import plain_rows


@pytest.fixture
def order(filled):
    orders = filled.source.orders.current.values()
    return next(one for one in orders if one.actual_fee and one.pay_state == 1)


def story(world, order_id: str, **changes) -> str:
    context = world.context(**changes)
    return "\n".join(explain_order(context, order_id, world.source.clock.now()))


def calls(world) -> list:
    return [*world.xiaoe_journal.entries(), *world.hap_journal.entries()]


def row_of(world, order_id: str) -> dict[str, Any]:
    return next(row for row in plain_rows(world.store, "orders") if row["order_id"] == order_id)


def test_an_order_in_step_is_the_same_in_every_cell(filled, order):
    before = len(calls(filled))
    told = story(filled, order.order_id)
    assert len(calls(filled)) - before < 40
    assert row_of(filled, order.order_id)["rowid"] in told
    assert "✓ 每一项都相同" in told
    assert "✓ 没有记录" in told
    assert "✗" not in told


def test_what_a_person_changed_is_named_and_personal_cells_are_masked(filled, order):
    row = row_of(filled, order.order_id)
    before = {"amount_paid": row["amount_paid"], "promoter": row["promoter"] or ""}
    Person(filled.store).edit("orders", row["rowid"], {"amount_paid": 7, "promoter": "王小明"})
    told = story(filled, order.order_id)
    Person(filled.store).edit("orders", row["rowid"], before)
    assert "✗ 实付金额 amount_paid: 明道云 HAP 7.00 ≠ 小鹅通 shop" in told
    assert "✗ 推广员 promoter: 不同（个人信息，不显示）" in told
    assert "王小明" not in told


def test_cells_that_a_switched_off_interface_would_tell_are_no_difference(filled):
    orders = filled.source.orders.current.values()
    promoted = next(one for one in orders if one.share_user_id and one.pay_state == 1)
    rows = {row["api"]: row["rowid"] for row in plain_rows(filled.store, "sync_config")}
    off = [rows[api] for api in ("order.detail", "purchase")]
    for row_id in off:
        Person(filled.store).edit("sync_config", row_id, {"enabled": "停用"})
    told = story(filled, promoted.order_id)
    for row_id in off:
        Person(filled.store).edit("sync_config", row_id, {"enabled": "启用"})
    assert "✓ 每一项都相同" in told


def test_no_personal_cell_of_anybody_is_ever_shown(filled):
    people = plain_rows(filled.store, "customers")
    private = {str(row[name]) for row in people for name in ("phone", "name", "email") if row[name]}
    for order_id in list(filled.source.orders.current)[:3]:
        told = story(filled, order_id)
        assert not [value for value in private if value in told]


def test_a_newer_version_in_the_shop_and_the_window_that_sees_it(filled, order):
    now = filled.source.clock.now()
    filled.source.change_order(order.order_id, at=now - timedelta(minutes=1), remark="改过")
    told = story(filled, order.order_id)
    assert "明道云的版本较旧" in told
    assert "since = " in told
    assert "until = " in told
    filled.all_orders()


@pytest.mark.parametrize(
    ("minutes", "said"), [(5, "这个区间还没有结束"), (7, "这个区间已经结束，应已读过")]
)
def test_the_live_run_that_reads_it_is_over_when_its_own_interval_is(filled, minutes, said):
    """Live runs read from :05 to :20, so that what changed at :14 is read after :20."""
    hour = filled.source.clock.now().replace(minute=0, second=0, microsecond=0)
    changed = hour - timedelta(hours=1) + timedelta(minutes=14)
    orders = filled.source.orders.current.values()
    order = next(one for one in orders if one.updated_at < changed)
    filled.source.change_order(order.order_id, at=changed, remark="整点后十四分")
    told = explain_order(filled.context(), order.order_id, changed + timedelta(minutes=minutes))
    assert f"{changed:%H}:05:00" in "".join(told)
    assert f"{changed:%H}:20:00" in "".join(told)
    assert said in "".join(told)
    filled.all_orders()


def test_an_order_that_nobody_knows_says_so_on_both_sides(filled):
    told = story(filled, "o_nobody")
    assert "✗ 没有这一行" in told
    assert "订单列表里查不到" in told
    assert "两边都没有这个订单" in told


def test_a_recorded_error_is_told_with_reason_and_action(filled, order):
    rule = FaultRule(api="order.detail", kind=Kind.CODE, code=3002)
    filled.xiaoe_faults.set([rule])
    filled.source.change_order(order.order_id, remark="再改")
    filled.all_orders()
    filled.xiaoe_faults.clear()
    told = story(filled, order.order_id)
    assert "✗ 状态 status: 待处理" in told
    assert "错误码 code: 3002" in told
    filled.all_orders()


def test_a_shop_that_does_not_answer_hides_nothing_of_hap(filled, order):
    filled.xiaoe_faults.set([FaultRule(api="order.list", kind=Kind.CODE, code=2017)])
    told = story(filled, order.order_id)
    filled.xiaoe_faults.clear()
    assert row_of(filled, order.order_id)["rowid"] in told
    assert "2017" in told


def test_what_the_shop_does_not_tell_now_is_said_and_is_no_difference(filled):
    orders = filled.source.orders.current.values()
    promoted = next(one for one in orders if one.share_user_id and one.pay_state == 1)
    filled.xiaoe_faults.set([FaultRule(api="order.detail", kind=Kind.CODE, code=3002)])
    told = story(filled, promoted.order_id)
    filled.xiaoe_faults.clear()
    assert "✗ 缺订单详情 / without" in told
    assert "(3002)" in told
    assert "≠" not in told


def test_without_an_order_id_it_says_how_to_give_one(filled):
    with pytest.raises(ConfigurationError, match="ORDER="):
        story(filled, " ")


def test_the_command_reads_the_connections_from_the_environment(
    filled, order, monkeypatch, capsys, tmp_path
):
    xiaoe = {
        "conn_type": "xiaoe",
        "host": filled.xiaoe_url,
        "login": filled.app_id,
        "password": "demo-secret-key",
        "extra": {"client_id": "xopDEMO0001", "allow_http": True},
    }
    monkeypatch.setenv("XIAOE_TOKEN_DIR", str(tmp_path))
    monkeypatch.setenv("AIRFLOW_CONN_XIAOE_DEFAULT", json.dumps(xiaoe))
    address = filled.hap_url.replace("://", "%3A%2F%2F").replace(":", "%3A")
    monkeypatch.setenv(
        "AIRFLOW_CONN_MINGDAO_DEFAULT",
        f"mingdao://demo-appkey:demo-sign@{address}?allow_http=true",
    )
    assert explain.main([order.order_id]) == 0
    assert order.order_id in capsys.readouterr().out
    monkeypatch.delenv("AIRFLOW_CONN_MINGDAO_DEFAULT")
    assert explain.main([order.order_id]) == 1
    assert "AIRFLOW_CONN_MINGDAO_DEFAULT" in capsys.readouterr().err
