from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest

from include.simulators.xiaoe.live import Ticker
from include.simulators.xiaoe.seed import demo_shop, plain_shop
from include.simulators.xiaoe.shop import Shop
from include.simulators.xiaoe.shop.records import BUNDLE
from tests.simulators.xiaoe.shop_client import NOON


def contents(shop: Shop) -> tuple[object, ...]:
    return (
        shop.orders.current,
        shop.users,
        shop.goods,
        shop.answers,
        shop.purchases,
        shop.after_sales,
    )


@pytest.fixture(scope="module")
def shop() -> Shop:
    return demo_shop(7, NOON)


def test_the_same_seed_and_day_give_the_same_shop(shop: Shop) -> None:
    assert contents(demo_shop(7, NOON)) == contents(shop)
    assert contents(demo_shop(8, NOON)) != contents(shop)


def test_a_later_hour_only_adds_to_the_day(shop: Shop) -> None:
    later = demo_shop(7, NOON + timedelta(hours=6))
    assert set(shop.orders.current) <= set(later.orders.current)
    assert list(later.users)[: len(shop.users)] == list(shop.users)


def test_sixty_days_of_orders_lead_up_to_now(shop: Shop) -> None:
    days = Counter(order.created_at.date() for order in shop.orders.current.values())
    made_here = [d for d in days if d > (NOON - timedelta(days=60)).date()]
    assert len(made_here) == 60
    assert 400 < len(shop.orders.current) < 560
    assert all(order.updated_at <= NOON for order in shop.orders.current.values())


def test_the_volume_is_a_parameter() -> None:
    assert 200 < len(demo_shop(1, NOON, days=10, orders_per_day=25).orders.current) < 320


def test_every_kind_of_order_occurs(shop: Shop) -> None:
    orders = shop.orders.current.values()
    assert {order.aftersale_state for order in orders} >= {0, 2, 3}
    assert {order.state for order in orders} >= {4, 5}
    assert any(order.pay_type == -1 and order.pay_state == 1 for order in orders)
    assert any(order.share_user_id for order in orders)
    assert any(order.receiver and order.shipped_at for order in orders)
    assert any(len(order.lines) > 1 for order in orders)
    assert any(order.remark for order in orders)
    closed = [order for order in orders if order.pay_state == 2]
    assert any(order.actual_fee > 0 for order in closed)
    bundles = [order for order in orders if order.lines[0].goods_type == BUNDLE]
    assert len({order.user_id for order in bundles if order.pay_state == 1}) > 1
    imported = [order for order in orders if order.order_type == 2]
    assert len(imported) == 3
    assert all(o.updated_at - o.created_at > timedelta(days=100) for o in imported)


def test_renewals_have_a_right_of_their_own(shop: Shop) -> None:
    rights = Counter(
        (right.user_id, right.goods_id) for right in shop.purchases.values() if right.valid_until
    )
    [(renewed, times)] = rights.most_common(1)
    assert times > 1
    orders = {p.order_id for p in shop.purchases.values() if (p.user_id, p.goods_id) == renewed}
    assert len(orders) == times


def test_refunds_come_in_full_and_in_steps(shop: Shop) -> None:
    steps = Counter(sale.order_id for sale in shop.after_sales.values() if sale.refunded_at)
    assert 1 in steps.values()
    assert 2 in steps.values()
    for order in shop.orders.current.values():
        ids = shop.after_sales_of_order[order.order_id]
        paid_back = sum(shop.after_sales[i].amount for i in ids if shop.after_sales[i].refunded_at)
        assert paid_back == order.refund_fee <= order.actual_fee


def test_people_are_as_people_are(shop: Shop) -> None:
    buyers = Counter(order.user_id for order in shop.orders.current.values())
    assert buyers.most_common(1)[0][1] >= 3
    assert any(not user.listed for user in shop.users.values())
    assert len(shop.aliases) == 2
    assert any(ord(letter) > 0x1F000 for user in shop.users.values() for letter in user.nickname)
    answers = [dict(answer.answers) for answer in shop.answers.values()]
    phones = {text for a in answers for q, text in a.items() if q.startswith(("手机", "联系"))}
    assert any(text.startswith("+86") for text in phones)
    assert any(" " in text for text in phones)
    assert any("-" in text for text in phones)
    jobs = {a[q] for a in answers for q in ("职位", "职务", "岗位") if q in a}
    assert len(jobs) > 25


def test_every_phone_number_is_one_that_nobody_has(shop: Shop) -> None:
    for user in shop.users.values():
        assert user.bind_phone[3:7] in {"", "0000"}


def test_a_plain_shop_has_exactly_so_many_paid_orders() -> None:
    since = NOON - timedelta(days=3)
    shop = plain_shop(500, since=since, until=NOON)
    assert len(shop.orders.current) == 500
    assert {order.pay_state for order in shop.orders.current.values()} == {1}
    assert min(order.created_at for order in shop.orders.current.values()) == since


def test_a_ticker_makes_one_thing_happen_at_a_time() -> None:
    shop = demo_shop(3, datetime.now(NOON.tzinfo), days=2)
    ticker = Ticker(shop, seed=1)
    kinds = Counter(ticker.tick()["event"] for _ in range(60))
    assert set(kinds) == {"order", "refund", "remark", "settle"}


def test_a_ticker_starts_a_shop_without_orders() -> None:
    shop = demo_shop(3, NOON, days=0)
    assert Ticker(shop).tick()["event"] == "order"
