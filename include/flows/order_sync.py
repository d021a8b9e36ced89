"""Step 4 of the orders flow: one batch of orders, each from the source into HAP.

For each order its list row, its detail, its validity and what the buyer filled in; then the
customer, then the answered forms, then the order. Inside a batch every order stands alone: what
fails is recorded in `sync_errors` with its reason, and the others go through.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from connectors.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    NotFound,
    RejectedError,
    RetryableError,
    Words,
)
from connectors.xiaoe.models import BuyerInfo, Order, OrderDetail, Purchase
from include.destination.lookup import chunked, look_up
from include.destination.plan import Action
from include.destination.record import Record
from include.destination.worksheets import (
    COLLECTED_INFO,
    COLUMNS,
    CUSTOMERS,
    GOODS,
    ORDERS,
    SYNC_ERRORS,
)
from include.destination.writer import Outcome
from include.flows.customer_writes import close_written, write_told_customers
from include.flows.dead_letters import Failure, record_failures
from include.flows.erased import erased_among
from include.flows.failed_batch import batch_error
from include.flows.goods import ensure_goods, goods_held
from include.flows.order_batches import Batch
from include.flows.order_facts import CustomerFacts, FactFinder, buyers
from include.flows.order_list import not_in_hap
from include.flows.payment_doubts import record_doubts
from include.flows.shop import Shop
from include.flows.unreadable_rows import record_unreadable, why_unreadable
from include.mapping.goods import worksheet_of
from include.mapping.orders import Links, needs_purchases, order_record, promoter_id
from include.mapping.validity import own_purchases
from include.source.order_rows import read_order_rows
from include.source.orders import OrderRef

log = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")

ORDERS_AT_ONCE = 200


@dataclass
class Synced:
    """What became of a batch: all its orders, those whose row was created or changed, counts."""

    done: list[str]
    changed: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=lambda: Outcome().counts())

    def told(self, shop: Shop) -> dict[str, Any]:
        """Return the counts, and the vendor's numbers that no table explains."""
        return {"unknown": sorted(shop.unknown), **self.counts}


def sync_batch(
    shop: Shop,
    batch: dict[str, Any],
    *,
    left: Collection[str] | None = None,
    goods_synced: bool = True,
) -> dict[str, Any]:
    """Sync the orders of one batch, as it crosses XCom; return its label and counts.

    Orders that HAP holds in this version by now cost nothing, so that a batch may be run again.
    `left` are the buyers whom the run has not synced before, None for all of them; `goods_synced`
    tells that a step before has created the goods that HAP lacked. Raises BatchFailedError when an
    order did not get through, after recording it, and whatever makes every order fail alike.
    """
    synced = run_batch(shop, batch, left=left, goods_synced=goods_synced)
    return {"batch": batch["label"], **synced.told(shop)}


def run_batch(
    shop: Shop,
    batch: dict[str, Any],
    *,
    goods_synced: bool,
    left: Collection[str] | None = None,
    asks_answers: bool = True,
    rows: Mapping[str, Order] | None = None,
) -> Synced:
    """Do the work of `sync_batch`, some orders after another; return what became of them.

    With `asks_answers` false nobody's answered forms are read: they are synced elsewhere. With
    `rows`, list rows by id that the caller has just read, every order is synced, whatever HAP
    holds: something may have changed that left the version alone.
    """
    whole = Batch.from_xcom(batch)
    every = rows is not None or shop.exact
    refs = list(whole.orders if every else not_in_hap(shop, whole.orders))
    synced, read = Synced([ref.order_id for ref in whole.orders]), rows or {}
    synced.counts[Action.UNCHANGED.value] = len(whole.orders) - len(refs)
    failures: dict[str, Failure] = {}
    if refs:
        shop.open_sheets((CUSTOMERS, COLLECTED_INFO, SYNC_ERRORS, GOODS, COLUMNS))
    for part in chunked(refs, ORDERS_AT_ONCE):
        facts = FactFinder(shop, asks_answers=asks_answers)
        sync = _BatchSync(facts, part, whole.guests, read, left, goods_synced=goods_synced)
        synced.counts.update(sync.run())
        synced.changed += sync.changed
        failures |= sync.failures
    synced.counts["failed"] = len(failures)  # most of them had not come as far as a write
    record_failures(shop, failures.values())
    record_unreadable(shop, orders=False)
    log.info("%s: %s", batch["label"], dict(synced.counts))
    if failures:
        raise batch_error(list(failures.values()))
    return synced


