"""A shop of ten: users, goods, orders, answered forms; the n-th of each belong together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from include.simulators.clock import SHANGHAI, VirtualClock
from include.simulators.xiaoe.shop import Shop

NOW = datetime(2026, 3, 20, 12, tzinfo=SHANGHAI)
DAYS = 12
GOODS = 8  # the other two are columns
QUESTIONS = ("姓名", "公司名称", "职位", "手机号")


@dataclass(frozen=True)
class Ten:
    """The shop, and the ids of its ten users, goods, orders, answers, and two forms."""

    shop: Shop
    users: list[str]
    goods: list[str]
    orders: list[str]
    answers: list[str]
    forms: list[str]


def shop_of_ten() -> Ten:
    """Return the shop; every order is paid, of another user, another good, another day."""
    shop = Shop(clock=VirtualClock(NOW), seed=12)
    first = NOW - timedelta(days=DAYS)
    users = [
        shop.register_user(
            f"用户{n}",
            at=first - timedelta(days=n),
            bind_phone=f"1380013800{n}",
            name=f"张{n}",
            company=f"公司{n}",
            job="经理",
            wx_union_id=f"oUnion{n}",
        )
        for n in range(10)
    ]
    plain = [
        shop.add_goods(f"课程{n}", 1 + n % 4, 9900 + n, at=first - timedelta(days=9), summary="好")
        for n in range(GOODS)
    ]
    columns = [
        shop.add_goods(f"专栏{n}", 6, 19900 + n, at=first - timedelta(days=8), contents=contents)
        for n, contents in enumerate(([plain[6], plain[0]], [plain[1], plain[2]]))
    ]
    forms = [shop.add_form(f"报名表{n}", QUESTIONS, at=first) for n in range(2)]
    goods = [*plain, *columns]
    orders, answers = [], []
    for n, (user, good) in enumerate(zip(users, goods, strict=True)):
        at = first + timedelta(days=n, minutes=n)
        # promoted, so that a batch asks for its detail
        promoter = users[n - 1]
        order = shop.place_order(
            user.user_id,
            good.goods_id,
            at=at,
            share_user_id=promoter.user_id,
            share_nickname=promoter.nickname,
        )
        shop.pay(order.order_id, at=at + timedelta(seconds=20))
        typed = dict(zip(QUESTIONS, (f"李{n}", f"企业{n}", "总监", f"1390013900{n}"), strict=True))
        form = forms[1 if n == 9 else 0]
        answer = shop.answer_form(form.form_id, user.user_id, typed, at=at + timedelta(minutes=5))
        orders.append(order.order_id)
        answers.append(str(answer.number))
    return Ten(
        shop,
        [one.user_id for one in users],
        [one.goods_id for one in goods],
        orders,
        answers,
        [one.form_id for one in forms],
    )
