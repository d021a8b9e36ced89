"""Brings single customers up to date: those that were pushed, and those that failed before."""

from __future__ import annotations

from collections.abc import Iterable

from include.flows.customer_writes import CustomerWrites, write_told_customers
from include.flows.dead_letters import Failure, record_failures
from include.flows.order_facts import FactFinder
from include.flows.shop import Shop
from include.flows.unreadable_rows import why_unreadable_user


def refresh_customers(shop: Shop, user_ids: Iterable[str]) -> CustomerWrites:
    """Write these customers with all that the shop tells of each now; failures are recorded.

    Of whom the shop tells nothing, because the account is gone or was merged into another, nothing
    is written. Raises what makes every customer fail alike.
    """
    facts = FactFinder(shop)
    wanted = list(dict.fromkeys(user_ids))
    facts.read_users(wanted)
    unreadable = {name: why for name in wanted if (why := why_unreadable_user(shop, name))}
    told, failed = facts.customers(name for name in wanted if name not in unreadable)
    record_failures(
        shop,
        [
            Failure("customer", name, "customer", error)
            for name, error in {**failed, **unreadable}.items()
        ],
    )
    known = [one for one in told if one.user or one.info or one.answers]
    return write_told_customers(shop, known)
