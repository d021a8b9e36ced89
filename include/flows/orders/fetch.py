"""Step 4, its reading half: what is fetched for some orders of a batch.

The list row is primary: an order whose row cannot be read fails. Detail, purchases and whatever
concerns the customer are secondary: what fails is noted, and the order goes on without it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from connectors.errors import Bilingual, CallError, ConnectorError, NotFound
from connectors.xiaoe.models import BuyerInfo, Order, OrderDetail, Purchase
from include.destination.read.lookup import look_up
from include.destination.read.typed_cells import moment_in
from include.destination.sheets.worksheets import CUSTOMERS, ORDERS
from include.flows.customers.fetch import CustomerFacts, FactFinder, buyers
from include.flows.run.batches import BatchOrder
from include.flows.run.context import SyncContext
from include.flows.run.missing import Missing
from include.flows.run.parts import DETAIL, VALIDITY, Part
from include.flows.run.unreadable_rows import why_unreadable
from include.mapping.listed_orders import left_to_detail, needs_detail
from include.mapping.orders import needs_purchases
from include.mapping.validity import doubtful_times, own_purchases
from include.source.order_rows import read_order_rows, read_recent_order_rows

T = TypeVar("T")

Fail = Callable[[str, str, ConnectorError], None]


@dataclass(frozen=True)
class OrderFacts:
    """What was fetched of one order; what is None could not be read, and is noted in `missing`.

    `purchases` are all records of the buyer; `unread_purchase` is why one of them could not be
    read. `rivals` are further orders of the buyer's, to which a record may belong. `is_new` tells
    that the detail was not asked for, because HAP did not hold the order when it was listed.
    """

    order: Order
    detail: OrderDetail | None = None
    purchases: Sequence[Purchase] | None = None
    unread_purchase: ConnectorError | None = None
    rivals: Sequence[Order] = ()
    is_new: bool = False


@dataclass(frozen=True)
class Fetched:
    """What was fetched for some orders: of each order by its id, of their customers by user id.

    `known` are the row ids of customers whom another step of the run has written. `unmerged` is why
    it is not known which accounts were merged: then no order may be given to a customer.
    """

    orders: Mapping[str, OrderFacts]
    customers: Mapping[str, CustomerFacts] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)
    unmerged: ConnectorError | None = None


class OrderFetch:
    """Fetches for some orders of a batch; `fail` takes an order whose list row cannot be read.

    The detail of `unheld` orders is asked only where their list row leaves something open.
    """

    def __init__(
        self,
        facts: FactFinder,
        refs: Mapping[str, BatchOrder],
        customers_elsewhere: Collection[str],
        unsynced_buyers: Collection[str] | None,
        missing: Missing,
        fail: Fail,
        *,
        unheld: Collection[str] = (),
    ) -> None:
        self.context: SyncContext = facts.context
        self.facts = facts
        self.refs = refs
        self.customers_elsewhere = customers_elsewhere
        self.unsynced_buyers = unsynced_buyers
        self.missing = missing
        self.fail = fail
        self.unheld = unheld

    def run(self, rows: Mapping[str, Order]) -> Fetched:
        """Fetch everything; `rows` are list rows that have just been read."""
        orders, unmerged = self._of_remaining_accounts(self._orders(rows))
        if unmerged:
            return self._fetched(orders, {}, {}, unmerged)
        known = self._customers_elsewhere(orders)
        reported = buyers(
            order for order in orders.values() if order.order_info.user_id not in known
        )
        self.facts.read_users(reported)
        return self._fetched(orders, reported, known)

    # -- the list rows ----------------------------------------------------------------------------

    def _orders(self, rows: Mapping[str, Order]) -> dict[str, Order]:
        """Return the list row of each order; it is read first, because it is the version."""
        refs = {name: ref for name, ref in self.refs.items() if name not in rows}
        created, recent = self._creation_times(refs)
        read = {
            row.order_info.order_id: row for row in read_order_rows(self.context.xiaoe, created)
        }
        for order_id in created.keys() - read.keys():
            error = why_unreadable(self.context, order_id) or _not_shown()
            self.fail(order_id, "order.list", error)
        every = {**rows, **recent, **read}
        return {order_id: every[order_id] for order_id in self.refs if order_id in every}

    def _creation_times(
        self, refs: Mapping[str, BatchOrder]
    ) -> tuple[dict[str, datetime], dict[str, Order]]:
        """Return when each order was created, and list rows that were found on the way.

        For an order that is tried again its detail tells it. Where that does not answer, HAP may
        hold the order, and of a month back the list shows it by its id.
        """
        created = {name: ref.created_at for name, ref in refs.items() if ref.created_at}
        retried = [name for name in refs if name not in created]
        untold: dict[str, ConnectorError] = {}
        for order_id, reported in self.context.xiaoe.threads.map(self._creation_time, retried):
            if isinstance(reported, datetime):
                created[order_id] = reported
            else:
                untold[order_id] = reported
        created |= self._held_times(untold)
        names = sorted(untold.keys() - created.keys())
        now = datetime.now(UTC)
        rows = read_recent_order_rows(self.context.xiaoe, names, now) if names else ()
        recent = {row.order_info.order_id: row for row in rows}
        for order_id in set(names) - recent.keys():
            self.fail(order_id, "order.detail", untold[order_id])
        return created, recent

    def _creation_time(self, order_id: str) -> tuple[str, datetime | ConnectorError]:
        if not self.context.enabled(DETAIL.step):
            return order_id, _not_shown()
        try:
            detail = self.context.interfaces.ask(
                DETAIL.step, lambda: self.context.xiaoe.order_detail(order_id)
            )
        except CallError as error:
            return order_id, error
        return order_id, detail.order_info.created_at or _not_shown()

    def _held_times(self, order_ids: Collection[str]) -> dict[str, datetime]:
        sheet = self.context.sheet(ORDERS)
        rows = look_up(self.context.hap, sheet, order_ids).rows if order_ids else {}
        held = {name: moment_in(sheet, row, "created_at") for name, row in rows.items()}
        return {name: moment for name, moment in held.items() if moment}

    def _of_remaining_accounts(
        self, orders: dict[str, Order]
    ) -> tuple[dict[str, Order], ConnectorError | None]:
        """Return the orders as those of the accounts that others were merged into."""
        try:
            merged = self.context.merged_accounts
        except CallError as error:
            return orders, error
        return {name: merged.of_order(order) for name, order in orders.items()}, None

    # -- the rest ---------------------------------------------------------------------------------

    def _fetched(
        self,
        orders: Mapping[str, Order],
        reported: Mapping[str, BuyerInfo],
        known: Mapping[str, str],
        unmerged: ConnectorError | None = None,
    ) -> Fetched:
        """Fetch what is left, and then what that leaves in doubt."""
        needless = self._needless_details(orders)
        got = _Got(dict(needless))
        self._each(self._jobs(orders, reported, got))
        self._each(self._rival_jobs(orders, got))

        def facts(order_id: str, order: Order) -> OrderFacts:
            user_id = order.order_info.user_id or ""
            return OrderFacts(
                order,
                got.details.get(order_id),
                got.purchases.get(user_id),
                self.facts.unread_purchases.get(user_id),
                got.rivals.get(user_id, ()),
                is_new=order_id in needless,
            )

        customers = {name: got.customers[name] for name in reported if name in got.customers}
        every = {order_id: facts(order_id, order) for order_id, order in orders.items()}
        return Fetched(every, customers, known, unmerged)

    def _needless_details(self, orders: Mapping[str, Order]) -> dict[str, OrderDetail]:
        """Return an empty detail of each order whose list row tells everything."""
        return {
            order_id: OrderDetail.empty(order_id)
            for order_id, order in orders.items()
            if order_id in self.unheld and not needs_detail(order)
        }

    def _rival_jobs(self, orders: Mapping[str, Order], got: _Got) -> Iterator[Job]:
        """Yield for each buyer with a doubtful record the question whose it may be."""
        doubts: dict[str, dict[str, list[datetime]]] = {}
        for order_id, order in orders.items():
            user_id = order.order_info.user_id or ""
            own = own_purchases(order, got.purchases.get(user_id, ()), orders.values())
            if times := doubtful_times(order, own):
                doubts.setdefault(user_id, {})[order_id] = times
        for user_id, by_order in doubts.items():
            times = sorted({time for found in by_order.values() for time in found})
            ask = partial(self.facts.orders_near, user_id, times)
            yield Job(_keep(got.rivals, user_id, ask), VALIDITY, list(by_order))

    def _customers_elsewhere(self, orders: Mapping[str, Order]) -> dict[str, str]:
        """Return the row ids of the customers that are synced elsewhere, where HAP has them."""
        users = {name: order.order_info.user_id or "" for name, order in orders.items()}
        own = {user_id for name, user_id in users.items() if not self._is_elsewhere(name, user_id)}
        names = set(users.values()) - own - {""}
        if not names:
            return {}
        try:
            found = self.context.interfaces.ask(
                CUSTOMERS.alias,
                lambda: (
                    look_up(
                        self.context.hap, self.context.sheet(CUSTOMERS), names, set_apart=True
                    ).rows
                ),
            )
        except CallError:
            return {}  # they are fetched here instead; writing them will tell what is wrong
        return {user_id: row.id for user_id, row in found.items()}

    def _is_elsewhere(self, order_id: str, user_id: str) -> bool:
        """Tell whether the customer comes with another batch, or the run has synced the buyers.

        Of an order that is tried again nobody knew the buyer until now.
        """
        swept = self.unsynced_buyers is not None and user_id not in self.unsynced_buyers
        return order_id in self.customers_elsewhere or (
            swept and not self.refs[order_id].is_retried
        )

    def _jobs(
        self, orders: Mapping[str, Order], reported: Mapping[str, BuyerInfo], got: _Got
    ) -> Iterator[Job]:
        """Yield what is to be fetched, all of it side by side.

        What is known of a buyer is fetched once, whatever was bought; each order's calls stand
        together, so that no interface waits for another one's limit. What people have switched off
        is not asked, and not known: those cells stay.
        """
        asks_detail, asks_purchases = map(self.context.enabled, (DETAIL.step, VALIDITY.step))
        of_user: set[str] = set()
        unsure: dict[str, list[str]] = {}
        for order_id, order in orders.items():
            if asks_purchases and needs_purchases(order):
                unsure.setdefault(order.order_info.user_id or "", []).append(order_id)
        for order_id, order in orders.items():
            user_id = order.order_info.user_id or ""
            without = DETAIL if left_to_detail(order) else None
            if asks_detail and order_id not in got.details:
                detail = partial(self.facts.detail, order)
                yield Job(_keep(got.details, order_id, detail), without, [order_id])
            if user_id in reported and user_id not in of_user:
                of_user.add(user_id)
                customer = partial(self.facts.customer, user_id, reported[user_id])
                yield Job(_keep(got.customers, user_id, customer))
            if user_id and (names := unsure.pop(user_id, None)):
                purchases = partial(self.facts.purchases, user_id)
                yield Job(_keep(got.purchases, user_id, purchases), VALIDITY, names)

    def _each(self, jobs: Iterator[Job]) -> None:
        """Do the jobs side by side; note what orders lack for want of one."""
        for job, error in self.context.xiaoe.threads.map(_attempt, jobs):
            if error and job.part:
                for order_id in job.order_ids:
                    self.missing.note(job.part, order_id, error)


@dataclass
class _Got:
    """What the jobs have fetched so far: details by order id, the rest by user id."""

    details: dict[str, OrderDetail] = field(default_factory=dict)
    customers: dict[str, CustomerFacts] = field(default_factory=dict)
    purchases: dict[str, Sequence[Purchase]] = field(default_factory=dict)
    rivals: dict[str, Sequence[Order]] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """One thing to fetch and keep; `part` is what `order_ids` lack without it."""

    fetch: Callable[[], None]
    part: Part | None = None
    order_ids: Sequence[str] = ()


def _keep(kept: dict[str, T], name: str, ask: Callable[[], T]) -> Callable[[], None]:
    """Return what asks for something and keeps it under a name."""

    def fetch() -> None:
        kept[name] = ask()

    return fetch


def _attempt(job: Job) -> tuple[Job, ConnectorError | None]:
    """Do one job; credentials that are refused make every order fail alike."""
    try:
        job.fetch()
    except CallError as error:
        return job, error
    return job, None


def _not_shown() -> NotFound:
    return NotFound(
        "order.list",
        Bilingual("订单列表里查不到该订单", "the order list does not show this order"),
        Bilingual(
            "用订单号在小鹅通店铺管理台「订单」里搜索：确已删除或隐藏的不用处理，"
            "对账会关闭本行；还在的就运行 DAG xiaoe_explain_order",
            "search the order in the shop's console: one that is deleted or hidden is closed "
            "by the night, for one that is there run the DAG xiaoe_explain_order",
        ),
    )
