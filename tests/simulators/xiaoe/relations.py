"""What the captured rows have in common: sums, times and codes that belong together.

Each is stated of reality first (xiaoe §6.4.1, F1-F11) and then demanded of the simulator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from include.simulators.clock import parse_time
from tests.captured.rows import Row

ZERO, NEVER_SHIPPED, DASHES = "0000-00-00 00:00:00", "0001-01-01 00:00:00", "--"
BUNDLE, PHYSICAL = 69, 21
SECOND = timedelta(seconds=1)
_MOMENT = re.compile(r"[12]\d{3}-\d\d-\d\d \d\d:\d\d:\d\d")


def is_moment(value: object) -> bool:
    """Tell whether a value is a real time, no sentinel."""
    return isinstance(value, str) and _MOMENT.fullmatch(value) is not None


def broken_relations(row: Row) -> list[str]:
    """Return the names of the relations that do not hold in a row of order list 2.0."""
    found = [_sums, _payment, _times, _refund, _delivery, _lines, _words]
    return [name for relation in found for name, holds in relation(row) if not holds]


def _sums(row: Row) -> Iterator[tuple[str, bool]]:
    info, price, lines = row["order_info"], row["price_info"], row["good_list"]
    original = info["goods_original_total_price"]
    yield "F6 lines sum up to the original price", original == _total(lines, "total_price")
    yield "F6 pieces of all lines", info["goods_buy_num"] == _total(lines, "buy_num")
    yield "fee = original - discount", info["actual_fee"] == original - info["discount_amount"]
    components = [line for line in lines if line["relation_goods_id"]]
    coupons = sum(line["discounts_info"]["discount_amount_total"] for line in lines)
    discount = coupons + _total(components, "total_price")
    yield "F6 components are taken off again", info["discount_amount"] == discount
    yield "price_info agrees", price["actual_price"] == info["actual_fee"]
    yield "price_info's originals", price["origin_price"] == price["total_price"] == original
    for line in lines:
        yield "line total", line["total_price"] == line["unit_price"] * line["buy_num"]
        coupon = line["discounts_info"]
        yield (
            "F8 discounts add up",
            coupon["discount_amount_total"]
            == sum(one["discount_price"] for one in coupon["discount_detail"]),
        )
        yield "F8 count", coupon["discount_count"] == len(coupon["discount_detail"])


def _total(lines: list[Row], name: str) -> int:
    return sum(line[name] for line in lines)


def _payment(row: Row) -> Iterator[tuple[str, bool]]:
    info, payment = row["order_info"], row["payment_info"]
    paid, free = info["pay_state"] == 1, info["actual_fee"] == 0
    yield "F1 a time of payment where paid alone", is_moment(info["pay_state_time"]) is paid
    yield "F1 else the zero date", paid or info["pay_state_time"] == ZERO
    yield "F2 unpaid rows carry pay_type 1", paid or info["pay_type"] == 1
    yield "a free order has no payment type", not (paid and free) or info["pay_type"] == -1
    told = {name for name, value in payment.items() if value}
    yield "F11 payment numbers where paid alone", not told or (paid and not free)
    yield (
        "closed is state 5 and pay_state 2",
        (info["order_state"] == 5) is (info["pay_state"] == 2),
    )
    yield "an unpaid order is not settled", paid or info["settle_state"] == 0


def _times(row: Row) -> Iterator[tuple[str, bool]]:
    info = row["order_info"]
    created, updated = parse_time(info["created_time"]), parse_time(info["update_time"])
    state = parse_time(info["order_state_time"])
    yield "created <= state <= update", created <= state <= updated
    yield "F3 closing leaves the state's time alone", info["order_state"] != 5 or state == created
    yield (
        "settled with a time alone",
        is_moment(info["settle_state_time"]) is (info["settle_state"] == 2),
    )
    for name in ("pay_state_time", "settle_state_time", "refund_time", "aftersale_show_state_time"):
        real = is_moment(info[name])
        yield f"{name} is a time or the zero date", real or info[name] == ZERO
        yield f"F3 {name} moved update_time", not real or _moment(info, name) <= updated
    for line in row["good_list"]:
        start = created - parse_time(line["expire_start"])
        yield "F2 validity starts at creation", timedelta(0) <= start <= SECOND


def _moment(block: Row, name: str) -> datetime:
    return parse_time(block[name])


def _refund(row: Row) -> Iterator[tuple[str, bool]]:
    info = row["order_info"]
    refunded = info["refund_fee"] > 0
    yield "a refund has a time", is_moment(info["refund_time"]) is refunded
    yield "never more back than paid", info["refund_fee"] <= info["actual_fee"]
    yield "only what was paid is paid back", not refunded or info["pay_state"] == 1
    states = {line["refund_state"] for line in row["good_list"]}
    yield "F9 the lines tell the state", states == {info["aftersale_show_state"]}


def _delivery(row: Row) -> Iterator[tuple[str, bool]]:
    ship = row["ship_info"]
    times = [ship[name] for name in ("ship_time", "invalid_time", "confirm_time")]
    for value in times:
        yield "F4 a time or its own zero date", is_moment(value) or value == NEVER_SHIPPED
    yield "a parcel's number where shipped alone", bool(ship["express_id"]) is is_moment(times[0])
    real = [parse_time(value) for value in times if is_moment(value)]
    yield "shipped before confirmed", not real or min(real) == real[0]


def _lines(row: Row) -> Iterator[tuple[str, bool]]:
    info, lines = row["order_info"], row["good_list"]
    bundles = [line for line in lines if line["resource_type"] == BUNDLE]
    types = "|".join(dict.fromkeys(line["spu_type"] for line in lines))
    yield "F7 the sub type joins the lines'", info["goods_spu_sub_type"] == types
    yield "F7 6 for a bundle", info["goods_spu_type"] == (6 if bundles else 1)
    yield (
        "F6 another name than the lines'",
        not bundles or info["goods_name"] not in {line["goods_name"] for line in lines},
    )
    for line in bundles:
        yield "F6 id of a bundle", line["resource_id"] == line["spu_id"]
        yield "F6 its own kind", line["spu_type"] == "COP" and line["ship_state"] == -1
        yield "F6 it hangs below nothing", not line["relation_goods_id"]
    for line in lines:
        inside = bool(line["relation_goods_id"])
        yield "F6 components", (line["relation_goods_type"] == 5) is inside
        yield "F6 only beside their bundle", not inside or bool(bundles)


def _words(row: Row) -> Iterator[tuple[str, bool]]:
    for line in row["good_list"]:
        yield (
            "F2 words of validity",
            (line["expire_desc"] == "长期有效") is (line["expire_end"] == DASHES),
        )
        yield (
            "F9 words of a refund",
            (line["refund_state_desc"] == DASHES) is (line["refund_state"] == 0),
        )
