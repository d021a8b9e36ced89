"""What HAP must hold, worked out from the simulated shop's truth.

Shares no code with the pipeline: the words, units and rules below are written a second time, from
the contract with the people who use the app.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from include.simulators.clock import format_time
from include.simulators.hap.plain import PlainRow, plain_rows
from include.simulators.hap.store import HapStore
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

Rows = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class OfShop:
    """An app's rows, without those of other shops; stands wherever a store does."""

    store: HapStore
    app_id: str


def rows_in(store: HapStore | OfShop, sheet: str) -> list[PlainRow]:
    if not isinstance(store, OfShop):
        return plain_rows(store, sheet)
    rows = plain_rows(store.store, sheet)
    return [row for row in rows if row.get("shop", store.app_id) == store.app_id]


def yuan(fen: int) -> Decimal:
    return Decimal(fen) / Decimal(100)


def at(moment) -> str | None:
    return format_time(moment) if moment else None


def expected_order(source, order: Order) -> dict[str, object]:
    paid = order.pay_state == 1
    valid_from, valid_until = expected_validity(source, order) if paid else (None, None)
    goods = sorted(line.goods_id for line in order.lines if line.goods_type not in COLUMN_TYPES)
    columns = sorted(line.goods_id for line in order.lines if line.goods_type in COLUMN_TYPES)
    return {
        "order_state": STATES[order.state],
        "refund_state": REFUNDS[order.aftersale_state],
        "amount_due": yuan(order.actual_fee),
        "amount_paid": yuan(order.actual_fee) if paid else Decimal(0),
        "amount_goods": yuan(order.original_price),
        "amount_discount": yuan(order.discount),
        "amount_refunded": yuan(order.refund_fee),
        "pay_method": PAYMENTS[order.pay_type] if paid else None,
        "goods_name": order.goods_name,
        # of a bundle, the bundles: its components are no further purchase
        "quantity": Decimal(sum(line.count for line in order.lines if not line.bundle_id)),
        "created_at": at(order.created_at),
        "paid_at": at(order.paid_at) if paid else None,
        "refunded_at": at(order.refunded_at),
        "settled_at": at(order.settled_at) if order.settle_state == 2 else None,
        "valid_from": at(valid_from),
        "valid_until": at(valid_until),
        "promoter": order.share_nickname or order.share_user_id or None,
        "customer": order.user_id,
        "goods": goods,
        "columns": columns,
        "source_updated_at": at(order.updated_at),
    }


def expected_validity(source, order: Order):
    """Return the earliest start and the latest end of an order's lines; no end outlasts any.

    Where the lines tell nothing, the purchase records of this very order count.
    """
    spans = [(line.valid_from, line.valid_until) for line in order.lines]
    if getattr(source.rules, "list_expiry", "shown") == "dashes":
        rights = [right for right in source.purchases.values() if right.order_id == order.order_id]
        if getattr(source.rules, "purchase_deleted", "flagged") == "hidden":
            rights = [right for right in rights if not right.deleted]
        spans = [(right.created_at, right.valid_until) for right in rights]
    starts, ends = [start for start, _ in spans], [end for _, end in spans]
    return min(starts, default=None), None if None in ends else max(ends, default=None)


def stored_orders(store) -> Rows:
    """Return HAP's order rows by order id, with relations as the keys that they point at."""
    keys = {
        alias: {row["rowid"]: row[key] for row in rows_in(store, alias)}
        for alias, key in (
            ("customers", "user_id"),
            ("goods", "goods_id"),
            ("columns", "column_id"),
        )
    }
    stored: Rows = {}
    for row in rows_in(store, "orders"):
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
        *("order_state", "refund_state", "amount_due", "amount_paid", "amount_goods"),
        *("amount_discount", "amount_refunded", "pay_method", "goods_name", "quantity"),
        *("created_at", "paid_at", "refunded_at", "settled_at", "valid_from", "valid_until"),
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
        for name, value in expected_order(source, order).items():
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
        keys = [row[key] for row in rows_in(store, alias)]
        found += [f"{alias}:{name}" for name in set(keys) if keys.count(name) > 1]
    return found


# -- everything else that HAP holds ---------------------------------------------------------------

TYPES = {
    1: "图文",
    2: "音频",
    3: "视频",
    4: "直播",
    5: "会员",
    6: "专栏",
    8: "大专栏",
    21: "实物商品",
}
TYPES |= {20: "电子书", 22: "未知(22)", 25: "训练营", 29: "线下课", 50: "课程", 69: "组合商品"}
SALE = {0: "下架", 1: "在售", 2: "待上架"}
ASKED = {
    **dict.fromkeys(("姓名", "您的称呼"), "name"),
    **dict.fromkeys(("公司名称", "单位", "公司/单位名称"), "company"),
    **dict.fromkeys(("职位", "职务", "岗位"), "job_title"),
    **dict.fromkeys(("手机号", "手机", "联系电话"), "phone"),
}


def expected_goods(goods) -> dict[str, object]:
    kind = goods.goods_type
    column = kind in COLUMN_TYPES
    return {
        "name": goods.name,
        "column_type" if column else "goods_type": TYPES.get(kind, f"未知({kind})"),
        "price": yuan(goods.price),
        "list_price": yuan(goods.line_price),
        "sale_status": SALE[goods.sale_status],
        "created_at": at(goods.created_at),
    }


