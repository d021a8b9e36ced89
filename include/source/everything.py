"""Reads a whole list to its proven end: users, goods, forms, answers, what a column contains."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import TypeVar

from connectors.errors import ContractError, RejectedError, Words
from connectors.threads import Threads
from connectors.xiaoe.client import XiaoeClient
from connectors.xiaoe.models import Answer, ColumnItem, Form, Goods, Page, Purchase, User

Row = TypeVar("Row")
MOST_PAGES = 20_000
REACHABLE_USERS = 10_000  # user list 1.0.0 shows no more (contracts: xiaoe §4.1)


def every_page(
    api: str, ask: Callable[[int], Page[Row]], key: Callable[[Row], str], threads: Threads
) -> Iterator[Row]:
    """Yield each row of a list that is paged by number from 1.

    As many pages as the first one promises are asked for side by side. The end is an empty page, a
    page that shows nothing new, or as many rows as `total`; never a
    short page, because a server may lower the page size, and no `total` that is less than what is
    there, such as the 0 of a server that does not count. Raises ContractError when the list ends
    before `total` rows were seen.
    """
    seen: set[str] = set()
    total: int | None = None
    for page in _pages(ask, threads):
        total = page.total if page.total is not None else total
        fresh = [row for row in page.rows if key(row) not in seen]
        for row in fresh:
            if key(row) not in seen:
                seen.add(key(row))
                yield row
        if len(seen) == total:
            return
        if not fresh:
            break
    if total is not None and len(seen) < total:
        raise _incomplete(api, len(seen), total)


def _pages(ask: Callable[[int], Page[Row]], threads: Threads) -> Iterator[Page[Row]]:
    first = ask(1)
    yield first
    promised = math.ceil((first.total or 0) / max(1, len(first.rows)))
    promised = min(max(1, promised), MOST_PAGES)
    yield from threads.map(ask, range(2, promised + 1))
    yield from map(ask, range(promised + 1, MOST_PAGES + 1))


def every_user(client: XiaoeClient, page_size: int = 50) -> Iterator[User]:
    """Yield every user of the shop, newest first, by the cursor of user list 2.0.0."""
    cursor = None
    seen: set[str] = set()
    while True:
        page = client.list_users_after(cursor, page_size)
        fresh = [row for row in page.rows if row.user_id not in seen]
        if not fresh:
            return
        for row in fresh:
            seen.add(row.user_id)
            yield row
        cursor = page.rows[-1].es_skip
        if cursor is None:
            raise ContractError(
                "user.list.cursor",
                Words("用户列表没有给出游标 es_skip", "the user list gave no cursor"),
                Words("在 sync_config 停用 user.list.cursor,改用 user.list", "disable this API"),
            )


def every_user_by_day(
    client: XiaoeClient, first_day: date, last_day: date, page_size: int = 50
) -> Iterator[User]:
    """Yield every user registered in a range of days, by user list 1.0.0.

    The list shows 10,000 rows at most, so a range with more is halved down to a single day.
    """
    range_ = (first_day, last_day)

    def read() -> Iterator[User]:
        return every_page(
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
        raise _incomplete("user.list", REACHABLE_USERS, total or REACHABLE_USERS + 1)
    else:
        yield from read() if users is None else users


def every_goods(client: XiaoeClient, page_size: int = 100) -> Iterator[Goods]:
    """Yield every good of the shop, columns and memberships included."""
    return every_page(
        "goods.list",
        lambda number: client.list_goods(number, page_size),
        lambda goods: goods.resource_id,
        client.threads,
    )


def every_resource(client: XiaoeClient, page_size: int = 50) -> Iterator[Goods]:
    """Yield every good by the undocumented resource list, for shops that have switched it on."""
    return every_page(
        "resource.list",
        lambda number: client.list_resources(number, page_size),
        lambda goods: goods.resource_id,
        client.threads,
    )


def every_form(client: XiaoeClient, page_size: int = 50) -> Iterator[Form]:
    """Yield every form of the shop."""
    return every_page(
        "information.form",
        lambda number: client.list_forms(number, page_size),
        lambda form: form.form_id,
        client.threads,
    )


def form_answers(client: XiaoeClient, form_id: str, page_size: int = 50) -> Iterator[Answer]:
    """Yield every answered record of a form."""
    return every_page(
        "information.form.result",
        lambda number: client.list_form_answers(form_id, number, page_size),
        lambda answer: answer.id,
        client.threads,
    )


def user_answers(client: XiaoeClient, user_id: str, page_size: int = 50) -> Iterator[Answer]:
    """Yield every answered record of a user, whatever it was answered for."""
    return every_page(
        "information.user",
        lambda number: client.list_user_answers(user_id, number, page_size),
        lambda answer: answer.id,
        client.threads,
    )


def user_purchases(client: XiaoeClient, user_id: str, page_size: int = 50) -> Iterator[Purchase]:
    """Yield every purchase record of a user."""
    return every_page(
        "purchase",
        lambda number: client.list_purchases(user_id, None, number, page_size),
        _identity,
        client.threads,
    )


def column_contents(client: XiaoeClient, column: Goods) -> Iterator[ColumnItem]:
    """Yield what a column contains; nothing for a type that the API does not take."""
    last_id = ""
    seen: set[str] = set()
    while True:
        try:
            page = client.column_contents(column.resource_id, column.resource_type or 0, last_id)
        except RejectedError:
            if seen:
                raise
            return
        fresh = [item for item in page.rows if item.resource_id not in seen]
        if not fresh:
            return
        for item in fresh:
            seen.add(item.resource_id)
            yield item
        if not page.last_id or page.last_id == last_id:
            return
        last_id = page.last_id


def _identity(purchase: Purchase) -> str:
    """Purchase records have no documented id, so a record is what it says."""
    return json.dumps(purchase.raw, sort_keys=True, default=str)


def _incomplete(api: str, seen: int, total: int) -> ContractError:
    return ContractError(
        api,
        Words(
            f"列表应有 {total} 条,只读到 {seen} 条",
            f"the list says {total} rows and ended after {seen}",
        ),
        Words("稍后重新运行;若反复出现请联系小鹅通", "run again later"),
    )
