"""What can happen to orders: placed, paid, shipped, closed, refunded, settled, changed, imported.

Every event moves the order's update time, unless `rules.update_time_ignores` names the event: that
the vendor's does so on a refund or a settlement is not documented (xiaoe §6.4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from include.simulators.xiaoe.shop.records import PHYSICAL, Fact, Order, OrderLine, Purchase
from include.simulators.xiaoe.shop.state import ShopState


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
        """Place an order of one goods, or of goods ids with counts; `discount` in 分.

        An order that comes to nothing is completed at once (`pay_type` -1). `visible_after`:
        seconds until the order lists show it, with its old times.
        """
        with self.lock:
            moment = self.moment(at)
            counts = {goods: 1} if isinstance(goods, str) else goods
            lines = tuple(self._line(goods_id, count) for goods_id, count in counts.items())
            order = self._new_order(user_id, lines, moment, discount, order_id, facts)
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
        """Close an unpaid order, by the buyer or because its time is up."""
        close_type = 2 if by_buyer else 1
        return self._happens(
            "cancel",
            self.update_order(
                order_id, "close", at, state=5, state_at=at, pay_state=2, close_type=close_type
            ),
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
            order_id = f"E{created:%Y%m%d}{self.random.randrange(10**10):010d}"
            lines = (self._line(goods_id, 1),)
            order = self._new_order(
                user_id, lines, created, 0, order_id, {"order_type": 2, **facts}
            )
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
            title=order.lines[0].name,
            nickname=order.nickname,
            phone=order.phone,
        )

    def _line(self, goods_id: str, count: int) -> OrderLine:
        goods = self.goods[goods_id]
        image = goods.images[0] if goods.images else ""
        return OrderLine(goods_id, goods.goods_type, goods.name, goods.price, count, image)

    def _new_order(
        self,
        user_id: str,
        lines: tuple[OrderLine, ...],
        moment: datetime,
        discount: int,
        order_id: str | None,
        facts: Mapping[str, Fact],
    ) -> Order:
        original = sum(line.total for line in lines)
        buyer = self.users.get(user_id)
        unix, digits = int(moment.timestamp()), self.random.randrange(10_000_000, 99_999_999)
        values: dict[str, Fact] = {
            "order_id": order_id or f"o_{unix}_{self.hex(13)}_{digits}",
            "number": self.number("order", 1),
            "user_id": user_id,
            "lines": lines,
            "created_at": moment,
            "updated_at": moment,
            "state_at": moment,
            "original_price": original,
            "discount": min(discount, original),
            "actual_fee": max(0, original - discount),
            "nickname": buyer.nickname if buyer else "",
            "phone": (buyer.bind_phone or buyer.collect_phone) if buyer else "",
            "out_order_id": f"EX{moment:%Y%m%d%H%M%S}{digits}",
        }
        return Order(**(values | dict(facts)))

    def _complete(
        self, order: Order, moment: datetime, *, pay_type: int, visible_after: float = 0
    ) -> Order:
        physical = any(line.goods_type == PHYSICAL for line in order.lines)
        order = replace(
            order,
            lines=tuple(self._start_right(line, moment) for line in order.lines),
            state=2 if physical else 4,
            state_at=moment,
            pay_state=1,
            pay_type=pay_type,
            paid_at=moment,
            updated_at=max(moment, order.updated_at),
            transaction_id=f"42{self.random.randrange(10**26):026d}" if pay_type > 0 else "",
        )
        self.orders.put(order, moment, visible_after=visible_after)
        for line in order.lines:
            self._grant(order, line)
        self._count_payment(order)
        return order

    def _start_right(self, line: OrderLine, moment: datetime) -> OrderLine:
        days = self.goods[line.goods_id].valid_days
        until = moment + timedelta(days=days) if days else None
        return replace(line, valid_from=moment, valid_until=until)

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


def _pushed_state(order: Order) -> int:
    """Return the state in the words of the old order lists (xiaoe §10.2)."""
    if order.aftersale_state in (2, 3):
        return 10 if order.aftersale_state == 3 else 11
    if order.state == 5:
        return 7 if order.close_type == 2 else 6
    return 1 if order.pay_state == 1 else 0
