"""What is fetched about orders and their customers, each thing once per batch."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    NotFound,
)
from connectors.xiaoe.models import (
    Answer,
    BuyerInfo,
    DetailOrderInfo,
    Order,
    OrderDetail,
    Purchase,
    User,
    UserInfo,
)
from include.destination.lookup import chunked
from include.flows.shop import Shop
from include.mapping.customers import detail_can_add
from include.source.everything import user_answers, user_purchases

log = logging.getLogger(__name__)

USERS_PER_CALL = 50


@dataclass(frozen=True)
class CustomerFacts:
    """What the shop tells of one customer.

    `answers` are all records of all forms, or None where they were not asked.
    """

    user_id: str
    user: User | None
    info: UserInfo | None
    buyer: BuyerInfo | None
    answers: Sequence[Answer] | None = None


@dataclass
class FactFinder:
    """Fetches what is known of orders and users, and remembers the user list for the batch.

    `answers` are those of all users, by user id, where they have been read before; without them
    each user's are asked for, unless `asks_answers` is false.
    """

    shop: Shop
    answers: Mapping[str, Sequence[Answer]] | None = None
    asks_answers: bool = True
    users: dict[str, User] = field(default_factory=dict)

    def read_users(self, user_ids: Iterable[str]) -> None:
        """Read the user list's rows of these users, fifty a call; who is missing there stays so."""
        if not self.shop.enabled("user.by_id"):
            return
        wanted = sorted(set(user_ids) - self.users.keys())
        chunks = chunked(wanted, USERS_PER_CALL)
        for users in self.shop.xiaoe.threads.map(self._users, chunks):
            self.users |= {user.user_id: user for user in users}

    def customer(self, user_id: str, buyer: BuyerInfo | None) -> CustomerFacts:
        """Return everything the shop tells of one customer."""
        user, answers = self.users.get(user_id), self._answers(user_id)
        asks = answers is None or detail_can_add(user, answers)
        return CustomerFacts(user_id, user, self._info(user_id) if asks else None, buyer, answers)

    def customers(
        self, user_ids: Iterable[str]
    ) -> tuple[list[CustomerFacts], dict[str, ConnectorError]]:
        """Return what the shop tells of these users, and why it could not be read of others.

        Raises what makes every user fail alike.
        """
        told: list[CustomerFacts] = []
        failed: dict[str, ConnectorError] = {}
        for user_id, facts in self.shop.xiaoe.threads.map(self._attempt, user_ids):
            if isinstance(facts, ConnectorError):
                failed[user_id] = facts
            else:
                told.append(facts)
        return told, failed

    def detail(self, order: Order) -> OrderDetail:
        """Return the order's detail; an empty one where people have switched the API off."""
        order_id = order.order_info.order_id
        if not self.shop.enabled("order.detail"):
            return OrderDetail(order_info=DetailOrderInfo(order_id=order_id))
        return self.shop.xiaoe.order_detail(order_id)

    def purchases(self, user_id: str) -> Sequence[Purchase]:
        """Return the purchase records of a user; none of one who is gone."""
        if not self.shop.enabled("purchase"):
            return ()
        size = self.shop.settings.page_size("purchase")
        try:
            return list(user_purchases(self.shop.xiaoe, user_id, size))
        except NotFound:
            return ()

    def _attempt(self, user_id: str) -> tuple[str, CustomerFacts | ConnectorError]:
        try:
            return user_id, self.customer(user_id, None)
        except (AuthenticationError, ConfigurationError):
            raise
        except ConnectorError as error:
            log.error("客户 %s 未能读取 / customer not read\n%s", user_id, error)
            return user_id, error

    def _users(self, user_ids: Sequence[str]) -> Sequence[User]:
        return self.shop.xiaoe.users_by_id(user_ids)

    def _info(self, user_id: str) -> UserInfo | None:
        """Return the user's detail; None for a user who is gone or was merged into another.

        Asked for a merged account, the shop may answer with the remaining one: that is another
        customer's, and must not be written over the old one's row.
        """
        if not self.shop.enabled("user.info"):
            return None
        try:
            info = self.shop.xiaoe.user_info(user_id)
        except NotFound:
            return None
        return info if info.user_id in (None, user_id) else None

    def _answers(self, user_id: str) -> Sequence[Answer] | None:
        if self.answers is not None:
            return self.answers.get(user_id, ())
        if not self.asks_answers or not self.shop.enabled("information.user"):
            return None
        size = self.shop.settings.page_size("information.user")
        try:
            return list(user_answers(self.shop.xiaoe, user_id, size))
        except NotFound:
            return None


def buyers(orders: Iterable[Order]) -> Mapping[str, BuyerInfo]:
    """Return what the newest order tells of each buyer, by user id."""
    newest = sorted(orders, key=lambda order: order.order_info.order_id)
    return {
        order.order_info.user_id: order.buyer_info for order in newest if order.order_info.user_id
    }
