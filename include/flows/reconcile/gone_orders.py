"""Orders that wait in `sync_errors` and that the shop no longer shows: closed as such.

Nobody can sync them any more, and trying them for ever would keep every run red. A new order may be
listed late, so only what has waited for a day is closed, and only after the shop was asked again.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from connectors.errors import CallError, RejectedError
from include.destination.read.typed_cells import moment_in
from include.destination.sheets.record import Record, Value
from include.destination.sheets.worksheets import RESOLVED, SYNC_ERRORS
from include.flows.customers.base_data import FIRST_DAY
from include.flows.run.context import SyncContext
from include.flows.run.error_rows import error_row_id, open_error_rows, write_error_rows
from include.source.order_rows import LONGEST, read_order_row
from include.source.windows import day_of

log = logging.getLogger(__name__)

SHOWN_LATE = timedelta(days=1)
GONE = "小鹅通已不再显示该订单（已删除或隐藏），不再重试 / the shop no longer shows this order"


def close_gone_orders(context: SyncContext, now: datetime) -> int:
    """Close the error rows of orders that the shop no longer shows; returns how many were closed.

    What cannot be asked for, because the interface fails, stays open. Nothing in a preview.
    """
    if context.preview or not (context.enabled("order.detail") and context.enabled("order.list")):
        return 0
    sheet = context.sheet(SYNC_ERRORS)
    gone = []
    for order_id, row in open_error_rows(context, "order").items():
        first_seen = moment_in(sheet, row, "first_seen")
        if first_seen and now - first_seen >= SHOWN_LATE and _is_gone(context, order_id, now):
            gone.append(order_id)
            log.warning("订单 %s：%s", order_id, GONE)
    values: dict[str, Value] = {"status": RESOLVED, "reason": GONE, "last_seen": now}
    write_error_rows(
        context, [Record(error_row_id(context, "order", order_id), values) for order_id in gone]
    )
    return len(gone)


def _is_gone(context: SyncContext, order_id: str, now: datetime) -> bool:
    try:
        return not _is_shown(context, order_id, now)
    except CallError as error:
        log.warning("订单 %s 暂时查不到 / cannot be asked for: %s", order_id, error)
        return False


def _is_shown(context: SyncContext, order_id: str, now: datetime) -> bool:
    """Ask the list, which alone decides: no code is documented for a detail that is not there."""
    try:
        created = context.xiaoe.order_detail(order_id).order_info.created_at
    except RejectedError:
        created = None
    if created:
        return read_order_row(context.xiaoe, order_id, created) is not None
    until = now
    while day_of(until) >= FIRST_DAY:
        if read_order_row(context.xiaoe, order_id, until - LONGEST, until):
            return True
        until -= LONGEST
    return False
