"""After-sale cases: what was refunded, told by another list than the orders'.

That list filters by whole days only, so yesterday and today are read again every time. `state` 13
is a refund, 14 a return with refund; every other number is a case that is still running or came to
nothing (contracts: xiaoe §6.7).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from connectors.codes import FILTER_IGNORED
from connectors.errors import Bilingual, ContractError
from connectors.xiaoe.client import XiaoeClient
from connectors.xiaoe.models import AfterSale, Page, UnreadableRow
from include.source.pages import read_numbered
from include.source.windows import day_of

API = "after_sale.list"
_NEVER = date(2010, 1, 1)
FINISHED = frozenset({13, 14})
FIRST_DAY = date(2015, 1, 1)  # before Xiaoe-tong had its first shop


def cases_updated(
    client: XiaoeClient, since: date, until: date, page_size: int = 50
) -> Iterator[AfterSale]:
    """Yield every case that changed on these days, both included, in Beijing time.

    Raises ContractError when cases lie outside because the list filters by another time: a late
    refund of an old case would be missing. Where it filters, one that lies outside is set apart.
    """
    filters: bool | None = None
    for case in read_numbered(
        API,
        lambda number: client.list_after_sales(since, until, number, page_size),
        lambda case: case.aftersale_id,
        client.threads,
    ):
        moment = case.updated_at
        if moment is None or since <= day_of(moment) <= until:
            yield case
            continue
        # undetermined: xiaoe.md §6.7: does the list heed its range of update days?
        if filters is None:
            filters = not _shown(client.list_after_sales(_NEVER, _NEVER, 1, page_size))
        if not filters:
            raise ContractError(
                API,
                Bilingual(
                    "售后列表返回了查询日期以外的数据，说明按更新日期的查询被忽略",
                    "cases outside the asked days came back: the filter by update day was ignored",
                ),
                FILTER_IGNORED,
            )
        name = case.aftersale_id
        client.unreadable.add([UnreadableRow(API, name, f"{since} {until}", name, "updated_at")])


def _shown(page: Page[AfterSale]) -> bool:
    return bool(page.rows or page.unreadable)


def cases_of(client: XiaoeClient, order_id: str, until: date) -> Iterator[AfterSale]:
    """Yield every case of one order, however old."""
    for case in read_numbered(
        API,
        lambda number: client.list_after_sales(
            FIRST_DAY, until, number, date_type="created_at", order_id=order_id
        ),
        lambda case: case.aftersale_id,
        client.threads,
    ):
        if case.order_id == order_id:
            yield case


def refunded_fen(cases: Iterable[AfterSale]) -> dict[str, int]:
    """Return the sum in 分 of the finished cases, by order id; orders without one are left out."""
    sums: dict[str, int] = {}
    for case in cases:
        if case.state in FINISHED:
            sums[case.order_id] = sums.get(case.order_id, 0) + (case.refund_money or 0)
    return sums
