"""Tries the update filter of order list 2.0 before it is relied on, and says what was found.

The filter rests on a single transcription of the vendor's page (contracts: xiaoe §6.1). A server
that ignores it answers with the orders created in the last 30 days, which looks plausible.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from connectors.errors import Bilingual, ContractError, RejectedError
from connectors.xiaoe.client import XiaoeClient
from connectors.xiaoe.models import Order
from include.source.order_rows import read_order_row
from include.source.paging import NEVER, filter_ignored
from include.source.update_feed import (
    LIST_SPAN,
    OUTSIDE_DEFAULT,
    is_shown,
    newest_created,
    update_reader,
)
from include.source.windows import Window

log = logging.getLogger(__name__)

_TRIES = 3
USE_CREATE = Bilingual(
    "在小鹅通连接的扩展项把 order_feed 设为 create，再重新运行",
    'set "order_feed" to "create" in the connection\'s extra, then run again',
)


@dataclass(frozen=True)
class UpdateFilter:
    """What is known of the update filter; None where the shop has no order that shows it."""

    works_alone: bool
    shows_new_orders: bool | None = None
    shows_old_orders: bool | None = None

    @property
    def words(self) -> Bilingual:
        """Return the findings, and what they mean for the reader of the log."""
        if self.shows_new_orders is None:
            return Bilingual(
                "更新时间条件没有被忽略；店铺里还没有订单可供进一步验证，有订单后请再看本日志",
                "the update filter is not ignored; there is no order yet to test it with",
            )
        if not self.works_alone:
            return Bilingual(
                "更新时间条件有效，但必须同时给出下单时间；将按下单时间逐段查询，无需处理",
                "the update filter works with creation times beside it; "
                "they are sent range by range, nothing to do",
            )
        if self.shows_old_orders is False:
            return Bilingual(
                "更新时间条件有效，但单独使用时只含近 30 天下单的订单；"
                "将补查更早下单的订单，无需处理",
                "the update filter works, but alone it shows recent orders only; "
                "older ones are asked for range by range, nothing to do",
            )
        return Bilingual(
            "更新时间条件有效，与文档一致，无需处理",
            "the update filter works as documented, nothing to do",
        )


def probe_update_filter(client: XiaoeClient, now: datetime) -> UpdateFilter:
    """Ask a few questions whose answers are known, and log what was found.

    Raises:
        ContractError: The filter is ignored, is refused in every form, or does not show an order
            at that order's own update time. The error says what to do.
    """
    alone = _is_taken(client, None)
    # undetermined: xiaoe.md §13.1: is the update filter heeded at all?
    if not alone and not _is_taken(client, NEVER):
        raise _unusable("更新时间条件被拒绝", "the update filter is refused")
    found = UpdateFilter(
        alone,
        _shows(client, Window(now - LIST_SPAN, now), alone=alone),
        _shows(client, _old(now), alone=True) if alone else None,
    )
    if found.shows_new_orders is False:
        raise _unusable(
            "按订单自己的更新时间查不到该订单", "an order is not shown at its own update time"
        )
    log.info("%s / %s", found.words.zh, found.words.en)
    return found


def _is_taken(client: XiaoeClient, created: Window | None) -> bool:
    """Ask for a time without orders; tell whether the server takes the question."""
    try:
        shown = list(update_reader(client, created).read(NEVER))
    except RejectedError:
        return False
    if shown:
        raise filter_ignored("order.list")
    return True


def _shows(client: XiaoeClient, created: Window, *, alone: bool) -> bool | None:
    """Tell whether an order created in this range is shown at its update time."""
    for _ in range(_TRIES):
        witness = newest_created(client, created)
        if witness is None or (moment := witness.order_info.created_time) is None:
            return None
        own_second = Window(moment, moment)
        if not alone:
            _refuse_ignorance(client, own_second)
        if is_shown(client, witness, None if alone else own_second):
            return True
        if _is_unchanged(client, witness, moment):
            return False
    return None


def _refuse_ignorance(client: XiaoeClient, created: Window) -> None:
    """With a creation time beside it, an ignored filter shows the orders of that time."""
    if list(update_reader(client, created).read(NEVER)):
        raise filter_ignored("order.list")


def _is_unchanged(client: XiaoeClient, witness: Order, created_at: datetime) -> bool:
    """Tell whether the order still is as it was: else it was not to be found for a good reason."""
    again = read_order_row(client, witness.order_info.order_id, created_at)
    return again is not None and again.order_info.update_time == witness.order_info.update_time


def _old(now: datetime) -> Window:
    until = now - OUTSIDE_DEFAULT
    return Window(until - LIST_SPAN, until)


def _unusable(zh: str, en: str) -> ContractError:
    return ContractError("order.list", Bilingual(zh, en), USE_CREATE)