def expected_customer(source, user, *, bought: bool) -> dict[str, object]:
    """Return what a customer's row must hold; what people typed into forms goes first.

    The bulk endpoints do not tell name, company and job: they are known of buyers alone.
    """
    wanted: dict[str, object] = {
        "nickname": user.nickname,
        "name": user.name or None if bought else None,
        "company": user.company or None if bought else None,
        "job_title": user.job or None if bought else None,
        "phone": user.bind_phone or user.collect_phone or None,
    }
    answers = [source.answers[number] for number in source.answers_of_user.get(user.user_id, ())]
    for answer in sorted(answers, key=lambda one: (one.collected_at, one.number)):
        for question, typed in answer.answers:
            if question in ASKED and typed.strip():
                wanted[ASKED[question]] = typed.strip()
    if wanted["phone"]:
        digits = "".join(sign for sign in str(wanted["phone"]) if sign.isdigit())
        wanted["phone"] = digits[-11:]
    if user.listed:
        wanted |= {
            "wx_union_id": user.wx_union_id,
            "registered_at": at(user.registered_at),
            "total_paid": yuan(user.pay_sum),
            "purchase_count": Decimal(user.punch_count),
        }
    return wanted


def expected_answer(answer) -> dict[str, object]:
    return {
        "form_name": answer.form_name,
        "form_id": answer.form_id,
        "collected_at": at(answer.collected_at),
        "goods_name": answer.goods_name or None,
        "answers": "\n".join(f"{question}：{typed}" for question, typed in answer.answers),
    }


def differences(
    source, store, *, without_orders=frozenset(), person_owned=frozenset()
) -> list[str]:
    """Return in words where any worksheet differs from the shop's truth.

    `without_orders` are those that HAP refuses, `person_owned` the (user id, field) pairs that a
    person has corrected.
    """
    told = [one for one in order_differences(source, store) if one.split()[0] not in without_orders]
    told += _sheet_differences(store, "goods", "goods_id", _goods(source, columns=False))
    told += _sheet_differences(store, "columns", "column_id", _goods(source, columns=True))
    buyers = {order.user_id for order in source.orders.current.values()}
    customers = {
        user.user_id: expected_customer(source, user, bought=user.user_id in buyers)
        for user in source.users.values()
        if user.listed or user.user_id in buyers or source.answers_of_user.get(user.user_id)
    }
    for user_id, name in person_owned:
        del customers[user_id][name]
    told += _sheet_differences(store, "customers", "user_id", customers)
    told += _sheet_differences(store, "collected_info", "record_id", _answers(source))
    return told + link_differences(source, store)


def plain_differences(source, store) -> list[str]:
    """Return where HAP differs in what the shop tells itself: all but what people typed."""
    typed = {"name", "company", "job_title", "phone", "answers"}
    told = order_differences(source, store)
    told += _sheet_differences(store, "goods", "goods_id", _goods(source, columns=False))
    told += _sheet_differences(store, "columns", "column_id", _goods(source, columns=True))
    for sheet, key, rows in (
        ("customers", "user_id", _listed_customers(source)),
        ("collected_info", "record_id", _answers(source)),
    ):
        plain = {
            name: {field: value for field, value in row.items() if field not in typed}
            for name, row in rows.items()
        }
        told += _sheet_differences(store, sheet, key, plain)
    return told


def _listed_customers(source) -> Rows:
    return {
        user.user_id: expected_customer(source, user, bought=False)
        for user in source.users.values()
        if user.listed
    }


def _answers(source) -> Rows:
    return {str(one.number): expected_answer(one) for one in source.answers.values()}


def _goods(source, *, columns: bool) -> Rows:
    return {
        one.goods_id: expected_goods(one)
        for one in source.goods.values()
        if (one.goods_type in COLUMN_TYPES) is columns and not one.deleted
    }


def _sheet_differences(store, sheet: str, key: str, expected: Rows) -> list[str]:
    stored = {row[key]: row for row in rows_in(store, sheet)}
    told = [f"{sheet}:{name} is lost" for name in expected.keys() - stored.keys()]
    for name, values in expected.items():
        for field, value in values.items() if name in stored else ():
            held = stored[name].get(field)
            if held != value:
                told.append(f"{sheet}:{name}.{field}: {held!r} instead of {value!r}")
    return told


def link_differences(source, store) -> list[str]:
    """Return where columns do not point at their goods, or answers at their customers."""
    goods = {row["rowid"]: row["goods_id"] for row in rows_in(store, "goods")}
    people = {row["rowid"]: row["user_id"] for row in rows_in(store, "customers")}
    answers = {str(one.number): one for one in source.answers.values()}
    told = []
    for row in rows_in(store, "columns"):
        column = source.goods.get(row["column_id"])
        if column is None:
            told.append(f"columns:{row['column_id']} is in HAP alone")
            continue
        inside = sorted(one for one, kind in column.contents if kind not in COLUMN_TYPES)
        if sorted(goods.get(one, "?") for one in row["goods"] or ()) != inside:
            told.append(f"columns:{row['column_id']}.goods are others")
    for row in rows_in(store, "collected_info"):
        answer = answers.get(row["record_id"])
        if answer is None:
            told.append(f"collected_info:{row['record_id']} is in HAP alone")
        elif [people.get(one) for one in row["customer"] or ()] != [answer.user_id]:
            told.append(f"collected_info:{row['record_id']}.customer is another")
    return told
