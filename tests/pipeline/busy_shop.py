"""A shop in which everybody bought and filled in forms, and its orders as the flow lists them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from include.flows.orders.list import list_orders
from include.flows.run.batches import Batch
from include.flows.run.window import RunWindow
from include.simulators.clock import VirtualClock
from include.simulators.xiaoe.settings import XiaoeSettings
from include.simulators.xiaoe.shop import Shop as SimulatedShop
from include.source.orders import OrderRef
from tests.moment import MOMENT
from tests.pipeline.world import World

QUESTIONS = ("姓名", "手机号", "公司名称", "职位", "邮箱")


def busy_shop(
    customers: int, *, forms: int = 1, orders: int = 2, questions: Sequence[str] = QUESTIONS
) -> SimulatedShop:
    """Return a shop in which everybody bought something and filled in every form."""
    shop = SimulatedShop(clock=VirtualClock(MOMENT, frozen=True), seed=1)
    opened = MOMENT - timedelta(days=50)
    course = shop.add_goods("高效沟通", 3, 9900, line_price=0, at=opened, valid_days=30)
    asked = [shop.add_form(f"登记表{n}", questions, at=opened) for n in range(forms)]
    for number in range(customers):
        user = shop.register_user(f"客户{number}", at=opened, bind_phone=f"138{number:08d}")
        for form in asked:
            typed = (f"姓名{number}", f"139{number:08d}", "公司", "总监", f"n{number}@example.com")
            answers = dict(zip(questions, typed, strict=False))
            shop.answer_form(form.form_id, user.user_id, answers, at=MOMENT - timedelta(days=9))
        for again in range(orders):
            at = MOMENT - timedelta(days=8 - again, minutes=number)
            order = shop.place_order(user.user_id, course.goods_id, at=at)
            shop.pay(order.order_id, at=at + timedelta(seconds=20))
    return shop


def batches_of(world: World, days: int = 61) -> list[Batch]:
    now = world.source.clock.now()
    window = RunWindow(now - timedelta(days=days), now + timedelta(seconds=1), False)
    return list_orders(world.context(), window)


def refs_of(world: World) -> list[OrderRef]:
    return [
        OrderRef(order.order_id, order.user_id, order.created_at, order.updated_at)
        for order in world.source.orders.current.values()
    ]


def unpaced(**switches) -> XiaoeSettings:
    """Return the settings of a shop that refuses nobody for being fast."""
    return XiaoeSettings(rate_limits=False, **switches)
