"""What can happen to orders: placed, paid, shipped, closed, refunded, settled, changed, imported.

Every event moves the order's update time, unless `rules.update_time_ignores` names the event: what
a remark does to it is not known (xiaoe §6.4.1 F3, §13.2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from include.simulators.xiaoe.shop.records import (
    BUNDLE,
    PHYSICAL,
    Fact,
    Goods,
    Order,
    OrderLine,
    Purchase,
)
from include.simulators.xiaoe.shop.state import ShopState

_SHORT_IDS = 0.7  # the share of order ids in the captured shape


class Trade(ShopState):
    """The life of an order up to its payment and delivery."""

    def place_order(
        self,
        user_id: str,
        goods: str | Mapping[str, int],
        *,
        at: datetime | None = None,
        discount: int = 0,
        visible_after: float = 0,
        order_id: str | None = None,
        **facts: Fact,
    ) -> Order:
        """Place an order of one goods, or of goods ids with counts; `discount` of coupons in 分.

        A bundle gets a line of its own and one for each of its components. An order that comes to
        nothing is completed at once (`pay_type` -1). `visible_after`: seconds until the order lists
        show it, with its old times.
        """
        with self.lock:
            moment = self.moment(at)
            counts = {goods: 1} if isinstance(goods, str) else goods
            order = self._new_order(user_id, counts, moment, discount, order_id, facts)
            self.orders.put(order, moment, visible_after=visible_after)
            if order.actual_fee == 0:
                order = self._complete(order, moment, pay_type=-1, visible_after=visible_after)
            self._tell_order("create" if order.actual_fee else "create_zero_order", order)
            self._tell_snapshot(order)
            return order

    def pay(self, order_id: str, *, at: datetime | None = None, pay_type: int = 1) -> Order:
        """Pay an order in full: rights start, physical goods wait to be shipped."""
        with self.lock:
            order = self.orders.current[order_id]
            order = self._complete(order, self.moment(at), pay_type=pay_type)
            self._tell_order("set_pay", order)
            self._tell_snapshot(order)
            return order

    def close(self, order_id: str, *, at: datetime | None = None, by_buyer: bool = False) -> Order:
        """Close an unpaid order, by the buyer or because its time is up.

        The time of its state stays that of its creation (xiaoe §6.4.1 F3).
        """
        close_type = 2 if by_buyer else 1
        return self._happens(
            "cancel",
            self.update_order(order_id, "close", at, state=5, pay_state=2, close_type=close_type),
        )

    def ship(self, order_id: str, *, at: datetime | None = None) -> Order:
        """Send the physical goods off."""
        moment = self.moment(at)
        shipped = self.update_order(
            order_id, "ship", moment, state=3, state_at=moment, shipped_at=moment
        )
        return self._happens("confirm_ship", shipped)

    def receive(self, order_id: str, *, at: datetime | None = None) -> Order:
        """Confirm the receipt: the order is completed."""
        received = self.update_order(order_id, "ship", at, state=4, state_at=at)
        return self._happens("confirm_receipt", received)

    def settle(self, order_id: str, *, at: datetime | None = None) -> Order:
        """Pay the shop out: `settle_state` 2."""
        moment = self.moment(at)
        settled = self.update_order(order_id, "settle", moment, settle_state=2, settled_at=moment)
        return self._happens("settle", settled)

    def change_order(
        self,
        order_id: str,
        *,
        at: datetime | None = None,
        **facts: Fact,
    ) -> Order:
        """Change any facts of an order, such as its remark, in one edit by the shop's staff."""
        return self.update_order(order_id, "change", at, **facts)

    def import_order(
        self,
        user_id: str,
        goods_id: str,
        *,
        created_at: datetime,
        at: datetime | None = None,
        **facts: Fact,
    ) -> Order:
        """Import an order that was made elsewhere, months ago: old times, new update time."""
        with self.lock:
            moment, created = self.moment(at), self.moment(created_at)
            order_id = self._short_id()
            facts = {"order_type": 2, **facts}
            order = self._new_order(user_id, {goods_id: 1}, created, 0, order_id, facts)
            self.orders.put(order, moment)
            order = self._complete(order, created, pay_type=3)
            order = replace(order, updated_at=moment)
            self.orders.put(order, moment)
            return self._happens("create_offline_order", order)

    def hide_order(self, order_id: str, *, at: datetime | None = None) -> None:
        """Delete an order: neither list nor detail know it any more."""
        with self.lock:
            self.orders.remove(order_id, self.moment(at))

    def update_order(
        self,
        order_id: str,
        event: str,
        at: datetime | None,
        **facts: Fact,
    ) -> Order:
        """Store a new version of an order; `event` decides whether its update time moves."""
        with self.lock:
            moment = self.moment(at)
            order = self.orders.current[order_id]
            if event not in self.rules.update_time_ignores:
                facts["updated_at"] = max(moment, order.updated_at)
            if "state_at" in facts:
                facts["state_at"] = moment
            order = replace(order, **facts)
            self.orders.put(order, moment)
            return order

    def extend_purchase(self, number: int, valid_until: datetime | None) -> Purchase:
        """Move the end of a right; None takes the end away. No order shows this (xiaoe §7)."""
        with self.lock:
            purchase = replace(self.purchases[number], valid_until=valid_until)
            self.purchases[number] = purchase
            return purchase

    def _happens(self, action: str, order: Order) -> Order:
        self._tell_order(action, order)
        return order

    def _tell_order(self, action: str, order: Order) -> None:
        self.tell(
            "order_change",
            action=action,
            order_id=order.order_id,
            user_id=order.user_id,
            order_state=str(_pushed_state(order)),
        )

    def _tell_snapshot(self, order: Order) -> None:
        """The message `order`, with a person's data in it; its price is a string in 分."""
        self.tell(
            "order",
            order_id=order.order_id,
            user_id=order.user_id,
            price=str(order.actual_fee),
            title=order.goods_name,
            nickname=order.nickname,
            phone=order.phone,
        )

    def _lines(self, goods_id: str, count: int, start: datetime) -> Iterator[OrderLine]:
        goods = self.goods[goods_id]
        yield _line(goods, count, start)
        if goods.goods_type == BUNDLE:
            bundle_id = f"og_{self.hex(32)}"
            for component, _ in goods.contents:
                yield replace(_line(self.goods[component], count, start), bundle_id=bundle_id)

    def _new_order(
        self,
        user_id: str,
        counts: Mapping[str, int],
        moment: datetime,
        discount: int,
        order_id: str | None,
        facts: Mapping[str, Fact],
    ) -> Order:
        start = moment - timedelta(seconds=self.random.randrange(2))
        lines = tuple(line for pair in counts.items() for line in self._lines(*pair, start))
        original = sum(line.total for line in lines)
        components = sum(line.total for line in lines if line.bundle_id)
        discount = min(components + discount, original)
        buyer = self.users.get(user_id)
        values: dict[str, Fact] = {
            "order_id": order_id or self._new_order_id(moment),
            "number": self.number("order", 1),
            "user_id": user_id,
            "lines": lines,
            "title": self.goods[next(iter(counts))].ordered_as,
            "created_at": moment,
            "updated_at": moment,
            "state_at": moment,
            "original_price": original,
            "discount": discount,
            "bundle_discount": components,
            "actual_fee": original - discount,
            "pay_type": 1,
            "trade_id": f"t_{self.hex(32)}",
            "nickname": buyer.nickname if buyer else "",
            "phone": (buyer.bind_phone or buyer.collect_phone) if buyer else "",
        }
        return Order(**(values | dict(facts)))

    def _new_order_id(self, moment: datetime) -> str:
        """Return an id of either shape: the captured one, or the older one of the documents."""
        if self.random.random() < _SHORT_IDS:
            return self._short_id()
        return f"o_{int(moment.timestamp())}_{self.hex(13)}_{self.digits(8)}"

    def _short_id(self) -> str:
        return f"E{self.digits(14)}{self.alphanumeric(6).lower()}V2"

    def _complete(
        self, order: Order, moment: datetime, *, pay_type: int, visible_after: float = 0
    ) -> Order:
        physical = any(line.goods_type == PHYSICAL for line in order.lines)
        order = replace(
            order,
            lines=tuple(self._with_end(line, moment) for line in order.lines),
            state=2 if physical else 4,
            state_at=moment,
            pay_state=1,
            pay_type=pay_type,
            paid_at=moment,
            updated_at=max(moment, order.updated_at),
            out_order_id=f"oo_{self.alphanumeric(21)}" if pay_type > 0 else "",
            transaction_id=f"42{self.digits(26)}" if pay_type > 0 else "",
        )
        self.orders.put(order, moment, visible_after=visible_after)
        for line in order.lines:
            self._grant(order, line)
        self._count_payment(order)
        return order

    def _with_end(self, line: OrderLine, moment: datetime) -> OrderLine:
        days = self.goods[line.goods_id].valid_days
        return replace(line, valid_until=moment + timedelta(days=days)) if days else line

    def _grant(self, order: Order, line: OrderLine) -> None:
        purchase = Purchase(
            number=self.number("purchase", 300_001),
            user_id=order.user_id,
            goods_id=line.goods_id,
            goods_type=line.goods_type,
            title=line.name,
            price=line.total,
            created_at=order.paid_at or order.created_at,
            order_id=order.order_id,
            valid_until=line.valid_until,
        )
        self.purchases[purchase.number] = purchase
        self.purchases_of_user[order.user_id].append(purchase.number)

    def _count_payment(self, order: Order) -> None:
        user = self.users.get(order.user_id)
        if user is not None:
            self.users[user.user_id] = replace(
                user, pay_sum=user.pay_sum + order.actual_fee, punch_count=user.punch_count + 1
            )
        for line in order.lines:
            goods = self.goods[line.goods_id]
            self.goods[line.goods_id] = replace(goods, sold=goods.sold + line.count)


def _line(goods: Goods, count: int, start: datetime) -> OrderLine:
    image = goods.images[0] if goods.images else ""
    return OrderLine(
        goods.goods_id, goods.goods_type, goods.name, goods.price, count, image, valid_from=start
    )


def _pushed_state(order: Order) -> int:
    """Return the state in the words of the old order lists (xiaoe §10.2)."""
    if order.aftersale_state in (2, 3):
        return 10 if order.aftersale_state == 3 else 11
    if order.state == 5:
        return 7 if order.close_type == 2 else 6
    return 1 if order.pay_state == 1 else 0
