"""Brings single customers up to date: those that were pushed, and those that failed before."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from connectors.errors import AuthenticationError, ConfigurationError, ConnectorError
from include.flows.customer_writes import CustomerWrites, write_customers
from include.flows.dead_letters import Failure, record_failures
from include.flows.order_facts import CustomerFacts, FactFinder
from include.flows.order_sync import customer_of
from include.flows.shop import Shop

log = logging.getLogger(__name__)


def refresh_customers(shop: Shop, user_ids: Iterable[str]) -> CustomerWrites:
    """Write these customers with all that the shop tells of each now; failures are recorded.

    Of whom the shop tells nothing, because the account is gone or was merged into another, nothing
    is written. Raises what makes every customer fail alike.
    """
    facts = FactFinder(shop)
    wanted = list(dict.fromkeys(user_ids))
    facts.read_users(wanted)
    failures: list[Failure] = []

    def ask(user_id: str) -> CustomerFacts | None:
        try:
            return facts.customer(user_id, None)
        except (AuthenticationError, ConfigurationError):
            raise
        except ConnectorError as error:
            log.error("客户 %s 未能同步 / customer failed\n%s", user_id, error)
            failures.append(Failure("customer", user_id, "customer", error))
            return None

    customers = [one for one in shop.xiaoe.threads.map(ask, wanted) if one]
    record_failures(shop, failures)
    known = [one for one in customers if one.user or one.info or one.answers]
    return write_customers(
        shop,
        [customer_of(shop, one) for one in known],
        {one.user_id: one.answers or () for one in known},
    )
