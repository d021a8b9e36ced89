"""Calls about orders (contracts: xiaoe §6.3 to §6.5)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from connectors.errors import Bilingual, ConfigurationError
from connectors.xiaoe.caller import page_of, rows_before
from connectors.xiaoe.calls.topic import Topic
from connectors.xiaoe.envelope import read_one, read_page
from connectors.xiaoe.models import LegacyOrder, Order, OrderDetail, Page
from connectors.xiaoe.values import BEIJING

LONGEST_WINDOW = timedelta(days=31)
LONGEST_CREATED_WINDOW = timedelta(days=7)

_DIMENSIONS = {"update": ("update_time", "updated_at"), "created": ("created_time", "created_at")}


@dataclass(frozen=True)
class OrderQuery:
    """What order list 2.0 is asked for.

    Args:
        dimension: The time that ``since`` and ``until`` mean.
        since: Start of the window, inclusive, with a zone.
        until: End of the window, inclusive (the vendor compares with <=), with a zone.
        order_id: This order only.
        user_id: Orders of this buyer only.
        order_asc: Oldest first.
        created: A range of creation times to send besides: whether the vendor wants one, and
            how it combines the two, is not determined (contracts: xiaoe §11.9).
        part: What a row without a readable id is noted under, see `UnreadableRow`; without one such
            rows are left to whoever reads the list itself.
    """

    dimension: Literal["update", "created"]
    since: datetime
    until: datetime
    order_id: str | None = None
    user_id: str | None = None
    order_asc: bool = True
    created: tuple[datetime, datetime] | None = None
    part: str = ""

    def body(self) -> dict[str, Any]:
        """Return the request's parameters, times in Beijing.

        Raises:
            ConfigurationError: The window is longer than the vendor's 31 days. A longer one would
                be cut silently to its first 31 days.
        """
        name, order_by = _DIMENSIONS[self.dimension]
        _check_window("order.list", self.since, self.until, LONGEST_WINDOW)
        body: dict[str, Any] = {
            f"{name}_start": _beijing(self.since),
            f"{name}_end": _beijing(self.until),
            "order_by": order_by,
            "order_asc": "asc" if self.order_asc else "desc",
        }
        # undetermined: xiaoe.md §13.1: how are the two times of order list 2.0 combined?
        if self.created and self.dimension != "created":
            body["created_time_start"], body["created_time_end"] = map(_beijing, self.created)
        if self.order_id:
            body["order_id"] = self.order_id
        if self.user_id:
            body["user_id"] = self.user_id
        return body


class OrderCalls(Topic):
    """Orders: list by update or creation, list by creation (old), one in detail."""

    def list_orders(self, query: OrderQuery, page: int, page_size: int = 100) -> Page[Order]:
        """List orders with all their blocks, order list 2.0; money in 分; page_size at most 100.

        The one row that an order id brings is that order's, even if its own id cannot be read.
        """
        api = "order.list"
        data = self._caller.call(api, {**query.body(), **page_of(api, page, page_size)})
        before = rows_before(page, page_size)
        place = f"{query.dimension} {_beijing(query.since)} {_beijing(query.until)}"
        read = read_page(api, data, Order, rows_before=before, place=place, part=query.part)
        if query.order_id and len(read.unreadable) == 1 and not read.rows:
            (row,) = read.unreadable
            read = replace(read, unreadable=[replace(row, id=row.id or query.order_id)])
        known = [row for row in read.unreadable if row.id or query.part]
        self.unreadable.add_page(api, replace(read, unreadable=known))
        return read

    def list_orders_created(
        self,
        since: datetime,
        until: datetime,
        page: int,
        page_size: int = 200,
        part: str = "",
    ) -> Page[LegacyOrder]:
        """List orders by creation time, order list 1.1.

        Args:
            since: Start, with a zone; sent in unix seconds.
            until: End, with a zone, at most 7 days later.
            page: From 1.
            page_size: At most 200.
            part: What a row without a readable id is noted under, see `UnreadableRow`.
        """
        api = "order.list.created"
        _check_window(api, since, until, LONGEST_CREATED_WINDOW)
        sized = page_of(api, page, page_size)
        body: dict[str, Any] = {
            "begin_time": str(int(since.timestamp())),
            "end_time": str(int(until.timestamp())),
            "order_by": "created_at:asc",
            "page_index": sized["page"],
            "page_size": sized["page_size"],
        }
        before = rows_before(page, page_size)
        place = f"created {_beijing(since)} {_beijing(until)}"
        return self._list(api, body, LegacyOrder, rows_before=before, place=place, part=part)

    def order_detail(self, order_id: str) -> OrderDetail:
        """Return one order, detail 1.0.

        Raises:
            NotFound: There is no such order.
        """
        data = self._caller.call("order.detail", {"order_id": order_id})
        return read_one("order.detail", data, OrderDetail)


def _check_window(api: str, since: datetime, until: datetime, longest: timedelta) -> None:
    if since.tzinfo is None or until.tzinfo is None:
        raise ValueError("a window needs times with a zone")
    if not timedelta(0) <= until - since <= longest:
        raise ConfigurationError(
            api,
            Bilingual(
                f"时间窗口应为 0 到 {longest.days} 天",
                f"a window must be 0 to {longest.days} days long",
            ),
            Bilingual(
                "把 DAG 参数 since 和 until 之间的时间改短；没有填过就把任务日志发给维护者",
                "make the span between the params since and until shorter; if you gave none, send "
                "the task's log to the maintainers",
            ),
        )


def _beijing(moment: datetime) -> str:
    return moment.astimezone(BEIJING).replace(tzinfo=None).isoformat(" ", "seconds")
