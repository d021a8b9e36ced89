"""Building whole shops: the demo's, full of life, and plain ones of any size for measurements."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from include.simulators.clock import SHANGHAI, VirtualClock
from include.simulators.xiaoe.seed import vocabulary as words
from include.simulators.xiaoe.seed.people import register
from include.simulators.xiaoe.seed.timeline import Timeline
from include.simulators.xiaoe.shop import Shop
from include.simulators.xiaoe.shop.records import BUNDLE, Fact

DAY = timedelta(days=1)


def demo_shop(
    seed: int = 1,
    now: datetime | None = None,
    *,
    days: int = 60,
    orders_per_day: int = 8,
    app_id: str = "appDEMOshop0001",
    clock: VirtualClock | None = None,
) -> Shop:
    """Return a shop whose last `days` days led up to `now` (default: the clock's present).

    For one seed and day the history is the same; a later hour of that day only adds to it.
    """
    clock = clock or VirtualClock(now)
    now = (now or clock.now()).astimezone(SHANGHAI)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    first = today - (days - 1) * DAY
    shop = Shop(app_id, clock=clock, seed=seed)
    rng = random.Random(f"{seed}:{today:%Y-%m-%d}")
    _stock(shop, rng, first)
    _open_forms(shop, first)
    timeline = Timeline(shop, seed)
    _admit_members(shop, rng, first, max(30, orders_per_day * 6))
    timeline.members = list(shop.users)
    timeline.promoters = timeline.members[:5]
    for number in range(days):
        timeline.plan_day(first + number * DAY, orders_per_day)
    _plan_rarities(timeline, rng, today)
    timeline.play(now)
    return shop


def plain_shop(
    orders: int,
    *,
    since: datetime,
    until: datetime,
    users: int = 0,
    seed: int = 1,
    clock: VirtualClock | None = None,
) -> Shop:
    """Return a shop with so many paid orders spread evenly over a time, and little else.

    Built for measurements: 100,000 orders take a few seconds.
    """
    shop = Shop(clock=clock or VirtualClock(until), seed=seed)
    rng = random.Random(f"{seed}:plain")
    _stock(shop, rng, since)
    for number in range(users or max(1, orders // 3)):
        register(shop, rng, since - timedelta(minutes=number))
    user_ids = list(shop.users)
    goods_ids = [g.goods_id for g in shop.goods.values() if g.price and g.goods_type != BUNDLE]
    step = (until - since) / max(1, orders)
    for number in range(orders):
        at = since + number * step
        order = shop.place_order(rng.choice(user_ids), rng.choice(goods_ids), at=at)
        shop.pay(order.order_id, at=at + timedelta(seconds=20))
    return shop


def _stock(shop: Shop, rng: random.Random, first: datetime) -> None:
    opened = first - 200 * DAY
    courses = [
        shop.add_goods(
            name,
            kind,
            price,
            line_price=line_price,
            at=opened + number * 5 * DAY,
            valid_days=valid_days,
            **_texts(name, number),
        )
        for number, (name, kind, price, line_price, valid_days) in enumerate(words.COURSES)
    ]
    lessons = [goods for goods in courses if goods.goods_type in {1, 2, 3, 4}]
    for number, (name, kind, price, line_price, days, size) in enumerate(words.COLUMNS):
        shop.add_goods(
            name,
            kind,
            price,
            line_price=line_price,
            at=opened + (number * 5 + 3) * DAY,
            valid_days=days,
            contents=rng.sample(lessons, min(size, len(lessons))),
            **_texts(name, 100 + number),
        )
    for name, ordered_as, price, inside in words.BUNDLES:
        shop.add_goods(
            name,
            BUNDLE,
            price,
            at=opened + 150 * DAY,
            contents=[goods for goods in courses if goods.name in inside],
            ordered_as=ordered_as,
            **_texts(name, 200),
        )
    shop.change_goods(courses[15].goods_id, at=first, sale_status=0)
    shop.change_goods(courses[12].goods_id, at=first, sale_status=2)


def _texts(name: str, number: int) -> dict[str, Fact]:
    return {
        "summary": f"{name}，适合职场人士系统学习",
        "detail": f"<p>{name}</p><p>课程介绍与大纲</p>",
        "images": (f"https://example.invalid/g/{number}.jpg",),
        "visits": 37 * (number + 1),
    }


def _open_forms(shop: Shop, first: datetime) -> None:
    for name, repeatable, questions in words.FORMS:
        shop.add_form(name, questions, at=first - 100 * DAY, repeatable=repeatable)


def _admit_members(shop: Shop, rng: random.Random, first: datetime, number: int) -> None:
    moments = sorted(
        first - timedelta(seconds=rng.randrange(60, 400 * 86400)) for _ in range(number)
    )
    for moment in moments:
        register(shop, rng, moment)


def _plan_rarities(timeline: Timeline, rng: random.Random, today: datetime) -> None:
    """Queue what happens seldom: imported orders, changed goods, accounts that are merged."""
    shop = timeline.shop
    member_ids, goods_ids = list(shop.users), list(shop.goods)

    def imported(at: datetime) -> None:
        created = at - timedelta(days=rng.randrange(120, 300))
        shop.import_order(
            rng.choice(member_ids), goods_ids[rng.randrange(5)], created_at=created, at=at
        )

    def merged(at: datetime) -> None:
        old, new = rng.sample(member_ids[5:], 2)
        member_ids.remove(old)
        shop.merge_users(old, new, at=at)

    def repriced(at: datetime) -> None:
        goods = shop.goods[goods_ids[1]]
        shop.change_goods(goods.goods_id, at=at, price=goods.price - 1000)

    for days_ago, hour, event in (
        (20, 11, imported),
        (20, 11, imported),
        (6, 15, imported),
        (9, 10, merged),
        (4, 16, merged),
        (12, 9, repriced),
    ):
        timeline.at(today - days_ago * DAY + timedelta(hours=hour), event)
