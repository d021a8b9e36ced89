"""What is fetched about orders and their customers, each thing once per batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.errors import NotFound
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
from include.flows.shop import Shop
from include.source.everything import user_answers, user_purchases

USERS_PER_CALL = 50


@dataclass(frozen=True)
class CustomerFacts:
    """What the shop tells of one customer.

    `answers` are all records of all forms, None where they were not told.
    """

    user_id: str
    user: User | None
    info: UserInfo | None
    buyer: BuyerInfo | None
    answers: Sequence[Answer] | None = None
    purchases: Sequence[Purchase] = ()


@dataclass
class FactFinder:
    """Fetches what is known of orders and users, and remembers it for the batch."""

    shop: Shop
    users: dict[str, User] = field(default_factory=dict)

    def read_users(self, user_ids: Iterable[str]) -> None:
        """Read the user list's rows of these users, fifty a call; who is missing there stays so."""
        if not self.shop.enabled("user.by_id"):
            return
        wanted = sorted(set(user_ids) - self.users.keys())
        for start in range(0, len(wanted), USERS_PER_CALL):
            for user in self.shop.xiaoe.users_by_id(wanted[start : start + USERS_PER_CALL]):
                self.users[user.user_id] = user

    def customer(self, user_id: str, buyer: BuyerInfo | None) -> CustomerFacts:
        """Return everything the shop tells of one customer."""
        return CustomerFacts(
            user_id,
            self.users.get(user_id),
            self._info(user_id),
            buyer,
            self._answers(user_id),
            self._purchases(user_id),
        )

    def detail(self, order: Order) -> OrderDetail:
        """Return the order's detail; an empty one where people have switched the API off."""
        order_id = order.order_info.order_id
        if not self.shop.enabled("order.detail"):
            return OrderDetail(order_info=DetailOrderInfo(order_id=order_id))
        return self.shop.xiaoe.order_detail(order_id)

    def _info(self, user_id: str) -> UserInfo | None:
        """Return the user's detail; None for a user who is gone or was merged into another."""
        if not self.shop.enabled("user.info"):
            return None
        try:
            return self.shop.xiaoe.user_info(user_id)
        except NotFound:
            return None

    def _answers(self, user_id: str) -> Sequence[Answer] | None:
        if not self.shop.enabled("information.user"):
            return None
        size = self.shop.settings.page_size("information.user")
        try:
            return list(user_answers(self.shop.xiaoe, user_id, size))
        except NotFound:
            return None

    def _purchases(self, user_id: str) -> Sequence[Purchase]:
        if not self.shop.enabled("purchase"):
            return ()
        size = self.shop.settings.page_size("purchase")
        try:
            return list(user_purchases(self.shop.xiaoe, user_id, size))
        except NotFound:
            return ()


def buyers(orders: Iterable[Order]) -> Mapping[str, BuyerInfo]:
    """Return what the newest order tells of each buyer, by user id."""
    newest = sorted(orders, key=lambda order: order.order_info.order_id)
    return {
        order.order_info.user_id: order.buyer_info for order in newest if order.order_info.user_id
    }
