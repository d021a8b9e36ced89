"""Captured rows, each with something odd in it, beside the cells that the contract asks for.

The cells were worked out by hand from the contract (xiaoe.md §6.4, §6.4.1, §10) and the
destination's table; what a case does not name is as in the row that was captured.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.captured.captured_shop import ROWS
from tests.captured.test_captured_orders import BUNDLE, COMPONENT, EXPECTED

Row = dict[str, Any]
REFUNDED, PAID, BUNDLED, UNPAID = 0, 1, 6, 8
ZERO = "0000-00-00 00:00:00"
OF_PAYMENT = ("pay_method", "paid_at", "valid_from", "valid_until")
NOT_PAID = {**dict.fromkeys(OF_PAYMENT), "amount_paid": "0.00"}
OTHER = "g_90813unn6952z_CVKTh3na22"


@dataclass(frozen=True)
class Case:
    """A captured row, what is odd about it, and the cells that differ for it.

    `doubt` are words of the row of 同步异常 that must be there; "" where nothing may be recorded.
    """

    name: str
    base: int
    info: Mapping[str, Any] = field(default_factory=dict)
    act: Callable[[Row], object] = lambda row: None
    cells: Mapping[str, Any] = field(default_factory=dict)
    doubt: str = ""


def line(row: Row, **changes: Any) -> Row:
    """Return one more line, like the row's first but for the changes; it is part of the row."""
    row["good_list"].append({**row["good_list"][0], **changes})
    return row["good_list"][-1]


def first(**changes: Any) -> Callable[[Row], object]:
    return lambda row: row["good_list"][0].update(changes)


def without(block: str, *names: str) -> Callable[[Row], object]:
    def act(row: Row) -> None:
        for name in names:
            del row[block][name]

    return act


def lines(*changes: Mapping[str, Any]) -> Callable[[Row], object]:
    """Let the row have one line for each of the changes."""

    def act(row: Row) -> None:
        (plain,) = row["good_list"]
        row["good_list"] = [{**plain, **change} for change in changes]

    return act


def block(name: str, value: object) -> Callable[[Row], object]:
    return lambda row: row.update({name: value})


def part(row: Row, **changes: Any) -> Row:
    """Return one more component of the row's bundle."""
    row["good_list"].append({**row["good_list"][1], **changes})
    return row["good_list"][-1]


NO_STATE, A_TIME, A_REFUND = "可识别的支付状态", "但有支付时间", "但有退款"

