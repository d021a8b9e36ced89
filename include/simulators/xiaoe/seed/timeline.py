"""What happens in the demo shop, in the order of time.

Every order draws from a random source of its own, named by seed, day and number. So the same seed
gives the same history, and a later `now` only adds to it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from include.simulators.xiaoe.seed import vocabulary as words
from include.simulators.xiaoe.seed.people import fill_in, make_person, register
from include.simulators.xiaoe.shop import Shop
from include.simulators.xiaoe.shop.records import BUNDLE, PHYSICAL, Fact, Receiver

Event = Callable[[datetime], None]
# orders per hour of the day: quiet nights, busy evenings
_HOURS = (2, 1, 1, 1, 1, 1, 2, 4, 6, 8, 9, 8, 9, 7, 7, 8, 8, 8, 9, 12, 15, 15, 10, 5)
_SETTLE_AFTER = timedelta(days=8)


@dataclass
class Timeline:
    """A queue of events; `play` lets them happen up to an instant."""

    shop: Shop
    seed: int
    members: list[str] = field(default_factory=list)
    promoters: list[str] = field(default_factory=list)
    bought: list[tuple[str, str]] = field(default_factory=list)  # user and what ends some day
    _queue: list[tuple[datetime, int, Event]] = field(default_factory=list)
    _tickets: count[int] = field(default_factory=count)

    def at(self, moment: datetime, event: Event) -> None:
        """Queue an event."""
        heappush(self._queue, (moment.replace(microsecond=0), next(self._tickets), event))

    def play(self, until: datetime) -> None:
        """Let everything up to and including `until` happen."""
        while self._queue and self._queue[0][0] <= until:
            moment, _, event = heappop(self._queue)
            event(moment)

    def plan_day(self, day: datetime, orders: int) -> None:
        """Queue a day's orders; `day` is its midnight."""
        rng = random.Random(f"{self.seed}:{day:%Y-%m-%d}")
        planned = max(1, round(rng.gauss(orders, orders / 5))) if orders else 0
        for number in range(planned):
            hour = rng.choices(range(24), _HOURS)[0]
            moment = day + timedelta(hours=hour, seconds=rng.randrange(3600))
            order = _OrderStory(self, random.Random(f"{self.seed}:{day:%Y-%m-%d}:{number}"))
            self.at(moment, order.place)


