"""`sync_errors` for rows of the shop's lists that could not be read.

An order's row is an order that failed, and a user's row a customer that failed: both are tried
again by themselves. Any other row is on record until it reads well again; one without an id is
known by what it holds and by where it stood, and closes when that part of the list is read again
without it (see `parts_again`). Never a value: values are people's data.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping

from connectors.errors import Bilingual, ContractError
from connectors.xiaoe.models import UnreadableRow
from include.flows.run.context import SyncContext
from include.flows.run.counts import exceeds_limit
from include.flows.run.error_rows import Failure, open_error_rows, record_failures
from include.flows.run.manual_issues import keep_manual_issues

log = logging.getLogger(__name__)

Part = tuple[str, str]
"""A list's name and which part of it, as `UnreadableRow` tells."""

ROW = "row"
ORDER_LISTS = frozenset({"order.list", "order.list.created"})
# A record that a user's list shows is one of a form's as well, and that is read whole every night.
_SAME_ROWS = {"information.user": "information.form.result"}
USER_LISTS = frozenset({"user.list", "user.list.cursor", "user.by_id"})
# Where a row tells no id, the customers are named for want of it (see `FactFinder`).
_TOLD_WITH_CUSTOMERS = frozenset({"user.by_id", "information.user"})


def unreadable_orders(context: SyncContext) -> set[str]:
    """Return the ids of the orders whose list row could not be read so far."""
    return {row.id for row in context.xiaoe.unreadable.all() if row.api in ORDER_LISTS and row.id}


def why_unreadable(context: SyncContext, order_id: str) -> ContractError | None:
    """Return why an order's list row could not be read; None where that is not known."""
    row = context.xiaoe.unreadable.find("order.list", order_id)
    return error_of(row) if row else None


def why_unreadable_user(context: SyncContext, user_id: str) -> ContractError | None:
    """Return why a user's row could not be read by id; None where it could."""
    row = context.xiaoe.unreadable.find("user.by_id", user_id)
    return error_of(row) if row else None


def record_unreadable(
    context: SyncContext,
    *,
    whole: Iterable[str] = (),
    parts: Collection[Part] = (),
    orders: bool = True,
    closes: bool = False,
) -> int:
    """Record the rows that could not be read so far, and close those that read well again.

    Of the lists in `whole`, and of these `parts` of lists, every row was read: what is not among
    the unreadable ones is well. Without `orders` those that have an id are left to whoever syncs
    them. With `closes` what is on record is looked at even where everything could be read. Returns
    how many rows could not.
    """
    rows = context.xiaoe.unreadable.all()
    failures, standing = [], {}
    for row in rows:
        log.error("%s / row not read: %s", row.key, error_of(row))
        entity, record_id = _record_of(row)
        if entity == ROW:
            standing[record_id] = error_of(row)
        elif record_id and (entity != "order" or orders):
            failures.append(Failure(entity, record_id, row.api, error_of(row)))
    record_failures(context, failures)
    if (whole or standing or closes) and not context.preview:
        known = open_error_rows(context, ROW)
        lists = set(whole)
        checked = {name for name in known if _is_well(context, name, lists, parts)}
        keep_manual_issues(context, ROW, _once_each(standing, known), checked)
    return len(rows)


def expect_few_unreadable(context: SyncContext, read: int) -> None:
    """Raise ContractError where more rows cannot be read than a few bad ones explain."""
    rows = context.xiaoe.unreadable.all()
    if exceeds_limit(len(rows), len(rows) + read):
        raise error_of(rows[0], len(rows))


def error_of(row: UnreadableRow, number: int = 1) -> ContractError:
    """Return the error that says which row of the list could not be read, and why."""
    zh = f"列表中的这条记录无法读取：字段 {row.field}；位置：{row.place or '第 1 页'}"
    en = f"this row of the list cannot be read: field {row.field}, {row.place}"
    if number > 1:
        zh, en = f"{number} 条记录无法读取，首条：{zh}", f"{number} rows, the first: {en}"
    action = Bilingual(
        "用记录ID在小鹅通店铺管理台搜索，核对该字段；改正后会自动重试并关闭；大量出现时把任务日志发给维护者",
        "search the record id in the shop's console and check this field; it is tried "
        "again by itself; where there are many, send the task's log to the maintainers",
    )
    if row.api in ORDER_LISTS and not row.id:
        action = Bilingual(
            "按位置在小鹅通后台找到这个订单并改正；每晚会重读这些日期：读得出时补上订单并自动关闭本行",
            "find and correct the order in the shop's console; every night reads these days again, "
            "takes the order as soon as it can be read, and closes this row",
        )
    return ContractError(row.api, Bilingual(zh, en), action)


def _record_of(row: UnreadableRow) -> tuple[str, str]:
    """Return the entity and the record id under which a row is recorded; no id where it is not."""
    if row.id and row.api in ORDER_LISTS:
        return "order", row.id
    if row.api in _TOLD_WITH_CUSTOMERS and not row.id:
        return "customer", ""
    if row.id and row.api in USER_LISTS:
        return "customer", row.id
    return ROW, f"{_SAME_ROWS.get(row.api, row.api)}/{row.key}"


def part_of(record_id: str) -> Part:
    """Return the part of a list in which a row stood that is on record by this id."""
    api, _, rest = record_id.partition("/")
    return api, rest.rpartition("/")[0]


def _once_each(
    standing: Mapping[str, ContractError], known: Iterable[str]
) -> dict[str, ContractError]:
    """Return the rows by one name each: windows that overlap show the same row, and may be long."""
    once: dict[str, ContractError] = {}
    for name in sorted(standing, key=lambda one: (len(one), one)):
        named = next((one for one in (*known, *once) if _is_same(one, name)), name)
        once.setdefault(named, standing[name])
    return once


def _is_same(one: str, other: str) -> bool:
    """Tell whether two names are those of equal rows of an order list on days that overlap."""
    (api, part), (other_api, other_part) = part_of(one), part_of(other)
    days, other_days = part.split(" "), other_part.split(" ")
    if api not in ORDER_LISTS or not (part and other_part):
        return one == other
    equal = api == other_api and one.rpartition("/")[2] == other.rpartition("/")[2]
    overlap = days[1] <= other_days[-1] and other_days[1] <= days[-1]
    return equal and days[0] == other_days[0] and overlap


def _is_well(
    context: SyncContext, record_id: str, whole: Collection[str], parts: Collection[Part]
) -> bool:
    api, _, key = record_id.partition("/")
    is_read = api in whole or part_of(record_id) in parts
    return is_read or context.xiaoe.unreadable.was_read(api, key)
