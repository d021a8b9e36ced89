"""Orders that an older version of the mapping wrote, and that no day of the comparison covers.

A new rule reaches the orders of the last month with the next night, because they are compared
anyway. Older ones are taken in turns, the newest first, until no row holds an old fingerprint.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime

from connectors.errors import Bilingual, NotFound
from include.flows.run.context import SyncContext
from include.flows.run.error_rows import ignored_records, open_error_rows
from include.flows.run.manual_issues import keep_manual_issues
from include.source.order_rows import read_order_rows
from include.source.orders import OrderRef, ref_of

log = logging.getLogger(__name__)

MOST_A_NIGHT = 10_000  # a list call for a hundred of them, a write for each: some ten minutes
ENTITY = "outdated"
_NEVER = datetime.min.replace(tzinfo=UTC)


def outdated_orders(
    context: SyncContext, outdated: Mapping[str, datetime], compared: Collection[str]
) -> tuple[dict[str, OrderRef], list[str]]:
    """Return the orders whose turn it is, by id, and the ids of those that the shop hides by now.

    `outdated` are the creation times of all; those `compared` already are left out. Nothing is
    written here.
    """
    created = {name: moment for name, moment in outdated.items() if name not in compared}
    if not created:
        return {}, []
    known = open_error_rows(context, ENTITY).keys() | ignored_records(context, ENTITY)
    turn = sorted(created, key=lambda name: (name in known, -created[name].timestamp()))
    asked = {name: created[name] for name in turn[:MOST_A_NIGHT]}
    shown = {row.order_info.order_id: ref_of(row) for row in read_order_rows(context.xiaoe, asked)}
    gone = sorted(asked.keys() - shown.keys())
    log.info(
        "旧规则写入的较早订单 %d 个，本次更正 %d 个，小鹅通不再显示 %d 个 "
        "/ older orders written by an older mapping, corrected now, no longer shown by the shop",
        len(created),
        len(shown),
        len(gone),
    )
    return shown, gone


def record_gone(context: SyncContext, gone: Iterable[str], corrected: Iterable[str]) -> None:
    """Record the orders that cannot be mapped anew, and close what was recorded of the others."""
    errors = {name: _gone() for name in gone}
    if errors or corrected:
        keep_manual_issues(context, ENTITY, errors, [*errors, *corrected])


def _gone() -> NotFound:
    return NotFound(
        "order.list",
        Bilingual(
            "该订单按旧规则写入，小鹅通已不再显示它，无法按新规则更正（旧规则把未支付订单的应付算作实付）",
            "written by an older rule, and no longer shown by the shop: it cannot be corrected",
        ),
        Bilingual(
            "用订单号在明道云「订单」里打开这一行；未支付的请在明道云改正实付金额，然后把本行设为「忽略」",
            "open the order's row in HAP; where it was not paid correct its 实付, then set "
            "this to 忽略",
        ),
    )
