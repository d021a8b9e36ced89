"""Step 4 of the orders flow: one batch of orders, each from the source into HAP.

For each order its list row, its detail, its validity and what the buyer filled in; then the
customer, then the answered forms, then the order. Inside a batch every order stands alone: what
fails is recorded in `sync_errors` with its reason, and the others go through. Only the list row
and HAP's worksheet of orders can fail an order; it is written without whatever else is missing.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.errors import ConnectorError
from connectors.xiaoe.models import Order
from include.destination.read.lookup import chunked
from include.destination.sheets.worksheets import ORDERS
from include.destination.write.outcome import in_words
from include.destination.write.plan import Action
from include.flows.customers.fetch import FactFinder
from include.flows.orders.fetch import OrderFetch
from include.flows.orders.hidden_promoters import record_hidden
from include.flows.orders.list import held_orders
from include.flows.orders.payment_doubts import record_doubts
from include.flows.orders.write import OrderWrite
from include.flows.run.batches import Batch, BatchOrder
from include.flows.run.context import OF_ORDERS, SyncContext
from include.flows.run.counts import Counts
from include.flows.run.error_rows import Failure, record_failures
from include.flows.run.failed_batch import batch_error
from include.flows.run.missing import Missing, record_missing
from include.flows.run.unreadable_rows import record_unreadable

log = logging.getLogger(__name__)

ORDERS_AT_ONCE = 500


@dataclass(frozen=True)
class BatchResult:
    """What became of a batch, by its label.

    `missing` notes without what orders and customers were written, `unknown` are the vendor's
    numbers that no table explains.
    """

    batch: str
    counts: Counts = field(default_factory=Counts)
    missing: Missing = field(default_factory=Missing)
    unknown: Sequence[str] = ()


@dataclass(frozen=True)
class Synced(BatchResult):
    """The same with names: all orders of the batch, and those whose row was created or changed."""

    done: Sequence[str] = ()
    changed: Sequence[str] = ()


def sync_batch(
    context: SyncContext,
    batch: Batch,
    *,
    unsynced_buyers: Collection[str] | None = None,
    goods_synced: bool = True,
) -> BatchResult:
    """Sync the orders of one batch; return what became of them, in numbers.

    Tried again, orders that HAP holds in this version by now cost nothing.
    `unsynced_buyers` are the buyers whom the run has not synced before, None for all of them;
    `goods_synced` tells that a step before has created the goods that HAP lacked. What is missing
    of the orders is returned, for the last step to record. Raises BatchFailedError when an order
    did not get through, after recording it, and whatever makes every order fail alike.
    """
    return run_batch(context, batch, unsynced_buyers=unsynced_buyers, goods_synced=goods_synced)


def run_batch(
    context: SyncContext,
    batch: Batch,
    *,
    goods_synced: bool,
    unsynced_buyers: Collection[str] | None = None,
    asks_answers: bool = True,
    rows: Mapping[str, Order] | None = None,
) -> Synced:
    """Do the work of `sync_batch`, some orders after another; return what became of them.

    With `asks_answers` false nobody's answered forms are read: they are synced elsewhere. With
    `rows`, list rows by id that the caller has just read, every order is synced, whatever HAP
    holds: something may have changed that left the version alone.
    """
    orders = batch.orders
    every = rows is not None or context.compare_all_cells
    held = {} if every else _held(context, batch)
    refs = [order for order in orders if not held.get(order.order_id)]
    # A first load: of these HAP knows nothing that the detail told an earlier run.
    many = not every and len(orders) > 1
    unheld = {ref.order_id for ref in refs if ref.order_id not in held} if many else set()
    counts = Counter({Action.UNCHANGED.value: len(orders) - len(refs)})
    changed, missing = list[str](), Missing()
    failures: dict[str, Failure] = {}
    elsewhere = {order.order_id for order in batch.customer_elsewhere}
    if refs:
        context.open_sheets(OF_ORDERS)
    for part in chunked(refs, ORDERS_AT_ONCE):
        facts = FactFinder(context, asks_answers=asks_answers)
        sync = _BatchSync(facts, part, unheld, goods_synced=goods_synced)
        counts.update(sync.run(elsewhere, rows or {}, unsynced_buyers))
        changed += sync.changed
        missing.add(sync.missing)
        failures |= sync.failures
    counts["failed"] = len(failures)  # most of them had not come as far as a write
    record_failures(context, failures.values())
    record_unreadable(context, orders=False)
    told = "；".join(filter(None, (in_words(counts), str(missing))))
    log.info("%s：%s", batch.label, told)
    if failures:
        record_missing(context, missing)  # the task tells nothing of itself any more
        raise batch_error(list(failures.values()))
    return Synced(
        batch.label,
        Counts(**counts),
        missing.joined(context.interfaces.down),
        sorted(context.unknown),
        [order.order_id for order in orders],
        changed,
    )


def _held(context: SyncContext, batch: Batch) -> dict[str, bool]:
    """Return which orders HAP holds, as `held_orders` does.

    A first attempt believes the step that has just listed them. What another run has written since
    is written again, by the newest row of the shop's list as always.
    """
    if context.handed_on and batch.held is not None:
        return dict.fromkeys(batch.held, False)
    return held_orders(context, batch.orders)


class _BatchSync:
    """Some orders of a batch; an order that has failed takes no further step."""

    def __init__(
        self,
        facts: FactFinder,
        refs: Sequence[BatchOrder],
        unheld: Collection[str],
        *,
        goods_synced: bool,
    ) -> None:
        self.context = facts.context
        self.facts = facts
        self.refs = {ref.order_id: ref for ref in refs}
        self.unheld = unheld
        self.goods_synced = goods_synced
        self.failures: dict[str, Failure] = {}
        self.missing = Missing()
        self.changed: list[str] = []

    def run(
        self,
        customers_elsewhere: Collection[str],
        rows: Mapping[str, Order],
        unsynced_buyers: Collection[str] | None,
    ) -> Counter[str]:
        """Fetch, write customers and orders; return what became of the orders' rows."""
        fetch = OrderFetch(
            self.facts,
            self.refs,
            customers_elsewhere,
            unsynced_buyers,
            self.missing,
            self._fail,
            unheld=self.unheld,
        )
        write = OrderWrite(
            self.context, fetch.run(rows), self.missing, self._fail, goods_synced=self.goods_synced
        )
        # Where orders are tried again, what kept them out may have been their customer.
        retried = any(ref.is_retried for ref in self.refs.values())
        records = write.records(close=retried)
        outcome = self.context.upsert(ORDERS, records)
        for order_id, error in outcome.failures.items():
            self._fail(order_id, "orders", error)
        record_doubts(self.context, [write.fetched.orders[record.key].order for record in records])
        record_hidden(self.context, write.fetched)
        self.changed = sorted({c.key for c in outcome.planned if not c.only_bookkeeping})
        return outcome.counts()

    def _fail(self, order_id: str, step: str, error: ConnectorError) -> None:
        log.error(
            "订单 %s 未能同步，步骤 %s / order failed at this step\n%s", order_id, step, error
        )
        self.failures.setdefault(order_id, Failure("order", order_id, step, error))
