"""What the orders DAG does not see: new users, changed goods, forms answered after the order.

Users have no update time and no filter by it, goods neither, and a form may be answered long after
the purchase. So the nightly run compares all of them: the whole user list (fifty a call), goods and
answers, and whatever waits in `sync_errors` of them. What only a user's detail tells is read in
turns, everybody's within a month. Unchanged rows cost no write.
"""

from __future__ import annotations

import logging
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from connectors.errors import Bilingual, CallError
from include.destination.read.lookup import chunked, look_up
from include.destination.sheets.worksheets import COLLECTED_INFO, CUSTOMERS, MERGED_ACCOUNTS
from include.destination.write.outcome import in_words
from include.flows.customers.base_data import (
    CUSTOMERS_AT_ONCE,
    FORM_LISTS,
    answers_by_user,
    forms_enabled,
    listed_users,
    user_list,
    write_answers,
    write_users_and_details,
)
from include.flows.customers.merge_accounts import finish_merges
from include.flows.customers.refresh import retry_customers
from include.flows.customers.user_list import USERS, expect_users
from include.flows.customers.write import close_written
from include.flows.goods import sync_all_goods
from include.flows.run.context import SyncContext
from include.flows.run.counts import Counts
from include.flows.run.error_rows import close_error_rows, every_ignored_record
from include.flows.run.missing import Missing, record_missing
from include.flows.run.parts import INTERFACE
from include.flows.run.unreadable_rows import record_unreadable
from include.flows.run.volume_checks import expect_stream, rows_held
from include.source.pay_sums import PaySums
from include.source.windows import day_of

log = logging.getLogger(__name__)

# The detail of every user is read once in so many nights.
ROTATION = 31
# What may have failed as a whole, and is made good when all forms have been read and written.
FORM_INTERFACES = ("information.form", "information.form.result", COLLECTED_INFO.alias)


def catch_up_users(context: SyncContext, now: datetime | None = None) -> Counts:
    """Sync all users with the user list, the details of new ones and of those whose turn it is.

    Also those in `sync_errors`; whom a person has set to 忽略 there is left alone. Then whatever is
    still with accounts that have gone into others is moved to the remaining ones. Returns what was
    read and written. Raises ContractError when the user list has dried up.
    """
    expect_users(context)
    turn = day_of(now or datetime.now(UTC)).toordinal()
    ignored = every_ignored_record(context)
    counts: Counter[str] = Counter()
    pay_sums = PaySums(context.xiaoe)
    missing = Missing()
    read = 0
    for users in chunked(listed_users(context), CUSTOMERS_AT_ONCE):
        read += len(users)
        wanted = [user for user in users if user.user_id not in ignored.of("customer")]
        ids = [user.user_id for user in wanted]
        context.try_long_filters(len(ids))
        held = look_up(context.hap, context.sheet(CUSTOMERS), ids, set_apart=True)
        new = set(ids) - held.rows.keys()
        due = [one for one in wanted if one.user_id in new or _has_turn(one.user_id, turn)]
        for written in write_users_and_details(context, wanted, due, None, pay_sums, ignored, held):
            counts.update(close_written(context, written))
            missing.add(written.missing)
    record_missing(context, missing)
    counts.update(retry_customers(context))
    counts["failed"] += record_unreadable(context, whole=(user_list(context),))
    counts.update(_merges_finished(context))
    log.info("用户 %d 个 / users compared: %s", read, in_words(counts))
    return Counts(read=read, missing=len(missing.noted), **counts)


def catch_up_goods(context: SyncContext) -> Counts:
    """Sync the goods and columns whose listing changed; returns what was read and written."""
    return sync_all_goods(context)


def catch_up_answers(context: SyncContext) -> Counts:
    """Sync what people filled into any form since; returns what was read and written.

    Raises ContractError when the forms have dried up.
    """
    answers = answers_by_user(context) or {}
    read = sum(map(len, answers.values()))
    if forms_enabled(context):
        what = Bilingual("采集信息", "the answered forms")
        held = rows_held(context, COLLECTED_INFO)
        expect_stream(context, "information.form.result", what, read, held)
    counts: Counter[str] = Counter()
    ignored = every_ignored_record(context)
    for names in chunked(sorted(answers), CUSTOMERS_AT_ONCE):
        written = write_answers(context, {name: answers[name] for name in names}, ignored)
        counts.update(close_written(context, written))
    counts["failed"] += record_unreadable(
        context, whole=FORM_LISTS if forms_enabled(context) else ()
    )
    # Whoever lacked them has them now.
    close_error_rows(context, INTERFACE, FORM_INTERFACES)
    log.info("采集记录 %d 条 / answered forms: %s", read, in_words(counts))
    return Counts(read=read, **counts)


GOODS, ANSWERS = "goods.list", "information.form.result"
# What a night picks up, by the api that tells it.
PARTS: Mapping[str, Callable[[SyncContext], Counts]] = {
    USERS: catch_up_users,
    GOODS: catch_up_goods,
    ANSWERS: catch_up_answers,
}


def _merges_finished(context: SyncContext) -> dict[str, int]:
    """Finish the merges of accounts; where HAP refuses that, it is recorded and tried again."""
    try:
        moved = finish_merges(context)
    except CallError as error:
        log.error("账号合并未完成 / merges not finished: %s", error)
        failing = Missing()
        failing.note_interface(MERGED_ACCOUNTS.alias, error)
        record_missing(context, failing)
        return {"failed": 1}
    close_error_rows(context, INTERFACE, [MERGED_ACCOUNTS.alias])
    return {"patch": moved}


def _has_turn(user_id: str, day: int) -> bool:
    return (zlib.crc32(user_id.encode()) - day) % ROTATION == 0
