"""Reads the current list row of orders whose ids are known.

Order list 2.0 is the only source of an order's version (`update_time`) and sums; it gives a hundred
rows a call at 20 calls a second. So it is asked from the first order's creation time on, and again
from the first one that the answer did not reach: orders that were made close together share a call,
and nothing between them is read. Whatever an answer ought to have shown and did not is asked for by
its id: paging cannot lose an order here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from connectors.errors import Bilingual, ContractError
from connectors.xiaoe.calls.orders import OrderQuery
from connectors.xiaoe.client import XiaoeClient
from connectors.xiaoe.models import Order, Page
from include.source.pages import read_numbered
from include.source.windows import Window

PAGE_SIZE = 100
LONGEST = timedelta(days=30)
_CLOCKS = timedelta(hours=1)  # the shop's clock may be ahead of ours


def read_order_rows(client: XiaoeClient, created: Mapping[str, datetime]) -> Iterator[Order]:
    """Yield the list row of each order that the shop shows, by id and creation time."""
    overlooked: dict[str, datetime] = {}
    waiting = sorted(created, key=lambda name: created[name])
    while waiting:
        first, last = created[waiting[0]], created[waiting[-1]]
        rows, reached = _page_from(client, first, min(last, first + LONGEST))
        shown = {row.order_info.order_id for row in rows}.intersection(waiting)
        yield from (row for row in rows if row.order_info.order_id in shown)
        passed = [name for name in waiting if created[name] <= reached]
        overlooked |= {name: created[name] for name in passed if name not in shown}
        waiting = [name for name in waiting if created[name] > reached and name not in shown]

    def ask(name: str) -> Order | None:
        return read_order_row(client, name, overlooked[name])

    yield from (row for row in client.threads.map(ask, overlooked) if row is not None)


def read_recent_order_rows(
    client: XiaoeClient, order_ids: Iterable[str], now: datetime
) -> Iterator[Order]:
    """Yield the list row of each order that the shop shows and that is not a month old, by id."""
    until = now + _CLOCKS

    def ask(name: str) -> Order | None:
        return read_order_row(client, name, until - LONGEST, until)

    yield from (row for row in client.threads.map(ask, order_ids) if row is not None)


def read_order_row(
    client: XiaoeClient, order_id: str, created_at: datetime, until: datetime | None = None
) -> Order | None:
    """Return one order's list row; None when the shop does not show it.

    `created_at` and `until` are the first and the last moment at which it may have been created.
    A time is sent with the id: without any, the list covers the last 30 days alone.
    """
    since, until = Window(created_at, until or created_at).asked
    query = OrderQuery(dimension="created", since=since, until=until, order_id=order_id)
    page = client.list_orders(query, 1, PAGE_SIZE)
    return next((row for row in page.rows if row.order_info.order_id == order_id), None)


def orders_of_user(
    client: XiaoeClient, user_id: str, window: Window, accounts: Collection[str] = ()
) -> list[Order]:
    """Return the list rows of a buyer's orders that were created in a window of at most 30 days.

    `accounts` are others of the same person's. Raises ContractError where rows of anybody else
    come: a shop that ignores the filter would have all its orders read for every buyer.
    """
    since, until = window.asked
    query = OrderQuery(dimension="created", since=since, until=until, user_id=user_id)

    def ask(number: int) -> Page[Order]:
        page = client.list_orders(query, number, PAGE_SIZE)
        if {row.order_info.user_id for row in page.rows} - {user_id, *accounts}:
            raise _ignored_user()
        return page

    def key(row: Order) -> str:
        return row.order_info.order_id

    return list(read_numbered("order.list", ask, key, client.threads))


def _ignored_user() -> ContractError:
    return ContractError(
        "order.list",
        Bilingual(
            "订单列表返回了其他用户的订单，说明按 user_id 的查询被忽略",
            "orders of other users came back: the filter by user_id was ignored",
        ),
        Bilingual(
            "有效期暂时留空，不用处理；请小鹅通客服核对订单列表按 user_id 的查询为何不起作用",
            "the validity is left open; ask Xiaoe-tong's support why the filter by user_id "
            "has no effect",
        ),
    )


def _page_from(
    client: XiaoeClient, first: datetime, last: datetime
) -> tuple[Sequence[Order], datetime]:
    """Return the first page of a range, and up to when it ought to show every order.

    Where the rows do not come in the order that was asked for, that is `first` alone.
    """
    since, until = Window(first, last).asked
    query = OrderQuery(dimension="created", since=since, until=until)
    page = client.list_orders(query, 1, PAGE_SIZE)
    rows = page.rows
    if page.total == len(rows) + len(page.unreadable):
        return rows, last
    times = [row.order_info.created_time for row in rows]
    in_order = all(before <= after for before, after in pairwise(times))
    return rows, max([first, *times]) if in_order else first
