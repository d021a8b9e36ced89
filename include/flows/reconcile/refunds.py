"""Cross-checks refunds: what the after-sale list says was paid back against HAP's orders.

A refund is the change most likely to leave no trace in an order's update time. The after-sale list
tells it by its own update day, whatever the order's age; an order in HAP that says something else
is synced again. Several partial refunds add up to the fen.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from connectors.mingdao.models import Row
from include.destination.read.lookup import look_up
from include.destination.read.typed_cells import moment_in
from include.destination.sheets.sheet import Sheet
from include.destination.sheets.worksheets import ORDERS, SYNC_CONFIG, SYNC_ERRORS
from include.flows.run.context import SyncContext
from include.mapping.labels import REFUND_STATES
from include.mapping.money import yuan_of_fen
from include.source.after_sales import cases_of, cases_updated, refunded_fen
from include.source.orders import OrderRef
from include.source.windows import day_of

log = logging.getLogger(__name__)

API = "after_sale.list"
NONE, RUNNING, PARTLY, FULLY = (REFUND_STATES[number] for number in range(4))
LONGEST_LOOK_BACK = timedelta(days=31)


def refund_days(
    context: SyncContext, now: datetime, unreadable: Mapping[str, Row] | None = None
) -> tuple[date, date]:
    """Return the update days to read: yesterday and today, and every day since the last check.

    Also those since the first case that could not be read, of the `unreadable` rows on record.
    """
    today = day_of(now)
    sheet = context.sheet(SYNC_CONFIG)
    key = context.config.scoped(API)
    row = look_up(context.hap, sheet, [key]).rows.get(key)
    last = moment_in(sheet, row, "last_run_at")
    since = day_of(last) if last else today - LONGEST_LOOK_BACK
    since = min([since, *_first_seen(context, unreadable or {})])
    earliest = today - LONGEST_LOOK_BACK
    return max(earliest, min(since, today) - timedelta(days=1)), today


def _first_seen(context: SyncContext, unreadable: Mapping[str, Row]) -> list[date]:
    sheet = context.sheet(SYNC_ERRORS)
    rows = [row for name, row in unreadable.items() if name.startswith(f"{API}/")]
    moments = [moment_in(sheet, row, "first_seen") for row in rows]
    return [day_of(moment) for moment in moments if moment]


def refunds_that_differ(context: SyncContext, days: tuple[date, date]) -> dict[str, OrderRef]:
    """Return the orders with a finished refund on these days that HAP tells otherwise."""
    if not context.enabled(API):
        return {}
    size = context.settings.page_size(API)
    refunded = refunded_fen(cases_updated(context.xiaoe, *days, size))
    differing = differing_refunds(context, refunded, days[1])
    log.info(
        "售后：%d 个订单有退款完成，%d 个与明道云不同 / refunded orders, differing in HAP",
        len(refunded),
        len(differing),
    )
    return differing


def still_differing(context: SyncContext, order_ids: Iterable[str], today: date) -> list[str]:
    """Return those of the orders whose refunds HAP still tells otherwise."""
    sums = dict.fromkeys(order_ids, -1)  # no sum of a few days alone: every case is asked for
    return sorted(differing_refunds(context, sums, today))


def differing_refunds(
    context: SyncContext, fen: Mapping[str, int], today: date
) -> dict[str, OrderRef]:
    """Return the orders whose row does not tell the sum of all their finished cases.

    `fen` holds a sum of some days by order id; only where HAP has another one are the order's
    older cases asked for.
    """
    sheet = context.sheet(ORDERS)
    rows = look_up(context.hap, sheet, fen).rows
    differing = {}
    for order_id, some in fen.items():
        row = rows.get(order_id)
        if row and _tells(sheet, row, some):
            continue
        every = refunded_fen(cases_of(context.xiaoe, order_id, today)).get(order_id, 0)
        if not (row and _tells(sheet, row, every)):
            made = moment_in(sheet, row, "created_at")
            differing[order_id] = OrderRef(order_id, "", made, None)
    return differing


def _tells(sheet: Sheet, row: Row, fen: int) -> bool:
    """Tell whether a row's refunded sum and state fit a sum of finished refunds in 分."""
    held, paid = sheet.read(row, "amount_refunded"), sheet.read(row, "amount_paid")
    wanted = yuan_of_fen(fen)
    if not isinstance(held, Decimal) or held != wanted:
        return False
    state = sheet.read(row, "refund_state")
    if fen == 0:
        return state in (NONE, RUNNING, None)
    if not paid:  # a refund of what does not count as paid is recorded where the row is mapped
        return state in (PARTLY, FULLY, RUNNING)
    if isinstance(paid, Decimal) and held >= paid:
        return state in (FULLY, RUNNING)
    return state in (PARTLY, RUNNING)
