"""Reads the current list row of orders whose ids are known.

Order list 2.0 is the only source of an order's version (`update_time`) and sums; it gives a hundred
rows a call at 20 calls a second. Orders created close together are read by their creation time, and
whatever that did not show is asked for one by one: paging cannot lose an order here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from connectors.xiaoe.calls.orders import OrderQuery
from connectors.xiaoe.client import XiaoeClient
from connectors.xiaoe.models import Order
from include.source.windows import Window

PAGE_SIZE = 100
LONGEST = timedelta(days=30)
# Below this many orders in a row, asking for each is as cheap as reading their range.
WORTH_A_RANGE = 3


def read_order_rows(client: XiaoeClient, created: dict[str, datetime]) -> Iterator[Order]:
    """Yield the list row of each order that the shop shows, by id and creation time."""
    missing = dict(created)
    for run in _runs(created):
        if len(run) >= WORTH_A_RANGE:
            for order in _read_range(client, [created[order_id] for order_id in run]):
                if missing.pop(order.order_info.order_id, None):
                    yield order
    for order_id, moment in missing.items():
        found = read_order_row(client, order_id, moment)
        if found is not None:
            yield found


def read_order_row(client: XiaoeClient, order_id: str, created_at: datetime) -> Order | None:
    """Return one order's list row; None when the shop does not show it.

    The creation time is sent with the id: without any time the list covers the last 30 days alone.
    """
    since, until = Window(created_at, created_at).asked
    query = OrderQuery(dimension="created", since=since, until=until, order_id=order_id)
    page = client.list_orders(query, 1, PAGE_SIZE)
    return next((row for row in page.rows if row.order_info.order_id == order_id), None)


def _runs(created: dict[str, datetime]) -> Iterator[Sequence[str]]:
    """Yield ids whose creation times lie within one range that the list takes."""
    run: list[str] = []
    for order_id in sorted(created, key=lambda name: created[name]):
        if run and created[order_id] - created[run[0]] > LONGEST:
            yield run
            run = []
        run.append(order_id)
    if run:
        yield run


def _read_range(client: XiaoeClient, moments: Sequence[datetime]) -> Iterable[Order]:
    """Yield the rows of a range, as long as it costs no more calls than asking one by one."""
    since, until = Window(min(moments), max(moments)).asked
    query = OrderQuery(dimension="created", since=since, until=until)
    for number in range(1, len(moments) + 1):
        page = client.list_orders(query, number, PAGE_SIZE)
        yield from page.rows
        seen = number * PAGE_SIZE
        if not page.rows or (page.total is not None and seen >= page.total):
            return
        if page.total is not None and page.total > len(moments) * PAGE_SIZE // 2:
            return
