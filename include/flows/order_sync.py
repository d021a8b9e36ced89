"""Step 4 of the orders flow: one batch of orders, each from the source into HAP.

For each order its list row, its detail, its validity and what the buyer filled in; then the
customer, then the answered forms, then the order. Inside a batch every order stands alone: what
fails is recorded in `sync_errors` with its reason, and the others go through.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from connectors.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    NotFound,
    RetryableError,
    Words,
)
from connectors.xiaoe.models import Order, OrderDetail
from include.destination.record import Record
from include.destination.worksheets import COLUMNS, ORDERS
from include.flows.customer_writes import write_customers
from include.flows.dead_letters import Failure, record_failures
from include.flows.erased import erased_among
from include.flows.goods import ensure_goods, goods_held
from include.flows.order_batches import Batch
from include.flows.order_facts import CustomerFacts, FactFinder, buyers
from include.flows.shop import Shop
from include.mapping.customers import customer_record
from include.mapping.goods import worksheet_of
from include.mapping.orders import Links, order_record, promoter_id
from include.source.order_rows import read_order_rows

log = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")


class BatchFailedError(Exception):
    """Orders of this batch could not be synced; they are recorded in `sync_errors`."""


class RetryableBatchError(BatchFailedError):
    """As above, and a later try may succeed."""


def sync_batch(shop: Shop, batch: dict[str, Any], *, goods_synced: bool = True) -> dict[str, Any]:
    """Sync the orders of one batch, as it crosses XCom; return ids and counts.

    `goods_synced` tells that a step before has created the goods that HAP lacked.
    `done` names every order of the batch, `changed` those whose row was created or changed,
    `unknown` the vendor's numbers that no table explains.
    Raises BatchFailedError when an order did not get through, after recording it, and whatever
    makes every order fail alike.
    """
    sync = _BatchSync(shop, Batch.from_xcom(batch), goods_synced=goods_synced)
    counts = sync.run()
    record_failures(shop, sync.failures.values())
    log.info("%s: %s", batch["label"], dict(counts))
    if sync.failures:
        _raise_failed(list(sync.failures.values()))
    return {
        "done": list(sync.refs),
        "changed": sync.changed,
        "unknown": sorted(shop.unknown),
        **counts,
    }


class _BatchSync:
    """The state of one batch; an order that has failed takes no further step."""

    def __init__(self, shop: Shop, batch: Batch, *, goods_synced: bool) -> None:
        self.shop = shop
        self.goods_synced = goods_synced
        self.refs = {ref.order_id: ref for ref in batch.orders}
        self.facts = FactFinder(shop)
        self.failures: dict[str, Failure] = {}
        self.changed: list[str] = []

    def run(self) -> Counter[str]:
        orders = self._orders()
        details = self._each(orders, "order.detail", self.facts.detail)
        customers = self._customers(orders)
        rows = self._write_customers(customers, orders)
        records = self._records(orders, details, customers, rows)
        outcome = self.shop.upsert(ORDERS, records)
        for order_id, error in outcome.failures.items():
            self._fail(order_id, "orders", error)
        self.changed = sorted({c.key for c in outcome.planned if not c.only_bookkeeping})
        return outcome.counts()

    # -- reading ----------------------------------------------------------------------------------

    def _orders(self) -> dict[str, Order]:
        """Return the list row of each order; it is read first, because it is the version."""
        created = self._creation_times()
        rows = {row.order_info.order_id: row for row in read_order_rows(self.shop.xiaoe, created)}
        for order_id in created.keys() - rows.keys():
            self._fail(order_id, "order.list", _not_shown())
        return {order_id: rows[order_id] for order_id in self.refs if order_id in rows}

    def _creation_times(self) -> dict[str, datetime]:
        """Return when each order was created; for a retried one its detail tells it."""
        created = {name: ref.created_at for name, ref in self.refs.items() if ref.created_at}
        retried = {name: name for name in self.refs if name not in created}
        for order_id, moment in self._each(retried, "order.detail", self._creation_time).items():
            if moment is None:
                self._fail(order_id, "order.detail", _not_shown())
            else:
                created[order_id] = moment
        return created

    def _creation_time(self, order_id: str) -> datetime | None:
        return self.shop.xiaoe.order_detail(order_id).order_info.created_at

    def _customers(self, orders: Mapping[str, Order]) -> dict[str, CustomerFacts]:
        """Return what is known of each buyer, by user id; fetched once, whatever was bought."""
        told = buyers(orders.values())
        self.facts.read_users(told)
        customers: dict[str, CustomerFacts] = {}
        for order_id, order in orders.items():
            user_id = order.order_info.user_id
            if user_id and user_id not in customers:
                facts = self._attempt(
                    order_id,
                    "customer",
                    lambda name: self.facts.customer(name, told[name]),
                    user_id,
                )
                if facts:
                    customers[user_id] = facts
        return customers

    # -- writing ----------------------------------------------------------------------------------

    def _write_customers(
        self, customers: Mapping[str, CustomerFacts], orders: Mapping[str, Order]
    ) -> Mapping[str, str]:
        """Write customers and their answered forms; return the customers' row ids."""
        written = write_customers(
            self.shop,
            [customer_of(self.shop, facts) for facts in customers.values()],
            {facts.user_id: facts.answers or () for facts in customers.values()},
        )
        for order_id, order in orders.items():
            error = written.failures.get(order.order_info.user_id or "")
            if error:
                self._fail(order_id, "customers", error)
        return written.row_ids

    def _records(
        self,
        orders: Mapping[str, Order],
        details: Mapping[str, OrderDetail],
        customers: Mapping[str, CustomerFacts],
        customer_rows: Mapping[str, str],
    ) -> list[Record]:
        goods_rows = self._goods_rows(orders.values())
        promoters = {name: promoter_id(details[name], orders[name]) for name in details}
        erased = erased_among(self.shop, filter(None, promoters.values()))
        records = []
        for order_id, order in orders.items():
            if order_id in self.failures:
                continue
            user_id = order.order_info.user_id or ""
            links = _links(order, customer_rows.get(user_id), goods_rows)
            if links is None:
                self._fail(order_id, "goods", _goods_missing())
                continue
            bought = customers[user_id].purchases if user_id in customers else ()
            shown = promoters[order_id] not in erased
            records.append(
                order_record(self.shop.id, order, details[order_id], bought, links, promoter=shown)
            )
        return records

    def _goods_rows(self, orders: Iterable[Order]) -> dict[str, str]:
        """Return the row ids of the goods and columns that the orders refer to, by goods id."""
        lines = {
            line.resource_id: line
            for order in orders
            for line in order.good_list
            if line.resource_id
        }
        refs = [(goods_id, line.resource_type) for goods_id, line in lines.items()]
        if self.shop.preview and self.goods_synced:
            return {name: f"preview:{name}" for name in lines} | goods_held(self.shop, refs)
        return ensure_goods(self.shop, refs, lines)

    # -- failing ----------------------------------------------------------------------------------

    def _each(self, items: Mapping[str, T], step: str, fetch: Callable[[T], R]) -> dict[str, R]:
        """Fetch something for each order that has not failed yet, by order id."""
        fetched: dict[str, R] = {}
        for order_id, item in items.items():
            if order_id not in self.failures:
                value = self._attempt(order_id, step, fetch, item)
                if order_id not in self.failures:
                    fetched[order_id] = value  # type: ignore[assignment]
        return fetched

    def _attempt(self, order_id: str, step: str, act: Callable[[T], R], item: T) -> R | None:
        """Do one step of one order; what makes every order fail alike is not caught."""
        try:
            return act(item)
        except (AuthenticationError, ConfigurationError):
            raise
        except ConnectorError as error:
            self._fail(order_id, step, error)
            return None

    def _fail(self, order_id: str, step: str, error: ConnectorError) -> None:
        log.error("订单 %s 未能同步,步骤 %s / order failed at this step\n%s", order_id, step, error)
        self.failures.setdefault(order_id, Failure("order", order_id, step, error))


