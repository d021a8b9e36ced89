"""What is known about one person, as JSON for that person: the app's rows, and the shop's word.

The answer is personal data from end to end. It goes to a file or a terminal of whoever was asked
for it, and never through Airflow, whose logs and XCom are kept and are read by others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from connectors.errors import Bilingual, NotFound
from connectors.mingdao.models import Row
from include.destination.sheets.sheet import Sheet
from include.destination.sheets.worksheets import ORDERS
from include.flows.customers.person import accounts_of, find_rows, insist_on_known
from include.flows.run.context import SyncContext
from include.source.full_lists import user_answers, user_purchases

_NOBODY = Bilingual("没有导出任何数据", "nothing was exported")
_SOMEBODY_ELSE = "promoter"  # of an order


def export_person(context: SyncContext, user_id: str) -> dict[str, Any]:
    """Return everything about a user and the accounts merged with it, ready for JSON.

    `mingdao` holds the rows by worksheet, each cell as HAP gives it, fields that the company added
    included; `xiaoe` what the shop's interfaces tell today, money in 分 and times with their zone,
    and `unreadable` what of it could not be read. Orders that merely name the person as promoter
    are somebody else's, and are given by their id alone; who promoted the person's own is left out.
    Raises ConfigurationError without a user id, NotFound where neither system knows the person, and
    whatever a call raises: an export that lacks something must not look complete.
    """
    accounts = accounts_of(context, user_id)
    rows = find_rows(context, accounts)
    insist_on_known(context, accounts, rows, _NOBODY)
    orders = context.sheet(ORDERS)
    bought = [orders.key_of(row) for row in rows.bought]
    held = {**rows.by_worksheet(), ORDERS: rows.bought}
    return {
        "exported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "shop": context.id,
        "user_ids": accounts,
        "mingdao": {
            definition.label: [_cells(context.sheet(definition), row) for row in found]
            for definition, found in held.items()
            if found
        },
        "promoted_orders": [orders.key_of(row) for row in rows.promoted],
        "xiaoe": {
            **{account: _told_of_user(context, account) for account in accounts},
            "orders": _each(context.xiaoe.order_detail, bought, but={"distribute_info"}),
        },
        "unreadable": [f"{row.api} {row.key}" for row in context.xiaoe.unreadable.all()],
    }


def _cells(sheet: Sheet, row: Row) -> dict[str, object]:
    """Return what a row holds, under the names that people see in HAP; system fields aside."""
    ours = {there.id: alias for alias, there in sheet.fields.items()}
    named = {
        f"{there.name} ({there.alias or there.id})": row.cells.get(
            ours.get(there.id) or there.alias or there.id
        )
        for there in sheet.live.fields
        if ours.get(there.id) != _SOMEBODY_ELSE
    }
    return {name: cell for name, cell in named.items() if cell not in (None, "", [])}


def _told_of_user(context: SyncContext, user_id: str) -> dict[str, object]:
    sizes = context.settings.page_size
    return {
        "user": _each(context.xiaoe.user_info, [user_id]),
        "answers": _json(user_answers(context.xiaoe, user_id, sizes("information.user"))),
        "purchases": _json(user_purchases(context.xiaoe, user_id, sizes("purchase"))),
    }


def _each(
    ask: Callable[[str], BaseModel], ids: Iterable[str], but: set[str] | None = None
) -> list[object]:
    """Ask for records one by one; what the shop does not show any more is left out.

    So is what they tell under the names in `but`.
    """
    found = []
    for one in ids:
        try:
            found.append(ask(one))
        except NotFound:
            continue
    return _json(found, but)


def _json(records: Iterable[BaseModel], but: set[str] | None = None) -> list[object]:
    return [one.model_dump(mode="json", exclude_none=True, exclude=but) for one in records]
