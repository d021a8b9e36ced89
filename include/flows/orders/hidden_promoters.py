"""Says so where a detail names a promoter of whom the list row says nothing in any way.

Of such orders a first load, which asks for a detail only where the row leaves something open, knows
no promoter (xiaoe.md §6.4.1 F5 leaves it open whether there are any).
"""

from __future__ import annotations

import logging

from connectors.errors import Bilingual, ContractError
from include.flows.orders.fetch import Fetched
from include.flows.run.context import SyncContext
from include.flows.run.manual_issues import keep_manual_issues
from include.flows.run.parts import INTERFACE
from include.mapping.listed_orders import looks_promoted
from include.mapping.orders import promoter_id

log = logging.getLogger(__name__)

RECORD = "order.list/promoter"


def record_hidden(context: SyncContext, fetched: Fetched) -> None:
    """Record once for the shop that its order list hides promoters, with one of the orders."""
    hidden = [
        order_id
        for order_id, facts in fetched.orders.items()
        if facts.detail and promoter_id(facts.detail) and not looks_promoted(facts.order)
    ]
    if hidden:
        log.warning("订单列表没有给出推广员 / the list hides the promoter: %s", ", ".join(hidden))
        keep_manual_issues(context, INTERFACE, {RECORD: _hidden(hidden[0])}, ())


def _hidden(order_id: str) -> ContractError:
    return ContractError(
        "order.list",
        Bilingual(
            f"订单 {order_id} 有推广员，但订单列表里看不出来；批量写入的这类订单暂缺推广员",
            f"order {order_id} has a promoter of whom the list says nothing; orders like it that "
            "a first load wrote lack theirs",
        ),
        Bilingual(
            "近 31 天的订单会由夜间核对逐步补上；请把这个订单号告诉本项目的维护者，"
            "再把本行设为「忽略」",
            "the nights fill in those of the last 31 days; tell this project's maintainers, then "
            "set this row to 忽略",
        ),
    )
