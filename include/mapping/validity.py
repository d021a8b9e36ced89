"""From when until when a buyer may use what was bought.

The order line outranks the purchase records; of these the order's own counts, because a renewal of
the same good has a record of its own, and must not move the validity of older orders. No record
names its order, so it is known by its time. An order's own may be gone (a refund deletes it): then
a record far from the payment may be another order's, and only the shop knows whether there is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from connectors.xiaoe.models import Order, OrderLine, Purchase
from include.mapping.payment import is_paid

Span = tuple[datetime | None, datetime | None]
_NOTHING: Span = (None, None)
# Within this distance of the payment a record is taken for the order's own, unless an order at hand
# is nearer: whoever buys the same twice within a minute is granted nearly the same twice.
SURE = timedelta(minutes=1)


def validity(order: Order, purchases: Sequence[Purchase], paid_at: datetime | None) -> Span:
    """Return from when until when the order is valid; None as end means no end.

    `purchases` are the buyer's records that may belong to this order (see `own_purchases`). Of
    several lines the earliest start and the latest end count; one line without end has no end.
    """
    known = [span for span in _spans(order, purchases, paid_at) if span != _NOTHING]
    if not known:
        return _NOTHING
    starts = [start for start, _ in known if start]
    ends = [end for _, end in known]
    return min(starts, default=None), None if None in ends else max(end for end in ends if end)


def reports_validity(line: OrderLine) -> bool:
    """Tell whether an order line says from when or until when it is valid."""
    return line.expire_start is not None or line.expire_end is not None


def own_purchases(
    order: Order, purchases: Sequence[Purchase], others: Iterable[Order]
) -> list[Purchase]:
    """Return the records that no other known order of the same good is nearer to.

    `others` are the orders at hand, of any buyer. A record that was created nearer to another
    one's payment is that order's, although this order may have none.
    """
    info, moment = order.order_info, _moment(order)
    if moment is None or not purchases:
        return list(purchases)
    rivals: dict[str | None, list[datetime]] = {}
    for other in others:
        there = other.order_info
        time = _moment(other) if there.order_id != info.order_id else None
        if time and there.user_id == info.user_id and is_paid(there):
            for line in other.good_list:
                rivals.setdefault(line.resource_id, []).append(time)

    def is_own(record: Purchase) -> bool:
        times = rivals.get(record.resource_id, ())
        if _created(record) is None:
            return not times
        return all(_distance(record, moment) <= _distance(record, time) for time in times)

    return list(filter(is_own, purchases))


def doubtful_times(order: Order, purchases: Sequence[Purchase]) -> list[datetime]:
    """Return when those records were created that may be another order's, though none is at hand.

    None where a record of each silent line was created as the order was paid.
    """
    moment = _moment(order)
    if moment is None or not is_paid(order.order_info):
        return []
    goods = {line.resource_id for line in order.good_list if not reports_validity(line)}
    records = [record for record in purchases if record.resource_id in goods]
    goods -= {one.resource_id for one in records if _distance(one, moment) <= SURE}
    times = {_created(one) for one in records if one.resource_id in goods}
    return sorted(time for time in times if time)


def lacks_purchase(order: Order, purchases: Sequence[Purchase]) -> bool:
    """Tell whether a paid order has a line whose validity neither list nor records tell."""
    reported = {record.resource_id for record in purchases}
    lines = (line for line in order.good_list if not reports_validity(line))
    return is_paid(order.order_info) and any(line.resource_id not in reported for line in lines)


def _spans(order: Order, purchases: Sequence[Purchase], paid_at: datetime | None) -> Iterable[Span]:
    moment = paid_at or order.order_info.created_time
    for line in order.good_list:
        if reports_validity(line):
            yield line.expire_start, line.expire_end
        elif own := _nearest(line, purchases, moment):
            yield own.start_at or own.created_at, own.expire_at


def _nearest(
    line: OrderLine, purchases: Sequence[Purchase], moment: datetime | None
) -> Purchase | None:
    """Return the record of the line's good created nearest a moment.

    One without a time counts where it is the only one: of several nobody knows whose each is.
    """
    bought = [one for one in purchases if one.resource_id == line.resource_id]
    dated = [one for one in bought if _created(one)]
    if moment is None or not dated:
        return bought[0] if len(bought) == 1 else None
    return min(dated, key=lambda one: _distance(one, moment))


def _distance(purchase: Purchase, moment: datetime) -> timedelta:
    created = _created(purchase)
    return abs(created - moment) if created else timedelta.max


def _created(purchase: Purchase) -> datetime | None:
    return purchase.created_at or purchase.start_at


def _moment(order: Order) -> datetime | None:
    """Return when an order was paid, or made where the list does not tell."""
    return order.order_info.pay_state_time or order.order_info.created_time
