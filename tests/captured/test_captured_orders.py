"""The ten captured rows, through client, mapping, plan and reconciliation: every cell, by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from include.flows.customers.audiences import refresh_audiences
from include.simulators.hap.human import Person
from tests.captured.captured_shop import ROWS
from tests.captured.captured_world import NOW, captured_world, stored
from tests.pipeline.nights import last_sequence, ledger, night

BUNDLE, COMPONENT = "SPU_COP_0637836962rLdYy1eIjAVHl", "g_54r4511l3487a_TYahpRZ022"
PAID_ORDERS, PAID_TOTAL, BILLED_TOTAL = 8, Decimal("7420.50"), Decimal("16791.75")


def cells(order_id: str, user_id: str, name: str, goods: list[str], **other: Any) -> dict[str, Any]:
    """Return all cells of a row; what is said here is what most of the ten have in common."""
    return {
        "order_id": order_id,
        "shop": "apprtgmrsnt6705",
        "customer": user_id,
        "goods_name": name,
        "goods": goods,
        "columns": [],
        "order_state": "待发货",
        "refund_state": "无售后",
        "amount_discount": "0.00",
        "amount_refunded": "0.00",
        "pay_method": "微信",
        "quantity": "1",
        "refunded_at": None,
        "settled_at": None,
        "valid_until": None,
        "promoter": None,
        **other,
    }


def in_full(
    order_id: str, user_id: str, name: str, good: str, amount: str, **other: Any
) -> dict[str, Any]:
    """Return the cells of an order that was paid as it was priced."""
    sums = dict.fromkeys(("amount_due", "amount_paid", "amount_goods"), amount)
    return cells(order_id, user_id, name, [good], **sums, **other)


def bundled(order_id: str, user_id: str, **times: str) -> dict[str, Any]:
    """Return the cells of an order of the one bundle that was captured."""
    sums = {"amount_due": "37.50", "amount_paid": "37.50", "amount_goods": "67.50"}
    done = {**sums, "amount_discount": "30.00", "order_state": "已完成"}
    return cells(order_id, user_id, "示例商品9", [BUNDLE, COMPONENT], **done, **times)


def unpaid(
    order_id: str, user_id: str, name: str, goods: list[str], **other: Any
) -> dict[str, Any]:
    nothing = dict.fromkeys(("pay_method", "paid_at", "valid_from"))
    closed = {"order_state": "已关闭", "amount_paid": "0.00", **nothing}
    return cells(order_id, user_id, name, goods, **closed, **other)


EXPECTED = [
    cells(
        "E50866700672067t0jyttV2",
        "u_901q7f7c581fc_bqVz8CopQm",
        "示例商品1",
        ["g_90813unn6952z_CVKTh3na22"],
        order_state="已完成",
        refund_state="部分退款",
        pay_method="支付宝",
        amount_due="1199.25",
        amount_paid="1199.25",
        amount_goods="1874.25",
        amount_discount="675.00",
        amount_refunded="1161.75",
        created_at="2025-07-29 07:11:24",
        paid_at="2025-07-29 07:12:52",
        valid_from="2025-07-29 07:11:23",
        refunded_at="2025-08-19 21:48:51",
        settled_at="2025-08-07 16:02:55",
        source_updated_at="2025-08-19 21:48:53",
    ),
    in_full(
        "E62845853390039swncgfV2",
        "u_254o5vm2703re_8VRHUvQaJY",
        "示例商品2",
        "g_495ju99387r7n_SIELp2x130",
        "1499.25",
        created_at="2025-07-29 10:22:28",
        paid_at="2025-07-29 10:22:35",
        valid_from="2025-07-29 10:22:28",
        source_updated_at="2025-07-29 10:22:36",
    ),
    in_full(
        "E70651824594024mkuvl6V2",
        "u_742v9m6n86032_Gu60s5Oz1n",
        "示例商品3",
        "g_471x6621k2w80_GSdQwDFh18",
        "1800.00",
        order_state="已完成",
        pay_method="支付宝",
        created_at="2025-07-29 10:39:48",
        paid_at="2025-07-29 10:42:03",
        valid_from="2025-07-29 10:39:47",
        settled_at="2025-08-07 12:02:12",
        source_updated_at="2025-08-07 12:02:12",
    ),
    in_full(
        "E95384108677070z6fl9qV2",
        "u_9532784zgg383_Ree2kMwfWR",
        "示例商品4",
        "g_62l916a4b8v72_Q77knD8e42",
        "523.50",
        created_at="2025-07-29 10:54:40",
        paid_at="2025-07-29 10:54:48",
        valid_from="2025-07-29 10:54:39",
        source_updated_at="2025-07-29 10:54:48",
    ),
    in_full(
        "E10868647842748j4eumoV2",
        "u_9532784zgg383_Ree2kMwfWR",
        "示例商品5",
        "g_74d3430f68587_odLvwZJI17",
        "523.50",
        created_at="2025-07-29 10:55:20",
        paid_at="2025-07-29 10:55:31",
        valid_from="2025-07-29 10:55:19",
        source_updated_at="2025-07-29 10:55:32",
    ),
    in_full(
        "E90626452770446hkqyvhV2",
        "u_909g51866684t_VwV548NPpL",
        "示例商品6",
        "g_646h0h20l8u14_TP6flzLX46",
        "1800.00",
        order_state="已完成",
        created_at="2025-07-29 11:50:27",
        paid_at="2025-07-29 11:50:36",
        valid_from="2025-07-29 11:50:26",
        settled_at="2025-08-07 10:23:49",
        source_updated_at="2025-08-07 10:23:49",
    ),
    bundled(
        "E77120654619072nsxt1zV2",
        "u_234sjt38918nw_afcf3Szk6Q",
        created_at="2025-07-29 18:31:36",
        paid_at="2025-07-29 18:31:43",
        valid_from="2025-07-29 18:31:36",
        settled_at="2025-08-08 11:08:32",
        source_updated_at="2025-08-08 11:08:32",
    ),
    bundled(
        "E64631734726955ahbd8jV2",
        "u_06x962ik774l3_4WY234ZaYy",
        created_at="2025-07-30 18:06:35",
        paid_at="2025-07-30 18:06:42",
        valid_from="2025-07-30 18:06:35",
        settled_at="2025-08-08 19:49:18",
        source_updated_at="2025-08-08 19:49:18",
    ),
    unpaid(
        "E17805368877614wbolesV2",
        "u_73qz3bov25zvd_vWgSF2h9xK",
        "示例商品10",
        ["g_11c308784nqep_eSmJUq2w05"],
        amount_due="3748.50",
        amount_goods="3748.50",
        created_at="2025-07-31 17:00:33",
        source_updated_at="2025-07-31 17:00:47",
    ),
    unpaid(
        "E13847307140056qkgkusV2",
        "u_017c772c96bod_VuzkidQi2V",
        "示例商品11",
        ["g_77r063928t227_5qu0iqCW32"],
        amount_due="5622.75",
        amount_goods="5622.75",
        created_at="2025-07-31 17:05:09",
        source_updated_at="2025-07-31 17:15:21",
    ),
]
LEDGER = {
    "2025-07-29": (7, "7383.00", "1161.75"),
    "2025-07-30": (1, "37.50", "0.00"),
    "2025-07-31": (2, "0.00", "0.00"),
}


@pytest.fixture
def world(tmp_path):
    return captured_world(tmp_path)


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda one: one["order_id"])
def test_every_cell_of_a_captured_row_is_right(rows_in_hap, expected):
    assert rows_in_hap[expected["order_id"]] == expected


@pytest.fixture(scope="module")
def rows_in_hap(tmp_path_factory):
    return stored(captured_world(tmp_path_factory.mktemp("captured")))


def test_paid_sums_are_those_of_paid_orders_alone_in_rows_ledger_and_audiences(world):
    held = world.sheet("orders")
    assert len(held) == len(ROWS) == 10
    assert sum(row["amount_paid"] for row in held) == PAID_TOTAL
    assert sum(row["amount_due"] for row in held) == BILLED_TOTAL

    first = night(world, now=NOW)
    assert first.green, first.error
    assert first.compared.batches == []
    days = {day: row for day, row in ledger(world).items() if row["source_orders"]}
    for side in ("source", "hap"):
        names = [f"{side}_{name}" for name in ("orders", "paid", "refunded")]
        told = {day: tuple(row[name] for name in names) for day, row in days.items()}
        assert told == {
            day: (Decimal(orders), Decimal(paid), Decimal(refunded))
            for day, (orders, paid, refunded) in LEDGER.items()
        }

    refresh_audiences(world.context())
    everybody = [row for row in world.sheet("audiences") if row["goods_type"] == "全部"]
    assert sum(row["orders"] for row in everybody) == PAID_ORDERS
    assert sum(row["paid"] for row in everybody) == PAID_TOTAL


def test_a_bundle_is_one_good_of_its_own_type_and_no_combination_is_a_key(world):
    goods = {row["goods_id"]: row["goods_type"] for row in world.sheet("goods")}
    assert goods[BUNDLE] == "组合商品"
    assert not [key for key in goods if key.startswith("og_")]
    assert not [kind for kind in goods.values() if kind.startswith("未知")]


def test_a_bundle_that_was_written_before_its_type_had_a_name_gets_it(world):
    (row,) = (row for row in world.sheet("goods") if row["goods_id"] == BUNDLE)
    old = {"source_hash": f"v1:{'0' * 32}"}
    Person(world.store).edit("goods", row["rowid"], {"goods_type": "未知(69)", **old})
    for order in world.sheet("orders"):
        Person(world.store).edit("orders", order["rowid"], old)
    world.read_orders()
    test_a_bundle_is_one_good_of_its_own_type_and_no_combination_is_a_key(world)


def test_reading_the_same_rows_again_writes_nothing(world):
    before = last_sequence(world)
    world.read_orders()
    assert {entry.effect.split()[1] for entry in world.writes(before)} == {"sync_config"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"pay_state": 7}, "没有给出可识别的支付状态(pay_state=7)"),
        ({"pay_state": ""}, "没有给出可识别的支付状态"),
        ({"pay_state": "已支付"}, "没有给出可识别的支付状态"),
        ({"pay_state": [1]}, "没有给出可识别的支付状态"),
        ({"pay_state": 2, "pay_state_time": "2025-07-29 10:22:35"}, "但有支付时间"),
        ({"pay_state": 0, "pay_state_time": "0000-00-00 00:00:00", "refund_fee": 5}, "但有退款"),
    ],
)
def test_a_doubtful_payment_counts_nothing_is_recorded_and_closes_itself(world, changes, reason):
    info = world.rows[1]["order_info"]
    sane = dict(info)
    info.update(changes, update_time="2025-08-20 10:00:00")
    world.read_orders()
    row = stored(world)[info["order_id"]]
    assert (row["amount_due"], row["amount_paid"], row["paid_at"]) == ("1499.25", "0.00", None)
    (error_row,) = world.sheet("sync_errors")
    assert (error_row["record_id"], error_row["status"]) == (info["order_id"], "待处理")
    assert reason in error_row["reason"]

    info.update(sane, update_time="2025-08-20 11:00:00")
    world.read_orders()
    assert stored(world)[info["order_id"]]["amount_paid"] == "1499.25"
    assert night(world, now=NOW).green
    (error_row,) = world.sheet("sync_errors")
    assert error_row["status"] == "已解决"
