"""What can happen to money that goes back: in full, in steps, refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from include.simulators.xiaoe.shop.records import AfterSale, Order
from include.simulators.xiaoe.shop.trade import Trade

PENDING, REFUSED, REFUNDED = 2, 4, 13


class Refunds(Trade):
    """After-sale requests and their outcome."""

    def refund(
        self, order_id: str, amount: int | None = None, *, at: datetime | None = None
    ) -> Order:
        """Refund `amount` 分 at once, or all that is left. A full refund ends the rights."""
        with self.lock:
            request = self.request_refund(order_id, amount, at=at)
            return self.finish_refund(request.aftersale_id, at=at)

    def request_refund(
        self,
        order_id: str,
        amount: int | None = None,
        *,
        at: datetime | None = None,
        reason: str = "其他",
    ) -> AfterSale:
        """Ask for a refund; the order shows `aftersale_state` 1 until it is finished."""
        with self.lock:
            moment = self.moment(at)
            order = self.orders.current[order_id]
            left = order.actual_fee - order.refund_fee
            wanted = left if amount is None else amount
            request = AfterSale(
                aftersale_id=f"A{int(moment.timestamp())}_{self.hex(8)}",
                number=self.number("aftersale", 1),
                order_id=order_id,
                user_id=order.user_id,
                state=PENDING,
                amount=wanted,
                created_at=moment,
                updated_at=moment,
                reason=reason,
                full=wanted >= left,
            )
            self.after_sales[request.aftersale_id] = request
            self.after_sales_of_order[order_id].append(request.aftersale_id)
            self.update_order(
                order_id, "refund", moment, aftersale_state=1, aftersale_state_at=moment
            )
            self.tell(
                "after_sale",
                action="create_aftersale",
                aftersale_id=request.aftersale_id,
                order_id=order_id,
                user_id=order.user_id,
                state="0",
            )
            return request

    def finish_refund(
        self, aftersale_id: str, *, accepted: bool = True, at: datetime | None = None
    ) -> Order:
        """Pay the requested amount back, or refuse it."""
        with self.lock:
            moment = self.moment(at)
            request = self.after_sales[aftersale_id]
            self.after_sales[aftersale_id] = replace(
                request,
                state=REFUNDED if accepted else REFUSED,
                updated_at=moment,
                refunded_at=moment if accepted else None,
            )
            order = self.orders.current[request.order_id]
            refunded = order.refund_fee + (request.amount if accepted else 0)
            full = refunded >= order.actual_fee
            if accepted and full:
                self._revoke(order)
            finished = self.update_order(
                order.order_id,
                "refund",
                moment,
                refund_fee=refunded,
                refunded_at=moment if accepted else order.refunded_at,
                aftersale_state=3 if full else 2 if refunded else 0,
                aftersale_state_at=moment,
            )
            return self._happens("refund_callback", finished) if accepted else finished

    def _revoke(self, order: Order) -> None:
        for number in self.purchases_of_user[order.user_id]:
            purchase = self.purchases[number]
            if purchase.order_id == order.order_id:
                self.purchases[number] = replace(purchase, deleted=True)
