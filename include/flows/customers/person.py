"""The rows of the app that say something about one person, and the accounts that are the person's.

What erasing takes away and what an export hands out is found here, so that both mean the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from connectors.errors import Bilingual, ConfigurationError, NotFound
from connectors.mingdao.models import Row
from connectors.typed import typed
from connectors.xiaoe.models import Order, OrderDetail
from include.destination.read.lookup import look_up
from include.destination.read.typed_cells import moment_in
from include.destination.sheets.fields import Worksheet
from include.destination.sheets.worksheets import (
    COLLECTED_INFO,
    CUSTOMERS,
    MERGED_ACCOUNTS,
    ORDERS,
    SYNC_ERRORS,
)
from include.destination.write.eraser import rows_linked_to, rows_saying
from include.flows.customers.erased import erased_among
from include.flows.run.context import SyncContext
from include.flows.run.error_rows import error_row_id
from include.flows.run.merged_accounts import accounts_of_person, read_pairs
from include.mapping.orders import promoter_id
from include.source.order_rows import read_order_rows


@dataclass(frozen=True)
class PersonRows:
    """The rows about one person; `promoted` are orders of others that name the person."""

    customers: Sequence[Row]
    forms: Sequence[Row]
    bought: Sequence[Row]
    promoted: Sequence[Row]
    errors: Sequence[Row]
    merges: Sequence[Row]

    def by_worksheet(self) -> Mapping[Worksheet, Sequence[Row]]:
        """Return the rows of each worksheet, each row once."""
        orders = {row.id: row for row in (*self.bought, *self.promoted)}
        return {
            CUSTOMERS: self.customers,
            COLLECTED_INFO: self.forms,
            ORDERS: list(orders.values()),
            SYNC_ERRORS: self.errors,
            MERGED_ACCOUNTS: self.merges,
        }

    def counts(self) -> dict[str, int]:
        """Return the number of rows by the alias of the worksheet."""
        return {sheet.alias: len(rows) for sheet, rows in self.by_worksheet().items()}


def accounts_of(context: SyncContext, user_id: str) -> list[str]:
    """Return a user's account, and those that went into it or that it went into.

    Raises ConfigurationError without a user id.
    """
    user_id = typed(user_id)
    if not user_id:
        raise ConfigurationError(
            "user_id",
            Bilingual("没有填写 user_id", "no user_id was given"),
            Bilingual(
                "填写小鹅通用户ID（u_…）：在 DAG 参数 user_id 里，或 make export USER=u_…",
                "give the Xiaoe user id (u_…): in the DAG's params, or as make export USER=u_…",
            ),
        )
    pairs = (
        read_pairs(context.hap, context.sheet(MERGED_ACCOUNTS))
        if context.has(MERGED_ACCOUNTS)
        else {}
    )
    return accounts_of_person(pairs, user_id)


def find_rows(context: SyncContext, accounts: Sequence[str]) -> PersonRows:
    """Return what the app holds about the person of these accounts."""
    customers = _all_rows(context, CUSTOMERS, accounts)
    row_ids = [row.id for row in customers]
    forms = rows_linked_to(context.hap, context.sheet(COLLECTED_INFO), "customer", row_ids)
    records = [context.sheet(COLLECTED_INFO).key_of(row) for row in forms]
    names = [
        *(f"customers:{account}" for account in accounts),
        *(f"collected_info:{record}" for record in records),
    ]
    errors = [
        *(error_row_id(context, "customer", account) for account in accounts),
        *(error_row_id(context, "collected_info", record) for record in records),
        *(error_row_id(context, "duplicate", name) for name in names),
    ]
    return PersonRows(
        customers,
        forms,
        rows_linked_to(context.hap, context.sheet(ORDERS), "customer", row_ids),
        _promoted(context, accounts, customers),
        _all_rows(context, SYNC_ERRORS, errors),
        _all_rows(context, MERGED_ACCOUNTS, accounts) if context.has(MERGED_ACCOUNTS) else (),
    )


def insist_on_known(
    context: SyncContext, accounts: Collection[str], rows: PersonRows, consequence: Bilingual
) -> None:
    """Raise NotFound for somebody of whom HAP says nothing and the shop does not know either.

    Whoever was erased before is known by the mark; the shop may have forgotten the person since.
    """
    if any(rows.counts().values()) or erased_among(context, accounts):
        return
    if not any(_is_in_shop(context, account) for account in accounts):
        raise NotFound(
            "user_id",
            Bilingual(
                f"小鹅通和明道云都没有这个用户ID，{consequence.zh}",
                f"neither system knows this user id, {consequence.en}",
            ),
            Bilingual(
                "在小鹅通店铺管理台「用户」里搜索，或在明道云「客户」里查「用户ID」，抄下 u_ "
                "开头的 ID 再运行",
                "look the person up in the shop's console or in HAP's customers, and run again "
                "with the id (u_…)",
            ),
        )


def _is_in_shop(context: SyncContext, user_id: str) -> bool:
    """Tell whether the shop knows a user; an answer that says nothing of anybody is a no."""
    try:
        return any(dict(context.xiaoe.user_info(user_id)).values())
    except NotFound:
        return False


def _all_rows(context: SyncContext, definition: Worksheet, keys: Sequence[str]) -> list[Row]:
    found = look_up(context.hap, context.sheet(definition), keys)
    return [*found.rows.values(), *(row for rows in found.duplicates.values() for row in rows)]


def _promoted(context: SyncContext, accounts: Sequence[str], customers: Sequence[Row]) -> list[Row]:
    """Return the orders that name the person as promoter.

    They show a nickname, which others may bear too: the shop tells whose it is, by the same rule
    as when the row was written.
    """
    nicknames = {context.sheet(CUSTOMERS).read(row, "nickname") for row in customers}
    names = {*accounts, *(name for name in nicknames if isinstance(name, str))}
    if "promoter" in context.sheet(ORDERS).left_out:
        return []
    sheet = context.sheet(ORDERS)
    named = {sheet.key_of(row): row for row in rows_saying(context.hap, sheet, "promoter", names)}
    held = {name: moment_in(sheet, row, "created_at") for name, row in named.items()}
    created = {name: moment for name, moment in held.items() if moment}
    listed = {row.order_info.order_id: row for row in read_order_rows(context.xiaoe, created)}
    return [
        row
        for name, row in named.items()
        if _is_promoter(context, accounts, name, listed.get(name))
    ]


def _is_promoter(
    context: SyncContext, accounts: Sequence[str], order_id: str, listed: Order | None
) -> bool:
    """Tell whether the person promoted an order; where the shop names nobody it may be so."""
    try:
        detail = context.xiaoe.order_detail(order_id)
    except NotFound:
        detail = OrderDetail.empty(order_id)
    return promoter_id(detail, listed) in (*accounts, None)
