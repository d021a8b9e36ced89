"""Erases one person from HAP: the customer and the answered forms go, orders keep their sums."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from connectors.errors import Bilingual, OutcomeUnknown
from connectors.mingdao.models import Row
from include.destination.sheets.worksheets import (
    COLLECTED_INFO,
    CUSTOMERS,
    MERGED_ACCOUNTS,
    ORDERS,
    SYNC_ERRORS,
)
from include.destination.write.eraser import clear, delete_for_good
from include.flows.customers.erased import remember_erased
from include.flows.customers.person import PersonRows, accounts_of, find_rows, insist_on_known
from include.flows.run.context import SyncContext

log = logging.getLogger(__name__)

_NOBODY = Bilingual("没有删除任何人", "nobody was erased")


def count_customer(context: SyncContext, user_id: str) -> dict[str, int]:
    """Return how many rows of each worksheet erasing a user would concern; writes nothing.

    Raises ConfigurationError without a user id, and NotFound where neither system knows the person.
    """
    (user_id, *_), rows = _known(context, user_id)
    log.info("删除会涉及的行 / rows that erasing would concern: %s", rows.counts())
    log.info("先导出其数据 / to export the person's data first: make export USER=%s", user_id)
    return rows.counts()


def erase_customer(context: SyncContext, user_id: str) -> dict[str, int]:
    """Erase a user from the app for good; return how many rows of each worksheet were concerned.

    With the accounts that went into that one, or that it went into. Orders keep their sums and lose
    the person, as buyer and as promoter. Safe to repeat: what is gone stays gone. Raises as
    `count_customer` does, and OutcomeUnknown when orders refused to let go.
    """
    accounts, rows = _known(context, user_id)
    for account in accounts:
        remember_erased(
            context, account
        )  # first, so that no run that works meanwhile brings it back
    if context.preview:
        log.info("预览，没有删除 / preview, nothing erased: %s", rows.counts())
        return rows.counts()
    rows = find_rows(context, accounts)
    # The customer goes last: until then a second run finds by it whatever is left.
    for alias, orders in (("customer", rows.bought), ("promoter", rows.promoted)):
        _clear(context, alias, orders)
    for definition, gone in (
        (SYNC_ERRORS, rows.errors),
        (COLLECTED_INFO, rows.forms),
        (CUSTOMERS, rows.customers),
        (MERGED_ACCOUNTS, rows.merges),
    ):
        if gone:
            delete_for_good(context.hap, context.sheet(definition), [row.id for row in gone])
    log.info("已从明道云永久删除 / erased from HAP for good: %s", rows.counts())
    log.info(
        "仍含这个用户ID的地方：Airflow 的任务日志、运行参数、审计记录和备份；清除办法见 "
        "docs/operations.md「个人信息」 / the user id is still in Airflow's task logs, run params, "
        "audit log and backups; docs/operations.md says how to remove it"
    )
    return rows.counts()


def _known(context: SyncContext, user_id: str) -> tuple[list[str], PersonRows]:
    accounts = accounts_of(context, user_id)
    rows = find_rows(context, accounts)
    insist_on_known(context, accounts, rows, _NOBODY)
    return accounts, rows


def _clear(context: SyncContext, alias: str, rows: Sequence[Row]) -> None:
    if not rows:
        return
    refused = clear(context.hap, context.sheet(ORDERS), alias, [row.id for row in rows])
    if refused:
        raise OutcomeUnknown(
            "erase",
            Bilingual(
                f"{len(refused)} 个订单没有解除客户关联", "orders still point at the customer"
            ),
            Bilingual(
                "会自动重试；仍失败时清除任务 erase（Clear）",
                "it is tried again by itself; if it still fails, clear the task erase",
            ),
        )
