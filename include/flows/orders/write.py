"""Step 4, its writing half: the customers of some orders, then the orders themselves.

HAP's worksheet of orders is primary. A customer or a good that HAP lacks or refuses is noted, and
the order is written without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from connectors.errors import Bilingual, CallError, ConnectorError, RejectedError
from connectors.xiaoe.models import Order, OrderDetail, Purchase
from include.destination.sheets.record import Record
from include.destination.sheets.worksheets import COLUMNS, CUSTOMERS, GOODS, ORDERS
from include.destination.write.outcome import Outcome
from include.flows.customers.erased import erased_among
from include.flows.customers.write import CustomerWrites, close_written, write_known_customers
from include.flows.goods_rows import GoodsKey, ensure_goods, goods_held, goods_key
from include.flows.orders.fetch import Fail, Fetched, OrderFacts
from include.flows.run.context import SyncContext
from include.flows.run.isolation import each_isolated
from include.flows.run.missing import Missing
from include.flows.run.parts import BOUGHT, BUYER, VALIDITY, parts_of
from include.mapping.listed_orders import left_to_detail, left_to_purchases
from include.mapping.orders import Links, order_record, promoter_id
from include.mapping.validity import lacks_purchase, own_purchases

R = TypeVar("R")


class OrderWrite:
    """Writes the customers of some orders and maps the orders, with what was fetched."""

    def __init__(
        self,
        context: SyncContext,
        fetched: Fetched,
        missing: Missing,
        fail: Fail,
        *,
        goods_synced: bool,
    ) -> None:
        self.context = context
        self.fetched = fetched
        self.missing = missing
        self.fail = fail
        self.goods_synced = goods_synced

    def records(self, *, close: bool) -> list[Record]:
        """Write the customers, and return the records of the orders.

        With `close` the error rows of customers are closed that kept orders out before.
        """
        return self.mapped(self._customers(close=close), self._goods_rows())

    def mapped(
        self,
        people: Mapping[str, str | ConnectorError],
        goods: Mapping[GoodsKey, str | ConnectorError],
    ) -> list[Record]:
        """Return the records of the orders, linked to these rows of customers and goods."""
        promoters = self._each(self._promoter, self.fetched.orders)
        erased = erased_among(self.context, filter(None, promoters.values()))

        def record(facts: OrderFacts) -> Record:
            shown = promoters[facts.order.order_info.order_id] not in erased
            return self._record(facts, people, goods, shown=shown)

        return list(self._each(record, promoters).values())

    def _each(self, act: Callable[[OrderFacts], R], order_ids: Iterable[str]) -> dict[str, R]:
        """Return what `act` makes of each order; one of which it makes nothing fails alone."""
        orders = {name: self.fetched.orders[name] for name in order_ids}
        made, failures = each_isolated(ORDERS.alias, orders, act)
        for order_id, error in failures.items():
            self.fail(order_id, error.api, error)
        return made

    # -- customers and goods ----------------------------------------------------------------------

    def _customers(self, *, close: bool) -> Mapping[str, str | ConnectorError]:
        """Write customers and their answered forms; return the row of each, or why it has none."""
        reported = self.fetched.customers.values()
        try:
            written = self.context.interfaces.ask(
                CUSTOMERS.alias, lambda: write_known_customers(self.context, reported)
            )
        except CallError as error:
            self.missing.note_interface(CUSTOMERS.alias, error)
            failed: dict[str, ConnectorError] = dict.fromkeys(self.fetched.customers, error)
            written = CustomerWrites(Outcome(failures=failed), Outcome())
        self.missing.add(written.missing)
        if close:
            close_written(self.context, written)
        return {**written.failures, **self.fetched.known, **written.row_ids}

    def _goods_rows(self) -> Mapping[GoodsKey, str | ConnectorError]:
        """Return the row ids of the goods and columns that the orders refer to."""
        sold = [
            (line.resource_id, line)
            for facts in self.fetched.orders.values()
            for line in facts.order.good_list
            if line.resource_id
        ]
        refs = [(goods_id, line.resource_type) for goods_id, line in sold]
        lines = {goods_key(goods_id, line.resource_type): line for goods_id, line in sold}
        if self.context.preview and self.goods_synced:
            foretold = {(alias, name): f"preview:{name}" for alias, name in lines}
            return foretold | goods_held(self.context, refs)
        found = ensure_goods(self.context, refs, lines)
        self.missing.add(found.missing)
        return {**found.failures, **found.rows}

    # -- orders -----------------------------------------------------------------------------------

    def _promoter(self, facts: OrderFacts) -> str | None:
        return promoter_id(_detail(facts), facts.order)

    def _record(
        self,
        facts: OrderFacts,
        people: Mapping[str, str | ConnectorError],
        goods: Mapping[GoodsKey, str | ConnectorError],
        *,
        shown: bool,
    ) -> Record:
        order = facts.order
        order_id, user_id = order.order_info.order_id, order.order_info.user_id or ""
        customer = self.fetched.unmerged or people.get(user_id)
        if isinstance(customer, ConnectorError):
            self.missing.note(BUYER, order_id, customer)
        if not user_id:
            self.missing.note(BUYER, order_id, _no_buyer())
        unknown = {"customer"} if self.missing.has(BUYER, order_id) else set()
        linked, fill_blank_only = self._linked(order, goods)
        if facts.detail is None:
            unknown |= left_to_detail(order)
        own = self._own_purchases(facts)
        if facts.unread_purchase and lacks_purchase(order, own):
            self.missing.note(VALIDITY, order_id, facts.unread_purchase)
        if facts.purchases is None or self.missing.has(VALIDITY, order_id):
            unknown |= left_to_purchases(order)
        row_id = None if isinstance(customer, ConnectorError) else customer
        record = order_record(
            self.context.id,
            order,
            _detail(facts),
            own,
            Links(row_id, tuple(linked[GOODS.alias]), tuple(linked[COLUMNS.alias])),
            promoter=shown,
        )
        reported = {name: value for name, value in record.values.items() if name not in unknown}
        return replace(
            record,
            values=reported,
            fill_blank_only=fill_blank_only,
            new_row_only=left_to_detail(order) if facts.is_new else frozenset(),
            whole=self._is_whole(order_id),
        )

    def _own_purchases(self, facts: OrderFacts) -> list[Purchase]:
        """Return those of the buyer's purchases that are this order's; mostly there are none."""
        if not facts.purchases:
            return []
        at_hand = (*(one.order for one in self.fetched.orders.values()), *facts.rivals)
        return own_purchases(facts.order, facts.purchases, at_hand)

    def _linked(
        self, order: Order, goods: Mapping[GoodsKey, str | ConnectorError]
    ) -> tuple[Mapping[str, list[str]], frozenset[str]]:
        """Return the row ids of an order's goods by worksheet, and the worksheets that lack any.

        The goods that are there link a new row; a row that HAP holds keeps its links until all are.
        """
        linked: dict[str, list[str]] = {GOODS.alias: [], COLUMNS.alias: []}
        fill_blank_only: set[str] = set()
        if not all(line.resource_id for line in order.good_list) or not order.good_list:
            fill_blank_only |= linked.keys()
            self.missing.note(BOUGHT, order.order_info.order_id, _no_good())
        for line in order.good_list:
            if not line.resource_id:
                continue
            key = alias, _ = goods_key(line.resource_id, line.resource_type)
            row = goods.get(key)
            if isinstance(row, str):
                linked[alias].append(row)
            else:
                fill_blank_only.add(alias)
                self.missing.note(BOUGHT, order.order_info.order_id, row or _no_row())
        return linked, frozenset(fill_blank_only)

    def _is_whole(self, order_id: str) -> bool:
        return not any(self.missing.has(part, order_id) for part in parts_of("order"))


def _detail(facts: OrderFacts) -> OrderDetail:
    """Return the order's detail, one that tells nothing where it could not be read."""
    order_id = facts.order.order_info.order_id
    return facts.detail or OrderDetail.empty(order_id)


