"""The orders and customers that the shop pushed: the same path as the orders of a window.

A push only says that something happened, possibly twice, late or in the wrong order; what happened
is read from the shop's lists and details, as in every run. What they do not show yet is left to
`xiaoe_orders`, which reads every change anyway: a push makes it sooner, never otherwise.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from connectors.errors import AuthenticationError, ConfigurationError, ConnectorError, NotFound
from include.flows.customer_refresh import refresh_customers
from include.flows.dead_letters import close_letters
from include.flows.order_batches import make_batches
from include.flows.order_window import RunWindow
from include.flows.settle import IncompleteRunError, settle_orders
from include.flows.shop import Shop
from include.source.order_rows import read_order_rows
from include.source.orders import OrderRef, ref_of

log = logging.getLogger(__name__)


class PushEvent(NamedTuple):
    """One pushed message as Airflow keeps it; ids of events grow in the order of arrival."""

    id: int
    at: datetime
    orders: Sequence[str]
    users: Sequence[str]


@dataclass(frozen=True)
class Pushed:
    """The ids of a span of pushes, each once; the ends are ISO moments in UTC.

    `last_event` and `last_at` tell how far the pushes go; `first_at` is "" where there is none.
    """

    last_event: int
    last_at: str
    orders: Sequence[str] = ()
    users: Sequence[str] = ()
    first_at: str = ""

    @classmethod
    def of(cls, events: Sequence[PushEvent]) -> Pushed:
        """Return what these events, at least one, ask for."""
        moments = [event.at.astimezone(UTC) for event in events]
        return cls(
            max(event.id for event in events),
            max(moments).isoformat(),
            list(dict.fromkeys(name for event in events for name in event.orders)),
            list(dict.fromkeys(name for event in events for name in event.users)),
            min(moments).isoformat(),
        )

    def to_xcom(self) -> dict[str, Any]:
        """Return it in plain JSON: ids and times."""
        return asdict(self)

    @classmethod
    def from_xcom(cls, data: Mapping[str, Any]) -> Pushed:
        """Read it back."""
        return cls(**data)

    @property
    def window(self) -> RunWindow:
        """Return when the pushes came, for `sync_config`; no watermark moves by it."""
        since, until = (datetime.fromisoformat(at) for at in (self.first_at, self.last_at))
        return RunWindow(since, until, moves_watermark=False)


def list_pushed(shop: Shop, pushed: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the pushed orders that the shop shows, in batches.

    Whatever version HAP holds: it is not documented which events move an order's update time, and a
    push tells of a refund also where the update time does not (contracts: xiaoe §6.4). An order
    that cannot be read goes into a batch all the same, which then records why.
    """
    order_ids = Pushed.from_xcom(pushed).orders
    shop.require("order.list")
    shop.require("order.detail")
    created, unread = _creation_times(shop, order_ids)
    refs = [ref_of(row) for row in read_order_rows(shop.xiaoe, created)]
    wanted = refs + unread
    log.info(
        "推送了 %d 个订单,本次同步 %d 个,%d 个列表尚未显示,由 xiaoe_orders 同步 "
        "/ pushed, to be synced, not listed yet and left to xiaoe_orders",
        len(order_ids),
        len(wanted),
        len(order_ids) - len(wanted),
    )
    return [batch.to_xcom() for batch in make_batches(wanted)]


def refresh_pushed(shop: Shop, pushed: Mapping[str, Any]) -> dict[str, int]:
    """Sync the customers that were pushed, with all that the shop tells of them now."""
    user_ids = Pushed.from_xcom(pushed).users
    written = refresh_customers(shop, user_ids)
    close_letters(shop, "customer", written.row_ids.keys() - written.failures.keys())
    counts = written.counts()
    log.info("推送了 %d 个客户 / pushed customers: %s", len(user_ids), dict(counts))
    return {"read": len(user_ids), **counts}


def settle_pushed(
    shop: Shop,
    pushed: Mapping[str, Any] | None,
    batches: Sequence[dict[str, Any]] | None,
    summaries: Iterable[Mapping[str, Any]] | None,
    customers: Mapping[str, int] | None,
    *,
    calls: Mapping[str, int] | None = None,
    run_url: str = "",
) -> Pushed | None:
    """Count what was done and report it; return how far the pushes are dealt with.

    None stands for a part that failed, and is returned where there is nothing to remember. Raises
    IncompleteRunError when a part failed or an order is lost: the next run takes the same again.
    """
    if pushed is None or customers is None:
        raise IncompleteRunError(
            "没有得到推送或客户未能同步;先看 read_pushes 和 sync_customers 的日志 "
            "/ no pushes, or no customers: see the logs of read_pushes and sync_customers"
        )
    told = Pushed.from_xcom(pushed)
    if told.orders:
        window = told.window.to_xcom()
        settle_orders(shop, window, batches, summaries, calls=calls, run_url=run_url)
    return told if told.first_at and not shop.preview else None


def _creation_times(
    shop: Shop, order_ids: Iterable[str]
) -> tuple[dict[str, datetime], list[OrderRef]]:
    """Return when each order was created, and the orders whose detail cannot be read.

    An order that the shop does not know is in neither.
    """
    created: dict[str, datetime] = {}
    unread: list[OrderRef] = []
    for order_id in order_ids:
        try:
            moment = shop.xiaoe.order_detail(order_id).order_info.created_at
        except (AuthenticationError, ConfigurationError):
            raise
        except NotFound:
            continue
        except ConnectorError as error:
            log.warning("订单 %s 的详情暂时读不到 / cannot read its detail: %s", order_id, error)
            unread.append(OrderRef(order_id, "", None, None))
        else:
            if moment:
                created[order_id] = moment
    return created, unread
