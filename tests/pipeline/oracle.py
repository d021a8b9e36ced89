"""What HAP must hold, worked out from the simulated shop's truth.

Shares no code with the pipeline: the words, units and rules below are written a second time, from
the contract with the people who use the app.
"""

from __future__ import annotations

from decimal import Decimal

from include.simulators.clock import format_time
from include.simulators.hap.plain import plain_rows
from include.simulators.xiaoe.shop.records import COLUMN_TYPES, Order

STATES = ("待付款", "待成交", "待发货", "已发货", "已完成", "已关闭")
REFUNDS = ("无售后", "售后中", "部分退款", "全额退款")
PAYMENTS = {
    -1: "无需支付",
    1: "微信",
    2: "支付宝",
    3: "线下支付",
    4: "百度支付",
    8: "虚拟币",
    9: "花呗",
}

Rows = dict[str, dict[str, object]]


def yuan(fen: int) -> Decimal:
    return Decimal(fen) / Decimal(100)


def at(moment) -> str | None:
    return format_time(moment) if moment else None


def expected_order(order: Order) -> dict[str, object]:
    goods = sorted(line.goods_id for line in order.lines if line.goods_type not in COLUMN_TYPES)
    columns = sorted(line.goods_id for line in order.lines if line.goods_type in COLUMN_TYPES)
    return {
        "order_state": STATES[order.state],
        "refund_state": REFUNDS[order.aftersale_state],
        "amount_paid": yuan(order.actual_fee),
        "amount_goods": yuan(order.original_price),
        "amount_discount": yuan(order.discount),
        "amount_refunded": yuan(order.refund_fee),
        "pay_method": PAYMENTS[order.pay_type],
        "created_at": at(order.created_at),
        "paid_at": at(order.paid_at) if order.pay_state == 1 else None,
        "refunded_at": at(order.refunded_at),
        "settled_at": at(order.settled_at) if order.settle_state == 2 else None,
        "promoter": order.share_nickname or order.share_user_id or None,
        "customer": order.user_id,
        "goods": goods,
        "columns": columns,
        "source_updated_at": at(order.updated_at),
    }


def stored_orders(store) -> Rows:
    """Return HAP's order rows by order id, with relations as the keys that they point at."""
    keys = {
        alias: {row["rowid"]: row[key] for row in plain_rows(store, alias)}
        for alias, key in (
            ("customers", "user_id"),
            ("goods", "goods_id"),
            ("columns", "column_id"),
        )
    }
    stored: Rows = {}
    for row in plain_rows(store, "orders"):
        order_id = row["order_id"]
        assert order_id not in stored, f"order {order_id} has two rows"
        wanted = {name: row.get(name) for name in expected_names()}
        customer = [keys["customers"].get(one) for one in row.get("customer") or []]
        wanted["customer"] = customer[0] if customer else None
        for side in ("goods", "columns"):
            wanted[side] = sorted(str(keys[side].get(one)) for one in row.get(side) or [])
        stored[order_id] = wanted
    return stored


def expected_names() -> list[str]:
    return [
        *("order_state", "refund_state", "amount_paid", "amount_goods", "amount_discount"),
        *("amount_refunded", "pay_method", "created_at", "paid_at", "refunded_at", "settled_at"),
        *("promoter", "source_updated_at"),
    ]


def order_differences(source, store, *, since=None) -> list[str]:
    """Return in words where HAP's orders differ from the shop's; empty when they agree."""
    stored = stored_orders(store)
    told = []
    for order_id, order in source.orders.current.items():
        if since is not None and order.updated_at < since:
            continue
        if order_id not in stored:
            told.append(f"{order_id} is lost")
            continue
        for name, value in expected_order(order).items():
            held = stored[order_id][name]
            same = (
                Decimal(str(held)) == value
                if isinstance(value, Decimal) and held
                else held == value
            )
            if not same:
                told.append(f"{order_id}.{name}: {held!r} instead of {value!r}")
    told += [
        f"{order_id} is in HAP alone" for order_id in stored.keys() - source.orders.current.keys()
    ]
    return told


def duplicates(store) -> list[str]:
    """Return the keys that have more than one row, in any worksheet with a key."""
    keyed = {
        "customers": "user_id",
        "goods": "goods_id",
        "columns": "column_id",
        "orders": "order_id",
        "collected_info": "record_id",
        "sync_config": "api",
        "sync_errors": "error_id",
    }
    found = []
    for alias, key in keyed.items():
        keys = [row[key] for row in plain_rows(store, alias)]
        found += [f"{alias}:{name}" for name in set(keys) if keys.count(name) > 1]
    return found
