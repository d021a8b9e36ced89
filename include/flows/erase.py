"""Erases one person from HAP: the customer and the answered forms go, orders keep their sums."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from connectors.errors import ConfigurationError, NotFound, OutcomeUnknown, Words
from connectors.mingdao.models import Row
from connectors.typed import typed
from include.destination.eraser import clear, delete_for_good, rows_linked_to, rows_saying
from include.destination.lookup import look_up
from include.destination.schema import Worksheet
from include.destination.worksheets import (
    COLLECTED_INFO,
    CUSTOMERS,
    MERGED_ACCOUNTS,
    ORDERS,
    SYNC_ERRORS,
)
from include.flows.dead_letters import letter_id
from include.flows.erased import erased_among, remember_erased
from include.flows.merged_accounts import accounts_of_person, read_pairs
from include.flows.shop import Shop
from include.mapping.orders import promoter_id

log = logging.getLogger(__name__)


def erase_customer(shop: Shop, user_id: str) -> dict[str, int]:
    """Erase a user from the app for good; return how many rows of each worksheet were concerned.

    With the accounts that went into that one, or that it went into. Orders keep their sums and lose
    the person, as buyer and as promoter. Safe to repeat: what is gone stays gone. Raises
    ConfigurationError without a user id, NotFound where neither system knows the person, and
    OutcomeUnknown when orders refused to let go.
    """
    user_id = typed(user_id)
    if not user_id:
        raise ConfigurationError(
            "erase",
            Words("没有填写 user_id", "no user_id was given"),
            Words("在参数里填写要删除的用户ID", "give the id of the user to be erased"),
        )
    pairs = read_pairs(shop.hap, shop.sheet(MERGED_ACCOUNTS)) if shop.has(MERGED_ACCOUNTS) else {}
    accounts = accounts_of_person(pairs, user_id)
    if not any(_find(shop, accounts).counts().values()):
        _insist_on_known(shop, accounts)
    for account in accounts:
        remember_erased(shop, account)  # first, so that no run that works meanwhile brings it back
    traces = _find(shop, accounts)
    counts = traces.counts()
    if shop.preview:
        log.info("预览,没有删除 / preview, nothing erased: %s", counts)
        return counts
    # The customer goes last: until then a second run finds by it whatever is left.
    for alias, rows in (("customer", traces.bought), ("promoter", traces.promoted)):
        _clear(shop, alias, rows)
    for definition, rows in (
        (SYNC_ERRORS, traces.letters),
        (COLLECTED_INFO, traces.forms),
        (CUSTOMERS, traces.customers),
        (MERGED_ACCOUNTS, traces.merges),
    ):
        if rows:
            delete_for_good(shop.hap, shop.sheet(definition), [row.id for row in rows])
    log.info("已永久删除 / erased for good: %s", counts)
    return counts


def _insist_on_known(shop: Shop, accounts: Collection[str]) -> None:
    """Raise NotFound for somebody of whom HAP says nothing and the shop does not know either.

    Whoever was erased before is known by the mark; the shop may have forgotten the person since.
    """
    if erased_among(shop, accounts):
        return
    if not any(_is_in_shop(shop, account) for account in accounts):
        raise NotFound(
            "erase",
            Words(
                "小鹅通和明道云都没有这个用户ID,没有删除任何人",
                "neither system knows this user id, nobody was erased",
            ),
            Words(
                "核对参数 user_id(u_…),再重新运行",
                "check the param user_id, then run again",
            ),
        )


def _is_in_shop(shop: Shop, user_id: str) -> bool:
    """Tell whether the shop knows a user; an answer that says nothing of anybody is a no."""
    try:
        return any(dict(shop.xiaoe.user_info(user_id)).values())
    except NotFound:
        return False


@dataclass(frozen=True)
class _Traces:
    """The rows that say something about one person."""

    customers: Sequence[Row]
    forms: Sequence[Row]
    bought: Sequence[Row]
    promoted: Sequence[Row]
    letters: Sequence[Row]
    merges: Sequence[Row]

    def counts(self) -> dict[str, int]:
        orders = {row.id for row in (*self.bought, *self.promoted)}
        return {
            "customers": len(self.customers),
            "collected_info": len(self.forms),
            "orders": len(orders),
            "sync_errors": len(self.letters),
        }


def _find(shop: Shop, accounts: Sequence[str]) -> _Traces:
    customers = _all_rows(shop, CUSTOMERS, accounts)
    row_ids = [row.id for row in customers]
    forms = rows_linked_to(shop.hap, shop.sheet(COLLECTED_INFO), "customer", row_ids)
    records = [shop.sheet(COLLECTED_INFO).key_of(row) for row in forms]
    names = [
        *(f"customers:{account}" for account in accounts),
        *(f"collected_info:{record}" for record in records),
    ]
    letters = [
        *(letter_id(shop, "customer", account) for account in accounts),
        *(letter_id(shop, "collected_info", record) for record in records),
        *(letter_id(shop, "duplicate", name) for name in names),
    ]
    return _Traces(
        customers,
        forms,
        rows_linked_to(shop.hap, shop.sheet(ORDERS), "customer", row_ids),
        _promoted(shop, accounts, customers),
        _all_rows(shop, SYNC_ERRORS, letters),
        _all_rows(shop, MERGED_ACCOUNTS, accounts) if shop.has(MERGED_ACCOUNTS) else (),
    )


def _all_rows(shop: Shop, definition: Worksheet, keys: Sequence[str]) -> list[Row]:
    found = look_up(shop.hap, shop.sheet(definition), keys)
    return [*found.rows.values(), *(row for rows in found.duplicates.values() for row in rows)]


def _promoted(shop: Shop, accounts: Sequence[str], customers: Sequence[Row]) -> list[Row]:
    """Return the orders that name the person as promoter.

    They show a nickname, which others may bear too: the order's detail tells whose it is.
    """
    nicknames = {shop.sheet(CUSTOMERS).read(row, "nickname") for row in customers}
    names = {*accounts, *(name for name in nicknames if isinstance(name, str))}
    if "promoter" in shop.sheet(ORDERS).left_out:
        return []
    named = rows_saying(shop.hap, shop.sheet(ORDERS), "promoter", names)
    return [row for row in named if _is_promoter(shop, accounts, row)]


def _is_promoter(shop: Shop, accounts: Sequence[str], row: Row) -> bool:
    try:
        detail = shop.xiaoe.order_detail(shop.sheet(ORDERS).key_of(row))
    except NotFound:
        return True
    return promoter_id(detail) in (*accounts, None)


def _clear(shop: Shop, alias: str, rows: Sequence[Row]) -> None:
    if not rows:
        return
    refused = clear(shop.hap, shop.sheet(ORDERS), alias, [row.id for row in rows])
    if refused:
        raise OutcomeUnknown(
            "erase",
            Words(f"{len(refused)} 个订单没有解除客户关联", "orders still point at the customer"),
            Words("稍后自动重试", "it is tried again later"),
        )
