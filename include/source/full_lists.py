"""Reads a whole list to its proven end: users, goods, forms, answers, what a column contains."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TypeVar

from connectors.errors import Bilingual, ContractError, RejectedError
from connectors.xiaoe.client import XiaoeClient
from connectors.xiaoe.models import (
    Answer,
    ColumnItem,
    Form,
    Goods,
    Page,
    Purchase,
    UnreadableRow,
    User,
    UserCursor,
)
from include.source.pages import incomplete, read_by_cursor, read_numbered

R = TypeVar("R")

REACHABLE_USERS = 10_000  # user list 1.0.0 shows no more (contracts: xiaoe §4.1)


def every_user(client: XiaoeClient, page_size: int = 50) -> Iterator[User]:
    """Yield every user of the shop, newest first, by the cursor of user list 2.0.0.

    Raises ContractError when the list ends before as many users as it counts came.
    """

    def ask(cursor: UserCursor | None) -> tuple[Page[User], UserCursor | None]:
        page = client.list_users_after(cursor, page_size)
        following = next((row.es_skip for row in reversed(page.rows) if row.es_skip), None)
        if page.rows and following is None:
            raise ContractError(
                "user.list.cursor",
                Bilingual("用户列表没有给出游标 es_skip", "the user list gave no cursor"),
                Bilingual(
                    "在工作表「第三方应用配置」停用「用户列表 2.0」（user.list.cursor），"
                    "再运行 DAG，就改读 1.0",
                    "switch off user.list.cursor in the worksheet sync_config and run again: "
                    "list 1.0 is read then",
                ),
            )
        return page, following

    return read_by_cursor("user.list.cursor", ask, lambda user: user.user_id)


def every_user_by_day(
    client: XiaoeClient, first_day: date, last_day: date, page_size: int = 50
) -> Iterator[User]:
    """Yield every user registered in a range of days, by user list 1.0.0.

    The list shows 10,000 rows at most, so a range with more is halved down to a single day.
    """
    range_ = (first_day, last_day)

    def read() -> Iterator[User]:
        return read_numbered(
            "user.list",
            lambda number: client.list_users(number, page_size, range_),
            lambda user: user.user_id,
            client.threads,
        )

    total = client.list_users(1, 1, range_).total
    # Where the list does not count, as many users as it can show may be all, or not.
    users = list(read()) if total is None else None
    hidden = total > REACHABLE_USERS if total is not None else len(users or ()) >= REACHABLE_USERS
    if hidden and first_day < last_day:
        middle = first_day + (last_day - first_day) // 2
        yield from every_user_by_day(client, first_day, middle, page_size)
        yield from every_user_by_day(client, middle + timedelta(days=1), last_day, page_size)
    elif hidden:
        raise incomplete("user.list", REACHABLE_USERS, total or REACHABLE_USERS + 1)
    else:
        yield from read() if users is None else users


def every_goods(client: XiaoeClient, page_size: int = 100) -> Iterator[Goods]:
    """Yield every good of the shop, columns and memberships included."""
    return read_numbered(
        "goods.list",
        lambda number: client.list_goods(number, page_size),
        lambda goods: goods.resource_id,
        client.threads,
    )


def every_resource(client: XiaoeClient, page_size: int = 50) -> Iterator[Goods]:
    """Yield every good by the undocumented resource list, for shops that have switched it on."""
    return read_numbered(
        "resource.list",
        lambda number: client.list_resources(number, page_size),
        lambda goods: goods.resource_id,
        client.threads,
    )


def every_form(client: XiaoeClient, page_size: int = 50) -> Iterator[Form]:
    """Yield every form of the shop."""
    return read_numbered(
        "information.form",
        lambda number: client.list_forms(number, page_size),
        lambda form: form.form_id,
        client.threads,
    )


def form_answers(client: XiaoeClient, form_id: str, page_size: int = 50) -> Iterator[Answer]:
    """Yield every answered record of a form."""
    return read_numbered(
        "information.form.result",
        lambda number: client.list_form_answers(form_id, number, page_size),
        lambda answer: answer.id,
        client.threads,
    )


def user_answers(
    client: XiaoeClient,
    user_id: str,
    page_size: int = 50,
    unread: list[UnreadableRow] | None = None,
) -> Iterator[Answer]:
    """Yield every answered record of a user, whatever it was answered for.

    Those that cannot be read go to `unread`.
    """

    def ask(number: int) -> Page[Answer]:
        return _noted(client.list_user_answers(user_id, number, page_size), unread)

    return read_numbered("information.user", ask, lambda answer: answer.id, client.threads)


def user_purchases(
    client: XiaoeClient,
    user_id: str,
    page_size: int = 50,
    unread: list[UnreadableRow] | None = None,
) -> Iterator[Purchase]:
    """Yield every purchase record of a user; those that cannot be read go to `unread`."""

    def ask(number: int) -> Page[Purchase]:
        return _noted(client.list_purchases(user_id, None, number, page_size), unread)

    return read_numbered("purchase", ask, _what_it_says, client.threads)


def column_contents(
    client: XiaoeClient, column: Goods, unread: list[UnreadableRow] | None = None
) -> Iterator[ColumnItem]:
    """Yield what a column contains; nothing for a type that the API does not take.

    Rows that cannot be read go to `unread`.
    """

    def ask(last_id: str | None) -> tuple[Page[ColumnItem], str | None]:
        try:
            part = client.column_contents(
                column.resource_id, column.resource_type or 0, last_id or ""
            )
        # undetermined: xiaoe.md §5.4: which types has the list of contents?
        except RejectedError:
            if last_id:
                raise
            return Page([], None), None
        return _noted(part.page, unread), part.last_id or None

    return read_by_cursor("goods.relation", ask, lambda item: item.resource_id)


def _noted(page: Page[R], unread: list[UnreadableRow] | None) -> Page[R]:
    if unread is not None:
        unread.extend(page.unreadable)
    return page


def _what_it_says(purchase: Purchase) -> str:
    """Purchase records have no documented id, so a record is what it says."""
    # undetermined: xiaoe.md §13.5: has a purchase record an id?
    moments = (purchase.created_at, purchase.start_at, purchase.expire_at)
    return f"{purchase.resource_id} {' '.join(map(str, moments))}"