@dataclass
class _OrderStory:
    """One order from its placing to its settlement."""

    timeline: Timeline
    rng: random.Random
    order_id: str = ""

    def place(self, at: datetime) -> None:
        shop, rng = self.timeline.shop, self.rng
        buyer, goods = self._renewal() or (self._buyer(at), self._goods())
        total = sum(shop.goods[goods_id].price * number for goods_id, number in goods.items())
        order = shop.place_order(
            buyer, goods, at=at, discount=self._discount(total), **self._extras(goods)
        )
        self.order_id = order.order_id
        if order.pay_state == 1:
            self._after_payment(at)
        elif rng.random() < 0.9:
            self._later(at, timedelta(seconds=rng.choice((8, 15, 30, 60, 600))), self._pay)
        else:
            by_buyer = rng.random() < 0.4
            wait = timedelta(minutes=rng.randrange(1, 20) if by_buyer else 30)
            self._later(
                at, wait, lambda now: _ignore(shop.close(self.order_id, at=now, by_buyer=by_buyer))
            )

    def _renewal(self) -> tuple[str, dict[str, int]] | None:
        """Let somebody buy again what they have: another order, with a right of its own."""
        shop, rng, bought = self.timeline.shop, self.rng, self.timeline.bought
        if rng.random() >= 0.06 or not bought:
            return None
        user_id, goods_id = rng.choice(bought)
        return shop.aliases.get(user_id, user_id), {goods_id: 1}

    def _buyer(self, at: datetime) -> str:
        shop, rng = self.timeline.shop, self.rng
        members = self.timeline.members
        if rng.random() < 0.55 or not members:
            members.append(register(shop, rng, at).user_id)
            return members[-1]
        if rng.random() < 0.01:
            return f"u_gone_{rng.getrandbits(40):010x}"  # an account that no longer exists
        chosen = rng.choice(members)
        return shop.aliases.get(chosen, chosen)

    def _goods(self) -> dict[str, int]:
        shop, rng = self.timeline.shop, self.rng
        on_sale = [g for g in shop.goods.values() if g.sale_status == 1 and not g.deleted]
        chosen = rng.choices(on_sale, [3 if g.price < 50_000 else 1 for g in on_sale])[0]
        if chosen.goods_type != PHYSICAL:
            return {chosen.goods_id: 1}
        more = rng.choice([g for g in on_sale if g.goods_type != BUNDLE])
        return {chosen.goods_id: rng.choice((1, 1, 2)), more.goods_id: 1}

    def _discount(self, total: int) -> int:
        draw = self.rng.random()
        if draw < 0.02:
            return total  # paid for by a coupon alone
        return min(total, self.rng.choice((500, 1000, 2000, 5000))) if draw < 0.2 else 0

    def _extras(self, goods: dict[str, int]) -> dict[str, Fact]:
        shop, rng = self.timeline.shop, self.rng
        extras: dict[str, Fact] = {"client_type": rng.choice((1, 1, 1, 3, 5))}
        if rng.random() < 0.04:
            extras["channel_id"] = f"alive_l_{rng.getrandbits(96):024x}"
        if rng.random() < 0.03:
            extras["comment"] = rng.choice(words.COMMENTS)
        if self.timeline.promoters and rng.random() < 0.15:
            promoter = shop.users[rng.choice(self.timeline.promoters)]
            extras |= {"share_user_id": promoter.user_id, "share_nickname": promoter.nickname}
        if any(shop.goods[goods_id].goods_type in {PHYSICAL, BUNDLE} for goods_id in goods):
            person = make_person(rng)
            extras["receiver"] = Receiver(
                person.name, person.phone, person.province, person.city, "示例区", "示例路1号"
            )
        return extras

    def _pay(self, at: datetime) -> None:
        self.timeline.shop.pay(self.order_id, at=at, pay_type=self.rng.choice((1, 1, 1, 1, 2, 9)))
        self._after_payment(at)

    def _after_payment(self, at: datetime) -> None:
        rng, shop = self.rng, self.timeline.shop
        order = shop.orders.current[self.order_id]
        if order.lines[0].valid_until:
            self.timeline.bought.append((order.user_id, order.lines[0].goods_id))
        if rng.random() < 0.7:
            self._later(at, timedelta(seconds=rng.randrange(20, 900)), self._fill_in)
        if order.state == 2:
            self._later(at, timedelta(hours=rng.randrange(4, 40)), self._ship)
        if order.actual_fee and rng.random() < 0.08:
            self._plan_refund(at)
        if rng.random() < 0.06:
            self._later(at, timedelta(days=rng.randrange(1, 30)), self._remark)
        self._later(_night(at + _SETTLE_AFTER), timedelta(), self._settle)

    def _fill_in(self, at: datetime) -> None:
        shop = self.timeline.shop
        order = shop.orders.current[self.order_id]
        form = self.rng.choice(list(shop.forms.values()))
        fill_in(shop, self.rng, form, order.user_id, order.lines[0].goods_id, at)

    def _ship(self, at: datetime) -> None:
        shop = self.timeline.shop
        if shop.orders.current[self.order_id].aftersale_state != 3:
            shop.ship(self.order_id, at=at)
            wait = timedelta(days=self.rng.randrange(1, 6))
            self._later(at, wait, lambda now: _ignore(shop.receive(self.order_id, at=now)))

    def _plan_refund(self, at: datetime) -> None:
        first = at + timedelta(
            days=self.rng.randrange(0, 20), seconds=self.rng.randrange(60, 80_000)
        )
        if self.rng.random() < 0.6:
            self._later(first, timedelta(), lambda now: self._refund(1, now))
            return
        self._later(first, timedelta(), lambda now: self._refund(3, now))
        if self.rng.random() < 0.6:
            again = timedelta(days=self.rng.randrange(1, 6))
            self._later(first, again, lambda now: self._refund(1, now))

    def _refund(self, divisor: int, at: datetime) -> None:
        """Refund all that is left, or a third of what was paid; some wait for a decision first."""
        shop, rng = self.timeline.shop, self.rng
        order = shop.orders.current[self.order_id]
        if order.refund_fee >= order.actual_fee or order.aftersale_state == 1:
            return
        amount = None if divisor == 1 else max(1, order.actual_fee // divisor)
        request = shop.request_refund(self.order_id, amount, at=at, reason=rng.choice(_REASONS))
        accepted = rng.random() < 0.9
        wait = timedelta(minutes=rng.choice((0, 0, 5, 240, 1500)))
        self._later(
            at,
            wait,
            lambda now: _ignore(
                shop.finish_refund(request.aftersale_id, accepted=accepted, at=now)
            ),
        )

    def _remark(self, at: datetime) -> None:
        remark = self.rng.choice(words.REMARKS)
        self.timeline.shop.change_order(self.order_id, at=at, remark=remark)

    def _settle(self, at: datetime) -> None:
        self.timeline.shop.settle(self.order_id, at=at)

    def _later(self, at: datetime, wait: timedelta, event: Event) -> None:
        self.timeline.at(at + wait, event)


_REASONS = ("不想学了", "拍错了", "课程内容不符", "重复购买", "其他")


def _night(moment: datetime) -> datetime:
    return moment.replace(hour=2, minute=0, second=0)


def _ignore(result: object) -> None:
    return None
