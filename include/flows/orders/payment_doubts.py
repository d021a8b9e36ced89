"""Orders whose payment the shop tells in contradiction, or without the sum: recorded."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.xiaoe.models import Order
from include.flows.run.context import SyncContext
from include.flows.run.manual_issues import keep_manual_issues
from include.mapping.payment import payment_doubt

ENTITY = "payment"


def record_doubts(context: SyncContext, orders: Iterable[Order]) -> None:
    """Record the doubtful ones of orders that were just written, and close what is solved.

    Solved ones are looked for where something is doubtful, and by every night, which takes the
    recorded orders again: a run of many tasks should not pay a call in each for what is rare.
    """
    infos = [order.order_info for order in orders]
    doubts = {info.order_id: doubt for info in infos if (doubt := payment_doubt(info))}
    if doubts or context.compare_all_cells:
        keep_manual_issues(context, ENTITY, doubts, (info.order_id for info in infos))
