"""A shop small enough to be interrupted at every request, in which every kind of write occurs.

First day: goods, a column, members, forms, orders, of which HAP refuses two by a business rule.
Second day: prices, names, orders and answers have changed, people have worked in HAP, and the rule
is gone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from include.simulators.clock import VirtualClock
from include.simulators.hap.human import Person
from include.simulators.hap.plain import plain_rows
from include.simulators.hap.store import HapStore
from include.simulators.xiaoe.shop import Shop
from tests.moment import MOMENT

NOON = MOMENT  # noon, unless the tests run at another moment
SINCE, UNTIL = NOON - timedelta(days=1), NOON + timedelta(days=1)
HOUR = timedelta(hours=1)
QUESTIONS = ("姓名", "手机号", "公司名称", "职位")
BANNED = "禁售样品"
CORRECTED = "张三丰科技（更正）"
HAND_MADE = "hand-made"
REFUSES_BANNED = {
    "type": "group",
    "logic": "AND",
    "children": [
        {"type": "condition", "field": "goods_name", "operator": "contains", "value": [BANNED]}
    ],
}


@dataclass
class Scene:
    """The shop, and the ids that its second day needs."""

    shop: Shop
    goods: list[str]
    column: str
    users: list[str]
    form: str
    orders: list[str]


def first_day(seconds: Callable[[], float] = lambda: 0.0) -> Scene:
    """Return the shop at noon; the seconds of rate windows stand still unless others are given."""
    shop = Shop(clock=VirtualClock(NOON, frozen=True, seconds=seconds), seed=1)
    opened = NOON - timedelta(days=100)
    goods = [
        shop.add_goods("10堂课学会高效沟通", 3, 9900, line_price=19900, at=opened),
        shop.add_goods("=SUM(1) 时间管理", 1, 1990, line_price=1990, at=opened, valid_days=30),
        shop.add_goods(BANNED, 21, 500, line_price=0, at=opened),
    ]
    column = shop.add_goods("沟通专栏", 6, 29900, line_price=0, at=opened, contents=goods[:1])
    for one in (goods[0], column):
        shop.change_goods(one.goods_id, at=opened + HOUR, visits=1)  # a version to compare with
    users = [
        shop.register_user("老王🎉", at=opened + HOUR, bind_phone="13800000001", name="王伟"),
        shop.register_user("小李", at=opened + 2 * HOUR, wx_union_id="oDEMO0002"),
        shop.register_user("不在列表", at=opened + 3 * HOUR, listed=False),
        shop.register_user("没买过", at=opened + 4 * HOUR, bind_phone="13800000001"),
    ]
    form = shop.add_form("学员登记表", QUESTIONS, at=opened, repeatable=True)
    scene = Scene(
        shop,
        [one.goods_id for one in goods],
        column.goods_id,
        [user.user_id for user in users],
        form.form_id,
        [],
    )
    _answer(scene, 1, "李娜", "+86 138-0000-0002", "甲公司", "总经理", hours=-5)
    _answer(scene, 1, "李娜", "13800000002", "乙公司", "总监", hours=-4)
    _answer(scene, 2, "赵六", "13800000003", "丙公司", "工程师", hours=-3)
    bought = [(0, 0), (1, 0), (1, 3), (2, 1), (0, 2), (1, 2)]
    for number, (user, item) in enumerate(bought):
        goods_id = (*scene.goods, scene.column)[item]
        at = NOON - 3 * HOUR + timedelta(minutes=number)
        order = shop.place_order(scene.users[user], goods_id, at=at)
        scene.orders.append(order.order_id)
        if number != 1:
            shop.pay(order.order_id, at=at + timedelta(seconds=20))
    return scene


def second_day(scene: Scene) -> None:
    shop, later = scene.shop, NOON + 2 * HOUR
    shop.clock.set(later + HOUR)
    shop.change_goods(scene.goods[0], at=later, price=8900)
    new = shop.add_goods("新课", 3, 100, line_price=0, at=later)
    contents = tuple((goods_id, 3) for goods_id in (scene.goods[0], new.goods_id))
    shop.change_goods(scene.column, at=later, contents=contents)
    shop.change_user(scene.users[0], nickname="王总")
    _answer(scene, 3, "陈默", "13800000004", "丁公司", "会计", hours=2)
    _answer(scene, 1, "李娜", "13900000002", "戊公司", "董事长", hours=2)
    shop.refund(scene.orders[0], 4000, at=later)
    shop.pay(scene.orders[1], at=later)
    shop.settle(scene.orders[3], at=later)
    order = shop.place_order(scene.users[3], new.goods_id, at=later)
    shop.pay(order.order_id, at=later + timedelta(seconds=5))


def refuse_banned(store: HapStore) -> None:
    """Let a business rule refuse the orders of one good."""
    store.sheet("orders").rules.append(REFUSES_BANNED)


def people_at_work(scene: Scene, store: HapStore) -> None:
    """Correct a company, blank a phone, add rows by hand, and lift the rule."""
    store.sheet("orders").rules.clear()
    person = Person(store)
    rows = {row["user_id"]: str(row["rowid"]) for row in plain_rows(store, "customers")}
    person.edit("customers", rows[scene.users[1]], {"company": CORRECTED, "phone": ""})
    person.add("customers", {"user_id": HAND_MADE, "nickname": "手工录入", "phone": "10086"})
    person.add("customers", {"nickname": "没有用户ID"})


def human_traces(scene: Scene, store: HapStore) -> list[str]:
    """Return in words what is missing of what people did on the second day."""
    rows = {row["user_id"]: row for row in plain_rows(store, "customers")}
    told = []
    if rows[scene.users[1]]["company"] != CORRECTED:
        told.append("a person's correction is lost")
    if rows[scene.users[1]]["phone"] != "13900000002":
        told.append("a blank that a person left is not filled")
    for key, nickname in ((HAND_MADE, "手工录入"), (None, "没有用户ID")):
        if rows.get(key, {}).get("nickname") != nickname:
            told.append(f"the row made by hand ({key}) is changed or gone")
    return told


def _answer(
    scene: Scene, user: int, name: str, phone: str, company: str, job: str, *, hours: int
) -> None:
    typed = dict(zip(QUESTIONS, (name, phone, company, job), strict=True))
    at = NOON + hours * HOUR
    scene.shop.answer_form(scene.form, scene.users[user], typed, goods_id=scene.goods[0], at=at)
