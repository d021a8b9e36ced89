"""What the order list alone says of a row of `orders`.

The list is cheap, a hundred orders a call; detail and validity cost two calls for each order. So a
comparison of everything starts with what the list tells, mapped by the very same code as when the
row was written.
"""

from __future__ import annotations

from connectors.xiaoe.models import DetailOrderInfo, Order, OrderDetail
from include.destination.sheets.record import Record
from include.mapping.orders import SETTLED, Links, needs_purchases, order_record
from include.mapping.payment import is_paid

_VALIDITY = frozenset({"valid_from", "valid_until"})
_NEVER_TOLD = frozenset({"promoter"})


def listed_order(shop: str, order: Order, links: Links) -> Record:
    """Return the record of an order with those fields alone that its list row decides."""
    detail = OrderDetail(order_info=DetailOrderInfo(order_id=order.order_info.order_id))
    record = order_record(shop, order, detail, (), links)
    reported = {
        alias: value for alias, value in record.values.items() if alias not in untold_fields(order)
    }
    return Record(record.key, reported, updated_at=record.updated_at)


def untold_fields(order: Order) -> frozenset[str]:
    """Return the fields that this list row leaves to the detail or the purchase records."""
    return left_to_detail(order) | left_to_purchases(order)


def left_to_detail(order: Order) -> frozenset[str]:
    """Return the fields that this list row leaves to the order's detail."""
    info = order.order_info
    times = {
        "paid_at": is_paid(info) and info.pay_state_time is None,
        "settled_at": info.settle_state == SETTLED and info.settle_state_time is None,
    }
    # undetermined: xiaoe.md §6.4.1 F5: does the list row name the promoter?
    return _NEVER_TOLD | {alias for alias, is_untold in times.items() if is_untold}


def left_to_purchases(order: Order) -> frozenset[str]:
    """Return the fields that this list row leaves to the buyer's purchase records."""
    return _VALIDITY if needs_purchases(order) else frozenset()