class _BatchSync:
    """The state of some orders of a batch; an order that has failed takes no further step."""

    def __init__(
        self,
        facts: FactFinder,
        refs: Sequence[OrderRef],
        guests: Collection[str],
        rows: Mapping[str, Order],
        left: Collection[str] | None,
        *,
        goods_synced: bool,
    ) -> None:
        self.shop = facts.shop
        self.goods_synced = goods_synced
        self.refs = {ref.order_id: ref for ref in refs}
        self.guests = guests
        self.rows = rows
        self.left = left
        self.facts = facts
        self.failures: dict[str, Failure] = {}
        self.changed: list[str] = []

    def run(self) -> Counter[str]:
        orders = self._orders()
        known = self._customers_elsewhere(orders)
        told = buyers(order for order in orders.values() if order.order_info.user_id not in known)
        self.facts.read_users(told)
        details, customers, bought = self._fetch(orders, told)
        rows = {**known, **self._write_customers(customers, orders)}
        records = self._records(orders, details, bought, rows)
        outcome = self.shop.upsert(ORDERS, records)
        for order_id, error in outcome.failures.items():
            self._fail(order_id, "orders", error)
        record_doubts(self.shop, [orders[record.key] for record in records])
        self.changed = sorted({c.key for c in outcome.planned if not c.only_bookkeeping})
        return outcome.counts()

    # -- reading ----------------------------------------------------------------------------------

    def _orders(self) -> dict[str, Order]:
        """Return the list row of each order; it is read first, because it is the version."""
        refs = {name: ref for name, ref in self.refs.items() if name not in self.rows}
        created = self._creation_times(refs)
        read = {row.order_info.order_id: row for row in read_order_rows(self.shop.xiaoe, created)}
        for order_id in created.keys() - read.keys():
            error = why_unreadable(self.shop, order_id) or _not_shown()
            self._fail(order_id, "order.list", error)
        rows = {**self.rows, **read}
        merged = self.shop.merged_accounts
        return {name: merged.of_order(rows[name]) for name in self.refs if name in rows}

    def _creation_times(self, refs: Mapping[str, OrderRef]) -> dict[str, datetime]:
        """Return when each order was created; for a retried one its detail tells it."""
        created = {name: ref.created_at for name, ref in refs.items() if ref.created_at}
        retried = [name for name in refs if name not in created]
        asked = (Job([name], "order.detail", name, self._creation_time, name) for name in retried)
        for order_id, moment in self._each(asked).get("order.detail", {}).items():
            if moment is None:
                self._fail(order_id, "order.detail", _not_shown())
            else:
                created[order_id] = moment
        return created

    def _creation_time(self, order_id: str) -> datetime | None:
        return self.shop.xiaoe.order_detail(order_id).order_info.created_at

    def _customers_elsewhere(self, orders: Mapping[str, Order]) -> dict[str, str]:
        """Return the row ids of the customers that are synced elsewhere, where HAP has them."""
        users = {name: order.order_info.user_id or "" for name, order in orders.items()}
        own = {user_id for name, user_id in users.items() if not self._is_elsewhere(name, user_id)}
        names = set(users.values()) - own - {""}
        if not names:
            return {}
        found = look_up(self.shop.hap, self.shop.sheet(CUSTOMERS), names).rows
        return {user_id: row.id for user_id, row in found.items()}

    def _is_elsewhere(self, order_id: str, user_id: str) -> bool:
        """Tell whether the customer comes with another batch, or the run has synced the buyers.

        Of an order that is tried again nobody knew the buyer until now.
        """
        swept = self.left is not None and user_id not in self.left
        return order_id in self.guests or (swept and self.refs[order_id].created_at is not None)

    def _fetch(
        self, orders: Mapping[str, Order], told: Mapping[str, BuyerInfo]
    ) -> tuple[
        Mapping[str, OrderDetail], Mapping[str, CustomerFacts], Mapping[str, Sequence[Purchase]]
    ]:
        """Return details by order id, and facts and purchases of the customers by user id.

        What is known of a buyer is fetched once, whatever was bought. All of it is asked for side
        by side, each order's calls together, so that no interface waits for another one's limit.
        """
        fetched = self._each(self._jobs(orders, told))
        return (
            fetched.get("order.detail", {}),
            fetched.get("customer", {}),
            fetched.get("purchase", {}),
        )

    def _jobs(
        self, orders: Mapping[str, Order], told: Mapping[str, BuyerInfo]
    ) -> Iterator[Job[Any, Any]]:
        of_user: dict[str, list[str]] = {}
        unsure: dict[str, list[str]] = {}
        for order_id, order in orders.items():
            user_id = order.order_info.user_id or ""
            of_user.setdefault(user_id, []).append(order_id)
            if needs_purchases(order):
                unsure.setdefault(user_id, []).append(order_id)

        def customer(user_id: str) -> CustomerFacts:
            return self.facts.customer(user_id, told[user_id])

        for order_id, order in orders.items():
            user_id = order.order_info.user_id or ""
            yield Job([order_id], "order.detail", order_id, self.facts.detail, order)
            if user_id in told and (names := of_user.pop(user_id, None)):
                yield Job(names, "customer", user_id, customer, user_id)
            if user_id and (names := unsure.pop(user_id, None)):
                yield Job(names, "purchase", user_id, self.facts.purchases, user_id)

    # -- writing ----------------------------------------------------------------------------------

    def _write_customers(
        self, customers: Mapping[str, CustomerFacts], orders: Mapping[str, Order]
    ) -> Mapping[str, str]:
        """Write customers and their answered forms; return the customers' row ids."""
        written = write_told_customers(self.shop, customers.values())
        if any(ref.created_at is None for ref in self.refs.values()):
            # Orders are tried again: what kept them out may have been their customer.
            close_written(self.shop, written)
        for order_id, order in orders.items():
            error = written.failures.get(order.order_info.user_id or "")
            if error:
                self._fail(order_id, "customers", error)
        return written.row_ids

    def _records(
        self,
        orders: Mapping[str, Order],
        details: Mapping[str, OrderDetail],
        bought: Mapping[str, Sequence[Purchase]],
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
            purchases = own_purchases(order, bought.get(user_id, ()), orders.values())
            shown = promoters[order_id] not in erased
            try:
                record = order_record(
                    self.shop.id, order, details[order_id], purchases, links, promoter=shown
                )
            except RejectedError as error:
                self._fail(order_id, error.api, error)
            else:
                records.append(record)
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

    def _each(self, jobs: Iterable[Job[Any, Any]]) -> dict[str, dict[str, Any]]:
        """Do the jobs side by side; return what was fetched, by step and name."""
        fetched: dict[str, dict[str, Any]] = {}
        for job, value in self.shop.xiaoe.threads.map(self._attempt, jobs):
            if value is not _FAILED:
                fetched.setdefault(job.step, {})[job.name] = value
        return fetched

    def _attempt(self, job: Job[T, R]) -> tuple[Job[T, R], R | _Failed]:
        """Do one step of some orders; what makes every order fail alike is not caught."""
        if self.failures.keys() >= set(job.order_ids):
            return job, _FAILED
        try:
            return job, job.act(job.item)
        except (AuthenticationError, ConfigurationError):
            raise
        except ConnectorError as error:
            for order_id in job.order_ids:
                self._fail(order_id, job.step, error)
            return job, _FAILED

    def _fail(self, order_id: str, step: str, error: ConnectorError) -> None:
        log.error("订单 %s 未能同步,步骤 %s / order failed at this step\n%s", order_id, step, error)
        self.failures.setdefault(order_id, Failure("order", order_id, step, error))


@dataclass(frozen=True)
class Job(Generic[T, R]):
    """One thing to fetch for some orders, which fail with it; kept by step and name."""

    order_ids: Sequence[str]
    step: str
    name: str
    act: Callable[[T], R]
    item: T


class _Failed:
    """Stands for what could not be fetched; the failure is noted with its order."""


_FAILED = _Failed()


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
