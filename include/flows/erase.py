"""Erases one person from HAP: the customer and the answered forms go, orders keep their sums."""

from __future__ import annotations

import logging

from connectors.errors import ConfigurationError, OutcomeUnknown, Words
from include.destination.eraser import delete_for_good, rows_linked_to, unlink
from include.destination.lookup import look_up
from include.destination.worksheets import COLLECTED_INFO, CUSTOMERS, ORDERS
from include.flows.erased import remember_erased
from include.flows.shop import Shop

log = logging.getLogger(__name__)


def erase_customer(shop: Shop, user_id: str) -> dict[str, int]:
    """Erase a user from the app for good; return how many rows of each worksheet were concerned.

    Orders keep their sums and lose the person. Safe to repeat: what is gone stays gone. Raises
    ConfigurationError without a user id, and OutcomeUnknown when orders refused to let go.
    """
    if not user_id.strip():
        raise ConfigurationError(
            "erase",
            Words("没有填写 user_id", "no user_id was given"),
            Words("在参数里填写要删除的用户ID", "give the id of the user to be erased"),
        )
    remember_erased(shop, user_id)  # first, so that no run that works meanwhile brings it back
    found = look_up(shop.hap, shop.sheet(CUSTOMERS), [user_id])
    customers = [row.id for row in (*found.rows.values(), *found.duplicates.get(user_id, ()))]
    forms = [
        row.id
        for row in rows_linked_to(shop.hap, shop.sheet(COLLECTED_INFO), "customer", customers)
    ]
    orders = [row.id for row in rows_linked_to(shop.hap, shop.sheet(ORDERS), "customer", customers)]
    counts = {"customers": len(customers), "collected_info": len(forms), "orders": len(orders)}
    if shop.preview:
        log.info("预览,没有删除 / preview, nothing erased: %s", counts)
        return counts
    refused = unlink(shop.hap, shop.sheet(ORDERS), "customer", orders)
    if refused:
        raise OutcomeUnknown(
            "erase",
            Words(f"{len(refused)} 个订单没有解除客户关联", "orders still point at the customer"),
            Words("稍后自动重试", "it is tried again later"),
        )
    delete_for_good(shop.hap, shop.sheet(COLLECTED_INFO), forms)
    delete_for_good(shop.hap, shop.sheet(CUSTOMERS), customers)
    log.info("已永久删除 / erased for good: %s", counts)
    return counts
