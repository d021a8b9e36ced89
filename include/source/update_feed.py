"""The feed `update`: order list 2.0 by update time.

Whether the update filter works alone, wants `created_time_*` beside it, is ANDed with that or
overrides it, or silently gets the default creation window is not documented (contracts: xiaoe §6.4,
§11). Every answer is survived: the window is asked alone, and then once for each range of creation
time that this did not reach, unless an order shows that creation time does not limit the answer.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from connectors.errors import RejectedError
from connectors.xiaoe.calls.orders import OrderQuery
from connectors.xiaoe.client import XiaoeClient
from connectors.xiaoe.models import Order, Page
from include.source.orders import OrderRef, ref_of
from include.source.paging import WindowReader
from include.source.windows import Window

log = logging.getLogger(__name__)

LIST_SPAN = timedelta(days=30)  # order list 2.0 takes 31 days (contracts: xiaoe §6.1)
# Orders older than this are left to the nightly reconciliation.
HORIZON = timedelta(days=186)
DAY = timedelta(days=1)
# An order older than this lies outside the creation window that the server adds by itself, which is
# 30 days and a part of today, counted from the server's present (contracts: xiaoe §6.4).
OUTSIDE_DEFAULT = timedelta(days=33)


class UpdateFeed:
    """Reads which orders changed in a window."""

    def __init__(self, client: XiaoeClient, page_size: int = 100) -> None:
        self.client = client
        self.page_size = page_size
        self.refused = False  # the update filter alone is refused
        self.shows_all = False  # the update filter alone is known to show orders of any age
        self.overrides = False  # the update filter is known to override a creation time beside it
        self.reached: Window | None = None  # creation times that the update filter alone has shown

    def read(self, window: Window) -> Iterator[OrderRef]:
        """Yield every order of the window once.

        Raises ContractError when the update filter is ignored, and what `WindowReader` raises.
        """
        seen: set[str] = set()
        for part in window.cut(LIST_SPAN):
            for ref in self._read_part(part):
                if ref.order_id not in seen:
                    seen.add(ref.order_id)
                    yield ref

    def _read_part(self, part: Window) -> Iterator[OrderRef]:
        self.reached = None
        if not self.refused:
            yield from self._alone(part)
        # undetermined: xiaoe.md §13.1: does the update filter alone show orders of any age?
        if not self.refused and (self.shows_all or self._shows_old_orders(part)):
            return
        for created in self._not_reached(Window(part.since - HORIZON, part.until)):
            yield from self._beside(part, created)
            # undetermined: xiaoe.md §13.1: does the update filter override the other?
            if self.overrides:
                return  # one range shows everything

    def _alone(self, part: Window) -> Iterator[OrderRef]:
        """Ask by update time and nothing else; notes what that reaches, or that it is refused."""
        try:
            for ref in self._refs(part, None):
                if ref.created_at:
                    self.shows_all |= ref.created_at < part.until - OUTSIDE_DEFAULT
                    self.reached = _joined(self.reached, ref.created_at)
                yield ref
        # undetermined: xiaoe.md §13.1: does the update filter want creation times beside it?
        except RejectedError:
            if self.reached:
                raise  # it has shown orders without them, and not all that it reaches
            log.info(
                "更新时间条件须与下单时间同用 / the update filter needs creation times beside it"
            )
            self.refused = True

    def _not_reached(self, horizon: Window) -> Iterator[Window]:
        """Yield the ranges of creation time that the update filter alone may have left out.

        A creation window that the server adds has no holes. It moves on at midnight, though, which
        may have passed meanwhile.
        """
        until = horizon.until
        # undetermined: xiaoe.md §6.4: does the server add a creation window of its own?
        if self.reached:
            yield from Window(min(self.reached.until, until), until).cut(LIST_SPAN)
            until = min(self.reached.since + DAY, until)
        while until > horizon.since:
            created = Window(max(horizon.since, until - LIST_SPAN), until)
            yield created
            until = created.since

    def _beside(self, part: Window, asked: Window) -> Iterator[OrderRef]:
        """Ask by update time and a range of creation time; notes whether the range limits."""
        for ref in self._refs(part, asked):
            created = ref.created_at
            self.overrides |= created is not None and not asked.covers_when_asked(created)
            yield ref

    def _refs(self, part: Window, created: Window | None) -> Iterator[OrderRef]:
        reader = update_reader(self.client, created, self.page_size)
        return reader.read_side_by_side(part, self.client.threads, ref_of)

    def _shows_old_orders(self, part: Window) -> bool:
        """Tell whether the filter alone is known to show an order of any age.

        An old order is taken as a witness, and asked for by its own update time. Where there is
        none, or it is not shown, nothing is known, and every range of creation time is read.
        """
        created = Window(part.until - OUTSIDE_DEFAULT - LIST_SPAN, part.until - OUTSIDE_DEFAULT)
        witness = newest_created(self.client, created)
        if witness is not None:
            self.shows_all = is_shown(self.client, witness, None)
        return self.shows_all


def _joined(window: Window | None, moment: datetime) -> Window:
    if window is None:
        return Window(moment, moment)
    return Window(min(window.since, moment), max(window.until, moment))


def update_reader(
    client: XiaoeClient, created: Window | None, page_size: int = 100
) -> WindowReader[Order]:
    """Return a reader by update time, with a range of creation time beside it if one is given."""

    def ask(window: Window, number: int) -> Page[Order]:
        since, until = window.asked
        beside = created.asked if created else None
        part = f"update {window.days}"
        query = OrderQuery("update", since, until, created=beside, part=part)
        return client.list_orders(query, number, page_size)

    return WindowReader[Order](
        "order.list",
        ask,
        key=lambda order: order.order_info.order_id,
        moment=lambda order: order.order_info.update_time,
        field="update_time",
        unreadable=client.unreadable,
    )


def newest_created(client: XiaoeClient, created: Window) -> Order | None:
    """Return the newest order that was created in a range; None when there is none."""
    query = OrderQuery(
        dimension="created", since=created.since, until=created.until, order_asc=False
    )
    rows = client.list_orders(query, 1, 1).rows
    return next((row for row in rows if created.covers(row.order_info.created_time)), None)


def is_shown(client: XiaoeClient, order: Order, created: Window | None) -> bool:
    """Tell whether the update filter shows an order when it is asked for its update time.

    Raises ContractError when it shows an order of another time.
    """
    moment = order.order_info.update_time
    rows = update_reader(client, created).read(Window(moment, moment))
    return any(row.order_info.order_id == order.order_info.order_id for row in rows)
