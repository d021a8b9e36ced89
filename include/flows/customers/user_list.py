"""Is the user list worth believing? Asked by every night before anything is written.

Its `total` tells that with one call. Some servers do not count, and answer 0 beside rows: then the
list itself is read to its end, and users whom HAP holds and the list did not show are asked for by
id. If the shop still shows one of them, the list ended early.
"""

from __future__ import annotations

from collections.abc import Collection

from connectors.errors import Bilingual
from connectors.xiaoe.models import Page, User
from include.destination.read.lookup import chunked
from include.destination.sheets.worksheets import CUSTOMERS
from include.flows.customers.base_data import listed_users, user_list
from include.flows.customers.fetch import USERS_PER_CALL
from include.flows.run.context import SyncContext
from include.flows.run.scans import rows_of_shop
from include.flows.run.volume_checks import dried_up, expect_stream, rows_held
from include.source.pages import incomplete

# The row of `sync_config` that tells of the users' last run, whichever of the two lists was read.
USERS = "user.list.cursor"
_USERS = Bilingual("用户列表", "the user list")


def expect_users(context: SyncContext) -> None:
    """Raise ContractError when the user list has dried up, or ends early and cannot count."""
    page = _first_page(context)
    held = rows_held(context, CUSTOMERS)
    listed = page.total
    if listed is None:
        return
    doubtful = listed < len(page.rows) or (page.rows and dried_up(listed, held))
    ids = {user.user_id for user in listed_users(context)} if doubtful else set()
    expect_stream(context, USERS, _USERS, max(listed, len(ids)), held)
    if doubtful:
        _expect_all(context, ids)


def _first_page(context: SyncContext) -> Page[User]:
    if user_list(context) == USERS:
        return context.xiaoe.list_users_after(None, 1)
    return context.xiaoe.list_users(1, 1)


def _expect_all(context: SyncContext, listed: Collection[str]) -> None:
    """Raise ContractError when the shop shows a user by id whom its list did not show."""
    if not context.enabled("user.by_id"):
        return
    key_of = context.sheet(CUSTOMERS).key_of
    held = {key_of(row) for row in rows_of_shop(context, CUSTOMERS, (CUSTOMERS.key,))}
    for names in chunked(sorted(held - set(listed) - {""}), USERS_PER_CALL):
        shown = {user.user_id for user in context.xiaoe.users_by_id(names)} & set(names)
        if shown:
            raise incomplete(user_list(context), len(listed), len(listed) + len(shown))
