"""What is fetched about orders and their customers, each thing once per batch.

All of it is secondary: what cannot be read is noted with the customer, or raised to whoever asked
for it, and an interface that fails as a whole is not asked again by this task.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connectors.errors import CallError, ConnectorError, NotFound
from connectors.xiaoe.models import (
    Answer,
    BuyerInfo,
    Order,
    OrderDetail,
    Purchase,
    UnreadableRow,
    User,
    UserInfo,
)
from include.destination.read.lookup import chunked
from include.flows.run.context import SyncContext
from include.flows.run.isolation import isolated
from include.flows.run.parts import FORMS, INFO, LISTED, Part
from include.flows.run.unreadable_rows import error_of, why_unreadable_user
from include.mapping.customers import detail_can_add
from include.source.full_lists import user_answers, user_purchases
from include.source.order_rows import orders_of_user
from include.source.windows import Window

USERS_PER_CALL = 50
# Around a purchase record the order that it may come from is looked for: the list shows a month.
NEAR = timedelta(days=15)


@dataclass(frozen=True)
class CustomerFacts:
    """What the shop tells of one customer.

    `answers` are all records of all forms, or None where they were not asked. `missing` holds what
    could not be read, and why: nothing of that is known, which is not the same as being empty.
    `asked_all` tells that nothing was left for another flow to ask.
    """

    user_id: str
    user: User | None
    info: UserInfo | None
    buyer: BuyerInfo | None
    answers: Sequence[Answer] | None = None
    missing: Mapping[Part, ConnectorError] = field(default_factory=dict)
    asked_all: bool = True

    @property
    def whole(self) -> bool | None:
        """Tell whether nothing is missing; None where not all was asked (see `Record.whole`)."""
        return False if self.missing else (True if self.asked_all else None)

    @property
    def tells_anything(self) -> bool:
        """Tell whether the shop says anything at all of the customer."""
        return bool(self.user or self.info or self.answers)


@dataclass
class FactFinder:
    """Fetches what is known of orders and users, and remembers the user list for the batch.

    `answers` are those of all users, by user id, where they have been read before; without them
    each user's are asked for, unless `asks_answers` is false.
    """

    context: SyncContext
    answers: Mapping[str, Sequence[Answer]] | None = None
    asks_answers: bool = True
    users: dict[str, User] = field(default_factory=dict)
    unread_users: dict[str, ConnectorError] = field(default_factory=dict)
    unread_purchases: dict[str, ConnectorError] = field(default_factory=dict)

    def read_users(self, user_ids: Iterable[str]) -> None:
        """Read the user list's rows of these users, fifty a call; who is missing there stays so."""
        if not self.context.enabled("user.by_id"):
            return
        wanted = sorted(set(user_ids) - self.users.keys())
        chunks = chunked(wanted, USERS_PER_CALL)
        for users, unread in self.context.xiaoe.threads.map(self._users, chunks):
            self.users |= {user.user_id: user for user in users}
            self.unread_users |= unread

    def customer(self, user_id: str, buyer: BuyerInfo | None) -> CustomerFacts:
        """Return everything the shop tells of one customer, with a note of what it does not."""
        missing: dict[Part, ConnectorError] = {}
        if why := why_unreadable_user(self.context, user_id) or self.unread_users.get(user_id):
            missing[LISTED] = why
        user, answers, info = self.users.get(user_id), None, None
        unread: list[UnreadableRow] = []
        try:
            answers = self._answers(user_id, unread)
        except CallError as error:
            missing[FORMS] = error
        if nameless := [row for row in unread if not row.id]:
            missing[FORMS] = error_of(nameless[0])
        if answers is None or asks_detail(user, answers, user_id):
            try:
                info = self._info(user_id)
            except CallError as error:
                missing[INFO] = error
        asked_all = self.asks_answers or self.answers is not None
        return CustomerFacts(user_id, user, info, buyer, answers, missing, asked_all)

    def customers(self, user_ids: Iterable[str]) -> Iterator[CustomerFacts]:
        """Yield what the shop tells of these users."""
        return self.context.xiaoe.threads.map(lambda name: self.customer(name, None), user_ids)

    def detail(self, order: Order) -> OrderDetail:
        """Return the order's detail; whether people want it asked is for the caller to look."""
        order_id = order.order_info.order_id
        return self.context.interfaces.ask(
            "order.detail", lambda: self.context.xiaoe.order_detail(order_id)
        )

    def purchases(self, user_id: str) -> Sequence[Purchase]:
        """Return the purchase records of a user; none of one who is gone.

        Why one cannot be read is kept in `unread_purchases`: it may be any order's.
        """
        size = self.context.settings.page_size("purchase")
        unread: list[UnreadableRow] = []
        try:
            return self.context.interfaces.ask(
                "purchase", lambda: list(user_purchases(self.context.xiaoe, user_id, size, unread))
            )
        except NotFound:
            return ()
        finally:
            if unread:
                self.unread_purchases[user_id] = error_of(unread[0])

    def orders_near(self, user_id: str, times: Sequence[datetime]) -> list[Order]:
        """Return the buyer's orders that were made within a week, or more, of these moments.

        The shop may have left some under an account that went into this one.
        """
        merged = self.context.merged_accounts
        gone = {name for name in merged.pairs if merged.account_of(name) == user_id}
        accounts = sorted({user_id} | gone)
        found: dict[str, Order] = {}
        for window in _around(times):
            for account in accounts:
                rows = orders_of_user(self.context.xiaoe, account, window, accounts)
                found |= {row.order_info.order_id: merged.of_order(row) for row in rows}
        return list(found.values())

    def _users(
        self, user_ids: Sequence[str]
    ) -> tuple[Sequence[User], Mapping[str, ConnectorError]]:
        """Return the rows of these users, and why there is none of others.

        A row that cannot be read and tells no id may be that of anybody who was not shown.
        """
        unread: list[UnreadableRow] = []
        try:
            users = self.context.interfaces.ask(
                "user.by_id", lambda: self.context.xiaoe.users_by_id(user_ids, unread)
            )
        except CallError as error:
            return (), dict.fromkeys(user_ids, error)
        nameless = [error_of(row) for row in unread if not row.id]
        shown = {user.user_id for user in users} | {row.id for row in unread}
        not_shown = [name for name in user_ids if name not in shown]
        return users, dict.fromkeys(not_shown, nameless[0]) if nameless else {}

    def _info(self, user_id: str) -> UserInfo | None:
        """Return the user's detail; None for a user who is gone or was merged into another.

        Asked for a merged account, the shop may answer with the remaining one: that is another
        customer's, and must not be written over the old one's row.
        """
        if not self.context.enabled("user.info"):
            return None
        try:
            info = self.context.interfaces.ask(
                "user.info", lambda: self.context.xiaoe.user_info(user_id)
            )
        except NotFound:
            return None
        return info if info.user_id in (None, user_id) else None

    def _answers(self, user_id: str, unread: list[UnreadableRow]) -> Sequence[Answer] | None:
        if self.answers is not None:
            return self.answers.get(user_id, ())
        if not self.asks_answers or not self.context.enabled("information.user"):
            return None
        size = self.context.settings.page_size("information.user")
        try:
            return self.context.interfaces.ask(
                "information.user",
                lambda: list(user_answers(self.context.xiaoe, user_id, size, unread)),
            )
        except NotFound:
            return None


def _around(times: Iterable[datetime]) -> Iterator[Window]:
    reached: datetime | None = None
    for time in sorted(times):
        if reached is None or time + NEAR / 2 > reached:
            reached = time + NEAR
            yield Window(time - NEAR, reached)


def asks_detail(user: User | None, answers: Sequence[Answer], user_id: str = "") -> bool:
    """Tell whether the user's detail may add something.

    Where the mapping fails on what is known it is asked all the same: writing tells of that.
    """
    known = user_id or (user.user_id if user else "")
    adds = isolated("user.info", known, lambda given: detail_can_add(user, given), answers)
    return adds is not False


def buyers(orders: Iterable[Order]) -> Mapping[str, BuyerInfo]:
    """Return what the newest order tells of each buyer, by user id."""
    newest = sorted(orders, key=lambda order: order.order_info.order_id)
    return {
        order.order_info.user_id: order.buyer_info for order in newest if order.order_info.user_id
    }
