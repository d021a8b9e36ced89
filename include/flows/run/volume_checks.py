"""Alarms for a stream that has suddenly dried up.

A list that comes back empty, or nine tenths smaller than what HAP holds of it, is far more often a
fault than the truth: a filter, a permission, a server without its data. Nothing is ever deleted in
HAP for such a list; but a run that believed it would call itself complete.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.errors import Bilingual, ContractError
from connectors.mingdao.filters import any_equal, between
from include.destination.read.lookup import matching_rows
from include.destination.read.typed_cells import moment_in
from include.destination.refusals import ignored_filter
from include.destination.rows import list_rows
from include.destination.sheets.fields import Worksheet
from include.destination.sheets.sheet import SHOP
from include.destination.sheets.worksheets import ORDERS
from include.flows.run.context import SyncContext
from include.source.order_rows import read_order_row
from include.source.orders import OrderRef
from include.source.windows import SECOND, Window

FEWEST = 10
FEWEST_FOR_EMPTY = 5
WITNESSES = 5
WHOLE_DAY = timedelta(days=1) - SECOND


@dataclass(frozen=True)
class Doubt:
    """What a run found and does not believe: `what` it is about, what was `known`, what it `found`.

    Counts and names of worksheets and fields alone: a question to a person shows it. Where a
    worksheet would change too much, `worksheet` is its alias, and of the changes at most `written`
    had been made when the run stopped.
    """

    what: Bilingual
    known: Bilingual
    found: Bilingual
    worksheet: str = ""
    written: int = 0


class StreamDriedUpError(ContractError):
    """A stream is empty or nine tenths shorter than what is known of it."""

    def __init__(self, api: str, doubt: Doubt) -> None:
        what, known, found = doubt.what, doubt.known, doubt.found
        super().__init__(
            api,
            Bilingual(
                f"{what.zh}：之前有 {known.zh}，现在只有 {found.zh}，数据源可能出错；"
                "已停止，没有写入",
                f"{what.en}: {known.en} before and {found.en} now; stopped, nothing was written",
            ),
            Bilingual(
                "先在小鹅通后台核对数量和接口权限；恢复后重新运行。"
                "若确实删除了，请在明道云删除对应的行后再运行",
                "check numbers and permissions in the shop's console, then run again; rows that "
                "were really deleted in the shop must be deleted in HAP by hand",
            ),
        )
        self.args = (api, doubt)  # what pickle rebuilds it from
        self.doubt = doubt


def stream_doubt(what: Bilingual, now: int, before: int | None) -> Doubt | None:
    """Return a doubt when a stream of `now` rows is implausible beside `before` known ones.

    `what` says in both languages which rows are meant, such as `11 月 20 日的订单`.
    """
    if not dried_up(now, before):
        return None
    known, found = (Bilingual(f"{rows} 条", f"{rows} rows") for rows in (before, now))
    return Doubt(what, known, found)


def expect_stream(
    context: SyncContext, api: str, what: Bilingual, now: int, before: int | None
) -> None:
    """Raise StreamDriedUpError when a stream is implausible, see `stream_doubt`.

    Not where a person has been shown that, and has said to go on.
    """
    doubt = stream_doubt(what, now, before)
    if doubt and not context.confirmed:
        raise StreamDriedUpError(api, doubt)


def dried_up(now: int, before: int | None) -> bool:
    """Tell whether a stream is empty, or 90 % smaller; a handful of rows proves nothing.

    Nor is anything known where it is unknown how many there were `before`.
    """
    if before is None:
        return False
    return before >= (FEWEST if now else FEWEST_FOR_EMPTY) and now * 10 <= before


def rows_held(context: SyncContext, definition: Worksheet) -> int | None:
    """Return how many rows of a worksheet are this shop's; None where HAP does not count them.

    Raises ContractError when HAP ignores the filter: it would count other rows too.
    """
    sheet = context.sheet(definition)
    own = any_equal(SHOP, [context.id]) if sheet.others or sheet.mixed else None
    page = list_rows(context.hap, sheet, condition=own, page_size=1, count=True)
    if own and any(sheet.owner_of(row) != context.id for row in page.rows):
        raise ignored_filter(definition, SHOP)
    return page.total


def expect_orders(context: SyncContext, window: Window, refs: Sequence[OrderRef]) -> None:
    """Raise ContractError when a whole day shows no order although HAP knows some of that time.

    In the `update` feed an order leaves its old day as soon as it changes again, so that a past day
    may well be empty: a few orders of HAP are asked for one by one, and their versions tell.
    """
    if refs or window.span < WHOLE_DAY:
        return
    update = context.order_feed == "update"
    known = _known(context, window, "source_updated_at" if update else "created_at")
    if len(known) < FEWEST_FOR_EMPTY:
        return
    asked = [read_order_row(context.xiaoe, name, created) for name, created in known[:WITNESSES]]
    shown = [order for order in asked if order is not None]
    times = [
        order.order_info.update_time if update else order.order_info.created_time for order in shown
    ]
    if not shown or any(moment is not None and window.covers(moment) for moment in times):
        what = Bilingual("这段时间的订单", "the orders of this time")
        expect_stream(context, "order.list", what, 0, len(known))


def _known(context: SyncContext, window: Window, field: str) -> list[tuple[str, datetime]]:
    """Return the ids and creation times of HAP's orders whose `field` lies in the window."""
    sheet = context.sheet(ORDERS)
    asked = between(field, window.since, window.until, zone=sheet.zone)
    known = []
    for row in matching_rows(context.hap, sheet, asked):
        moment, created = moment_in(sheet, row, field), moment_in(sheet, row, "created_at")
        inside = moment is not None and window.covers(moment)
        if inside and created and sheet.read(row, "shop") == context.id:
            known.append((sheet.key_of(row), created))
    return known