def customer_of(shop: Shop, facts: CustomerFacts) -> Record:
    """Return the customer's record from all that the shop tells."""
    return customer_record(
        shop.id,
        facts.user_id,
        user=facts.user,
        info=facts.info,
        buyer=facts.buyer,
        answers=facts.answers,
        total_paid=facts.user.pay_sum if facts.user else None,
    )


def _links(order: Order, customer: str | None, goods_rows: Mapping[str, str]) -> Links | None:
    """Return the rows that an order points at; None when a good of it is not in HAP."""
    goods: list[str] = []
    columns: list[str] = []
    for line in order.good_list:
        if not line.resource_id:
            continue
        row_id = goods_rows.get(line.resource_id)
        if row_id is None:
            return None
        (columns if worksheet_of(line.resource_type) is COLUMNS else goods).append(row_id)
    return Links(customer, tuple(goods), tuple(columns))


def _not_shown() -> NotFound:
    return NotFound(
        "order.list",
        Words("订单列表里查不到该订单", "the order list does not show this order"),
        Words("在小鹅通后台确认该订单是否已删除或隐藏", "check the order in the shop's console"),
    )


def _goods_missing() -> RetryableError:
    return RetryableError(
        "goods",
        Words("订单的商品还没有同步到明道云", "a good of this order is not in HAP yet"),
        Words("查看 sync_goods 任务的日志;下次运行会自动重试", "see the log of task sync_goods"),
    )


def _raise_failed(failures: list[Failure]) -> None:
    temporary = any(isinstance(failure.error, RetryableError) for failure in failures)
    kind = RetryableBatchError if temporary else BatchFailedError
    names = ", ".join(failure.record_id for failure in failures[:10])
    first = failures[0]
    raise kind(
        f"{len(failures)} 个订单未能同步,已记入工作表「同步异常」/ these orders failed: {names}\n"
        f"原因 why: {first.error.explanation} ({first.error.code}, {first.step})\n"
        f"办法 what to do: {first.error.action}"
    )