def _no_row() -> RejectedError:
    return RejectedError(
        GOODS.alias,
        Bilingual("订单的商品还没有同步到明道云", "a good of this order is not in HAP yet"),
        Bilingual(
            "先按「同步异常」里对象是「商品」的行处理，没有就看本次运行的任务 sync_goods "
            "的日志；下次运行会自动重试",
            "see the rows about goods in sync_errors, or else the log of the task sync_goods; "
            "it is tried again by itself",
        ),
    )


def _no_buyer() -> RejectedError:
    return RejectedError(
        "order.list",
        Bilingual("小鹅通没有给出订单的买家", "the shop's row does not tell who bought"),
        Bilingual(
            "用订单号在小鹅通店铺管理台「订单」里搜索，看买家是否还在；下次运行会自动重试；确实没有买家的，把本行设为「忽略」",
            "search the order in the shop's console and look for its buyer; it is tried again "
            "by itself; where "
            "there is none, set this row to 忽略",
        ),
    )


def _no_good() -> RejectedError:
    return RejectedError(
        "order.list",
        Bilingual("小鹅通没有给出订单的商品", "the shop's row does not tell what was bought"),
        Bilingual(
            "用订单号在小鹅通店铺管理台「订单」里搜索，核对商品；下次运行会自动重试",
            "search the order in the shop's console and check its goods; it is tried again by "
            "itself",
        ),
    )