STATES = [
    *(Case(f"paid as {one!r}", PAID, {"pay_state": one}) for one in ("1", " 1 ", 1.0, "01", "1.0")),
    *(
        Case(f"state {one!r}", PAID, {"pay_state": one}, cells=NOT_PAID, doubt=NO_STATE)
        for one in (
            None,
            "",
            "--",
            "paid",
            "已支付",
            [1],
            {},
            [],
            3,
            -1,
            11,
            "1,0",
            1.5,
            True,
            False,
        )
    ),
    Case(
        "no state at all",
        PAID,
        act=without("order_info", "pay_state"),
        cells=NOT_PAID,
        doubt=NO_STATE,
    ),
    *(
        Case(
            f"not paid ({one}) with a time", PAID, {"pay_state": one}, cells=NOT_PAID, doubt=A_TIME
        )
        for one in (0, 2, "0", "2")
    ),
    Case(
        "not paid, with a time of refund",
        UNPAID,
        {"refund_time": "2025-08-01 10:00:00"},
        cells={"refunded_at": "2025-08-01 10:00:00"},
        doubt=A_REFUND,
    ),
    Case(
        "not paid, with a refund",
        UNPAID,
        {"refund_fee": 1},
        cells={"amount_refunded": "0.01"},
        doubt=A_REFUND,
    ),
    Case(
        "to pay still", UNPAID, {"pay_state": 0, "order_state": 0}, cells={"order_state": "待付款"}
    ),
    Case("closed after payment", PAID, {"order_state": 5}, cells={"order_state": "已关闭"}),
    Case(
        "closed after payment, paid back",
        PAID,
        {
            "order_state": 5,
            "aftersale_show_state": 3,
            "refund_fee": 149925,
            "refund_time": "2025-08-02 00:00:00",
        },
        cells={
            "order_state": "已关闭",
            "refund_state": "全额退款",
            "amount_refunded": "1499.25",
            "refunded_at": "2025-08-02 00:00:00",
        },
    ),
    Case("paid, at no time", PAID, {"pay_state_time": ZERO}, cells={"paid_at": None}),
    Case("paid, at '--'", PAID, {"pay_state_time": "--"}, cells={"paid_at": None}),
    Case(
        "paid, at a unix time",
        PAID,
        {"pay_state_time": 1753755755},
        cells={"paid_at": "2025-07-29 10:22:35"},
    ),
    Case("state of the order in text", PAID, {"order_state": "4"}, cells={"order_state": "已完成"}),
    Case("order state unknown", PAID, {"order_state": 9}, cells={"order_state": "未知(9)"}),
    Case("order state null", PAID, {"order_state": None}, cells={"order_state": None}),
    Case(
        "after-sale unknown", PAID, {"aftersale_show_state": 7}, cells={"refund_state": "未知(7)"}
    ),
    Case("after-sale runs", PAID, {"aftersale_show_state": "1"}, cells={"refund_state": "售后中"}),
    Case("settled, being", REFUNDED, {"settle_state": 1}, cells={"settled_at": None}),
    Case("settled, at no time", REFUNDED, {"settle_state_time": ZERO}, cells={"settled_at": None}),
    Case("method unknown", PAID, {"pay_type": 99}, cells={"pay_method": "未知(99)"}),
    Case("method null", PAID, {"pay_type": None}, cells={"pay_method": None}),
    Case("Huabei", PAID, {"pay_type": "9"}, cells={"pay_method": "花呗"}),
]
SUMS = [
    Case(
        "free",
        PAID,
        {"actual_fee": 0, "pay_type": -1},
        cells={"amount_due": "0.00", "amount_paid": "0.00", "pay_method": "无需支付"},
    ),
    Case(
        "free and not paid",
        UNPAID,
        {"actual_fee": 0, "pay_state": 0, "order_state": 4},
        cells={"amount_due": "0.00", "order_state": "已完成"},
    ),
    *(
        Case(
            f"a sum as {told!r}",
            PAID,
            {"actual_fee": told},
            cells=dict.fromkeys(("amount_due", "amount_paid"), shown),
        )
        for told, shown in (
            ("129900", "1299.00"),
            (129900.0, "1299.00"),
            ("129900.0", "1299.00"),
            (1, "0.01"),
            (-1, "-0.01"),
            (9007199254740993, "90071992547409.93"),
        )
    ),
    *(
        Case(
            f"no sum: {told!r}",
            PAID,
            {"actual_fee": told},
            cells=dict.fromkeys(("amount_due", "amount_paid")),
            doubt="没有给出金额",
        )
        for told in (None, "", "--")
    ),
    Case("no sum, not paid", UNPAID, {"actual_fee": None}, cells={"amount_due": None}),
    Case(
        "more paid back than paid",
        REFUNDED,
        {"refund_fee": 999999, "aftersale_show_state": 3},
        cells={"amount_refunded": "9999.99", "refund_state": "全额退款"},
    ),
    Case("refund below zero", REFUNDED, {"refund_fee": -100}, cells={"amount_refunded": "-1.00"}),
    Case("refund null", PAID, {"refund_fee": None}, cells={"amount_refunded": None}),
    Case("refund in text", REFUNDED, {"refund_fee": "116175"}),
    *(
        Case(f"refunded at {told!r}", REFUNDED, {"refund_time": told}, cells={"refunded_at": None})
        for told in (
            ZERO,
            "0001-01-01 00:00:00",
            "-0001-11-30 00:00:00",
            "1970-01-01 08:00:00",
            "o_xxxx",
        )
    ),
    Case(
        "in detail another price",
        PAID,
        act=lambda row: row["price_info"].update(actual_price=1, total_price=2),
    ),
]
YEAR = {"expire_start": "2025-07-29 10:22:28", "expire_end": "2026-07-29 10:22:28"}
MONTH = {
    "expire_start": "2025-07-30 00:00:00",
    "expire_end": "2025-08-30 00:00:00",
    "resource_id": OTHER,
}
NOWHERE = {"expire_start": "--", "expire_end": "--"}
VALIDITIES = [
    Case("one year", PAID, act=first(**YEAR), cells={"valid_until": YEAR["expire_end"]}),
    Case(
        "a year and a month",
        PAID,
        act=lines(MONTH, YEAR),
        cells={
            "valid_until": YEAR["expire_end"],
            "goods": sorted([OTHER, EXPECTED[PAID]["goods"][0]]),
        },
    ),
    Case(
        "a month and no end",
        PAID,
        act=lines(MONTH, {}),
        cells={"goods": sorted([OTHER, EXPECTED[PAID]["goods"][0]])},
    ),
    Case(
        "an end alone",
        PAID,
        act=first(**YEAR | {"expire_start": "--"}),
        cells={"valid_from": None, "valid_until": YEAR["expire_end"]},
    ),
    Case("nothing told", PAID, act=first(**NOWHERE), cells={"valid_from": None}),
    Case(
        "nothing told by one of two lines",
        PAID,
        act=lines(YEAR, MONTH | NOWHERE),
        cells={
            "valid_until": YEAR["expire_end"],
            "goods": sorted([OTHER, EXPECTED[PAID]["goods"][0]]),
        },
    ),
    Case(
        "from the year 1",
        PAID,
        act=first(expire_start="0001-01-01 00:00:00"),
        cells={"valid_from": None},
    ),
    Case("not paid, one year", UNPAID, act=first(**YEAR)),
    Case(
        "a day alone",
        PAID,
        act=first(expire_end="2026-01-31"),
        cells={"valid_until": "2026-01-31 00:00:00"},
    ),
]
BUNDLES = [
    Case("three of a bundle", BUNDLED, {"goods_buy_num": 6}, first(buy_num=3), {"quantity": "3"}),
    Case("the bundle last", BUNDLED, act=lambda row: row["good_list"].reverse()),
    Case(
        "a bundle of two",
        BUNDLED,
        {"goods_buy_num": 3},
        lambda row: part(row, resource_id=OTHER),
        {"goods": sorted([BUNDLE, COMPONENT, OTHER])},
    ),
    Case(
        "a bundle within a bundle",
        BUNDLED,
        {"goods_buy_num": 3},
        lambda row: part(
            row, resource_type=69, spu_type="COP", resource_id="SPU_COP_2", spu_id="SPU_COP_2"
        ),
        {"goods": sorted([BUNDLE, COMPONENT, "SPU_COP_2"])},
    ),
    Case(
        "two bundles",
        BUNDLED,
        {"goods_buy_num": 3},
        lambda row: line(row, resource_id="SPU_COP_3", spu_id="SPU_COP_3"),
        {"quantity": "2", "goods": sorted([BUNDLE, COMPONENT, "SPU_COP_3"])},
    ),
    Case(
        "a bundle and a good",
        BUNDLED,
        {"goods_buy_num": 4},
        lambda row: part(
            row, relation_goods_type=0, relation_goods_id="", resource_id=OTHER, buy_num=2
        ),
        {"quantity": "3", "goods": sorted([BUNDLE, COMPONENT, OTHER])},
    ),
    Case("a bundle by its combination", BUNDLED, act=first(resource_id="og_1234567890abcdef")),
    Case("a bundle of no type", BUNDLED, act=first(resource_type=None)),
    Case("a bundle typed in text", BUNDLED, act=first(resource_type="69")),
    Case("a bundle without a number", BUNDLED, act=first(buy_num=None)),
    Case(
        "a component alone",
        BUNDLED,
        {"goods_buy_num": 1},
        lambda row: row["good_list"].pop(0),
        {"goods": [COMPONENT]},
    ),
    Case("a bundle not named", BUNDLED, {"goods_name": ""}, cells={"goods_name": "示例商品7"}),
]
OTHERS = [
    Case("three pieces", PAID, {"goods_buy_num": "3"}, first(buy_num=3), {"quantity": "3"}),
    Case("pieces null", PAID, {"goods_buy_num": None}, cells={"quantity": None}),
    Case("not named", PAID, {"goods_name": "--"}),
    Case(
        "promoted",
        PAID,
        act=block("promoter_info", {"nick_name": "推广甲", "user_id": "u_p"}),
        cells={"promoter": "推广甲"},
    ),
    Case(
        "promoted by an id",
        PAID,
        act=block("promoter_info", {"nick_name": "", "user_id": "u_p"}),
        cells={"promoter": "u_p"},
    ),
    Case(
        "promoted by a name",
        PAID,
        act=block("promoter_info", {"nick_name": "推广甲", "user_id": ""}),
        cells={"promoter": "推广甲"},
    ),
    Case("promoted by a share", PAID, {"share_user_id": "u_s"}, cells={"promoter": "u_s"}),
    *(
        Case(f"promoted by {told!r}", PAID, act=block("promoter_info", told))
        for told in ([], None, {}, "", False, {"nick_name": 0, "user_id": "0"}, [[]])
    ),
    Case(
        "lines in goods_info",
        PAID,
        act=lambda row: row.update(goods_info={"goods_list": row.pop("good_list")}),
    ),
    Case("lines by number", PAID, act=lambda row: row.update(good_list={"0": row["good_list"][0]})),
    Case(
        "lines as text",
        PAID,
        act=lambda row: row.update(good_list=json.dumps(row["good_list"])),
    ),
    Case("one line, no list", PAID, act=lambda row: row.update(good_list=row["good_list"][0])),
]
CASES = [*STATES, *SUMS, *VALIDITIES, *BUNDLES, *OTHERS]
UNREADABLE = [
    *({"actual_fee": told} for told in ("1,299.00", "1299.5", 1299.5, "￥12", True, "NaN", {})),
    *({"refund_fee": told} for told in ("1,161.75", 0.1 + 0.2, [1], True)),
    {"goods_original_total_price": "12元"},
    {"discount_amount": "abc"},
]


def row_of(number: int, case: Case) -> Row:
    row = copy.deepcopy(ROWS[case.base])
    row["order_info"] |= {"order_id": f"o_case_{number}", **case.info}
    case.act(row)
    return row
