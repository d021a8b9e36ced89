"""Whether the order list names promoters, which no document tells (xiaoe.md §6.4.1, F5)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from connectors.errors import Bilingual, NotFound
from connectors.xiaoe.models import Order
from include.doctor.context import DoctorContext
from include.doctor.findings import Finding, right, unknown, wrong
from include.mapping.listed_orders import looks_promoted

PROMOTER = Bilingual("订单列表 2.0 的推广员", "promoter in order list 2.0")
COMPARED = 5
_ASKED = 30  # details at most; a shop where nobody promotes is not searched through


def promoters(context: DoctorContext) -> Iterator[Finding]:
    """Compare the promoter in the list row of a few promoted orders with their details."""
    filled = blank = other = hidden = 0
    for order, named in islice(_promoted(context), COMPARED):
        listed = order.promoter_info.user_id
        filled, blank = filled + (listed == named), blank + (listed is None)
        other += listed not in (None, named)
        hidden += not looks_promoted(order)
    compared = filled + blank + other
    if hidden:
        yield wrong(
            PROMOTER,
            f"{compared} 个推广订单里有 {hidden} 个在列表里看不出有推广员，首次批量写入会缺少",
            f"{hidden} of {compared} do not show that there is one; a first load will lack it",
            Bilingual("把结果告诉本项目的维护者", "tell this project's maintainers"),
        )
    elif not compared:
        yield unknown(PROMOTER, "近四个月没有推广订单", "no promoted order of the last four months")
    elif other:
        yield wrong(
            PROMOTER,
            f"{compared} 个推广订单里有 {other} 个与详情不同",
            f"{other} of {compared} differ from the detail",
            Bilingual(
                "在小鹅通后台核对这些订单的推广员，并告诉本项目的维护者",
                "check them in the shop's console, and tell this project's maintainers",
            ),
        )
    elif blank:
        yield right(
            PROMOTER,
            f"{compared} 个推广订单里有 {blank} 个没有填写；已自动取自详情",
            f"{blank} of {compared} are blank, the detail is read",
        )
    else:
        yield right(PROMOTER, f"{compared} 个推广订单都有", f"filled in all of {compared}")


def _promoted(context: DoctorContext) -> Iterator[tuple[Order, str]]:
    """Yield orders and whom their detail names as promoter; those that look promoted go first."""
    likely = sorted(context.orders, key=lambda order: not looks_promoted(order))
    for order in likely[:_ASKED]:
        try:
            detail = context.xiaoe.order_detail(order.order_info.order_id)
        except NotFound:
            continue
        if detail.distribute_info.share_user_id:
            yield order, detail.distribute_info.share_user_id
