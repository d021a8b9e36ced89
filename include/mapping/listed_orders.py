"""What the order list alone says of a row of `orders`.

The list is cheap, a hundred orders a call; detail and validity cost two calls for each order. So a
comparison of everything starts with what the list tells, mapped by the very same code as when the
row was written; and a first load asks for a detail only where the list leaves something open.
"""

from __future__ import annotations

from connectors.xiaoe.models import Order, OrderDetail
from include.destination.sheets.record import Record
from include.mapping.orders import SETTLED, Links, needs_purchases, order_record
from include.mapping.payment import is_paid

_VALIDITY = frozenset({"valid_from", "valid_until"})
# In HAP it may be blank because the promoter was erased, which no list knows.
_NOT_COMPARED = frozenset({"promoter"})


def listed_order(shop: str, order: Order, links: Links) -> Record:
    """Return the record of an order with those fields alone that its list row decides."""
    detail = OrderDetail.empty(order.order_info.order_id)
    record = order_record(shop, order, detail, (), links)
    reported = {
        alias: value for alias, value in record.values.items() if alias not in untold_fields(order)
    }
    return Record(record.key, reported, updated_at=record.updated_at)


def untold_fields(order: Order) -> frozenset[str]:
    """Return the fields that this list row leaves to the detail or the purchase records."""
    return left_to_detail(order) | left_to_purchases(order) | _NOT_COMPARED


def needs_detail(order: Order) -> bool:
    """Tell whether the row itself says that something is left to the detail."""
    left = left_to_detail(order)
    return bool(left - {"promoter"}) or ("promoter" in left and looks_promoted(order))


def looks_promoted(order: Order) -> bool:
    """Tell whether the row says in any way that somebody promoted the order.

    Whether it always does, and then names the promoter, is not proven (xiaoe.md §6.4.1 F5).
    """
    info, promoter = order.order_info, order.promoter_info
    shared = info.share_type not in (None, "0")
    named = promoter.user_id or promoter.nick_name or info.share_user_id
    return bool(named or shared or info.distribute_type_bitmap)


def left_to_detail(order: Order) -> frozenset[str]:
    """Return the fields that this list row leaves to the order's detail.

    A promoter's name without the id leaves open whether that person has been erased.
    """
    info, promoter = order.order_info, order.promoter_info
    untold = {
        "paid_at": is_paid(info) and info.pay_state_time is None,
        "settled_at": info.settle_state == SETTLED and info.settle_state_time is None,
        # undetermined: xiaoe.md §6.4.1 F5: does the list row name the promoter?
        "promoter": not (promoter.nick_name and (promoter.user_id or info.share_user_id)),
    }
    return frozenset(alias for alias, is_untold in untold.items() if is_untold)


def left_to_purchases(order: Order) -> frozenset[str]:
    """Return the fields that this list row leaves to the buyer's purchase records."""
    return _VALIDITY if needs_purchases(order) else frozenset()
