"""What the orders DAG does not see: new users, changed goods, forms answered after the order.

Users have no update time and no filter by it, goods neither, and a form may be answered long after
the purchase. So the nightly run picks them up: users from the newest down to those of the last run,
goods and answers as a whole, and whatever waits in `sync_errors` of them. Unchanged rows cost no
write.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from connectors.errors import Words
from connectors.xiaoe.models import User
from include.destination.lookup import chunked, look_up
from include.destination.worksheets import (
    COLLECTED_INFO,
    CUSTOMERS,
    SUCCEEDED,
    SYNC_CONFIG,
)
from include.flows.account_merges import finish_merges
from include.flows.customer_refresh import refresh_customers
from include.flows.customer_writes import close_written
from include.flows.customers import (
    CUSTOMERS_AT_ONCE,
    FIRST_DAY,
    answers_by_user,
    forms_enabled,
    write_answers,
    write_users,
)
from include.flows.dead_letters import open_letters
from include.flows.goods import sync_all_goods
from include.flows.guards import expect_stream, rows_held
from include.flows.shop import Shop
from include.source.everything import every_user, every_user_by_day
from include.source.pay_sums import PaySums
from include.source.windows import SHOP_ZONE

log = logging.getLogger(__name__)

# A user is listed by the time of registration, and may be shown a little later.
OVERLAP = timedelta(days=1)
# The row of `sync_config` that tells of the users' last run, whichever of the two lists was read.
USERS = "user.list.cursor"


def pick_up_users(shop: Shop) -> dict[str, int]:
    """Sync the users registered since the last run that went through, and those in `sync_errors`.

    Then whatever is still with accounts that have gone into others is moved to the remaining ones.

    Returns what was read and written. Raises ContractError when the user list has dried up.
    """
    _expect_users(shop)
    known_until = _last_success(shop)
    counts: Counter[str] = Counter()
    pay_sums = PaySums(shop.xiaoe)
    read = 0
    for users in chunked(_users_since(shop, known_until), CUSTOMERS_AT_ONCE):
        read += len(users)
        counts.update(close_written(shop, write_users(shop, users, None, pay_sums)))
    counts.update(_retry_customers(shop))
    counts["patch"] += finish_merges(shop)
    log.info("新用户 %d 个 / new users: %s", read, dict(counts))
    return {**_nothing(), "read": read, **counts}


def pick_up_goods(shop: Shop) -> dict[str, int]:
    """Sync the goods and columns whose listing changed; returns what was read and written."""
    return sync_all_goods(shop)


def pick_up_answers(shop: Shop) -> dict[str, int]:
    """Sync what people filled into any form since; returns what was read and written.

    Raises ContractError when the forms have dried up.
    """
    answers = answers_by_user(shop) or {}
    read = sum(map(len, answers.values()))
    if forms_enabled(shop):
        what = Words("采集信息", "the answered forms")
        expect_stream("information.form.result", what, read, rows_held(shop, COLLECTED_INFO))
    counts: Counter[str] = Counter()
    for names in chunked(sorted(answers), CUSTOMERS_AT_ONCE):
        counts.update(
            close_written(shop, write_answers(shop, {name: answers[name] for name in names}))
        )
    log.info("采集记录 %d 条 / answered forms: %s", read, dict(counts))
    return {**_nothing(), "read": read, **counts}


def _users_since(shop: Shop, known_until: datetime | None) -> Iterator[User]:
    """Yield the users newest first, down to those registered before the last run."""
    since = known_until - OVERLAP if known_until else None
    if not shop.enabled(USERS):
        day = since.astimezone(SHOP_ZONE).date() if since else FIRST_DAY
        yield from every_user_by_day(
            shop.xiaoe, day, _today(), shop.settings.page_size("user.list")
        )
        return
    for user in every_user(shop.xiaoe, shop.settings.page_size(USERS)):
        registered = user.user_created_at
        if since is not None and registered is not None and registered < since:
            return
        yield user


def _expect_users(shop: Shop) -> None:
    if shop.enabled(USERS):
        listed = shop.xiaoe.list_users_after(None, 1).total
    else:
        listed = shop.xiaoe.list_users(1, 1).total
    if listed is not None:
        what = Words("用户列表", "the user list")
        expect_stream(USERS, what, listed, rows_held(shop, CUSTOMERS))


def _last_success(shop: Shop) -> datetime | None:
    """Return when the users were last read through; None when the last run of it failed."""
    sheet = shop.sheet(SYNC_CONFIG)
    key = shop.config.scoped(USERS)
    row = look_up(shop.hap, sheet, [key]).rows.get(key)
    if row is None or sheet.read(row, "last_status") != SUCCEEDED:
        return None
    last = sheet.read(row, "last_run_at")
    return last if isinstance(last, datetime) else None


def _retry_customers(shop: Shop) -> Counter[str]:
    """Sync the customers that wait in `sync_errors`, with all that the shop tells of them now."""
    waiting = sorted(open_letters(shop, "customer"))
    if not waiting:
        return Counter()
    return close_written(shop, refresh_customers(shop, waiting))


def _nothing() -> dict[str, int]:
    return {"read": 0, "create": 0, "patch": 0, "failed": 0}


def _today() -> date:
    return datetime.now(SHOP_ZONE).date()
