"""Base data of people: every user of the shop, and everything that they filled into its forms.

Bulk endpoints first: the user list, and the forms with their records. What a person typed fills the
customer; each answered form becomes a row of its own as well. The detail of a user is asked for
where these leave name, company, job title or e-mail open.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from connectors.errors import CallError, ConnectorError
from connectors.xiaoe.models import Answer, BuyerInfo, Form, User
from include.destination.read.lookup import Found, chunked, look_up
from include.destination.sheets.record import Record
from include.destination.sheets.worksheets import CUSTOMERS
from include.destination.write.outcome import in_words
from include.flows.customers.fetch import CustomerFacts, FactFinder, asks_detail
from include.flows.customers.write import (
    CustomerWrites,
    close_written,
    write_customers,
    write_known_customers,
)
from include.flows.run.context import SyncContext
from include.flows.run.counts import Counts
from include.flows.run.error_rows import Ignored, every_ignored_record
from include.flows.run.missing import Missing, record_missing
from include.flows.run.parts import LISTED
from include.flows.run.unreadable_rows import record_unreadable
from include.mapping.customers import customer_record
from include.source.full_lists import (
    every_form,
    every_user,
    every_user_by_day,
    form_answers,
)
from include.source.pay_sums import PaySums, unknown_unit
from include.source.windows import SHOP_ZONE

log = logging.getLogger(__name__)

CUSTOMERS_AT_ONCE = 500
FORM_LISTS = ("information.form", "information.form.result")
FIRST_DAY = date(2015, 1, 1)  # before Xiaoe-tong had its first shop


@dataclass(frozen=True)
class Totals:
    """What users have paid in all: in 元, or why it is not certain, by user id."""

    yuan: Mapping[str, Decimal]
    unsure: Mapping[str, ConnectorError] = field(default_factory=dict)


def sync_all_customers(context: SyncContext) -> Counts:
    """Sync every user and every answered form; returns what was read and written.

    Where the forms cannot be read the users are written without them: that is recorded, and the
    next night reads all forms anyway. What a person has set to 忽略 is left alone.
    """
    answers, missing = _answers_if_told(context)
    reported = answers if forms_enabled(context) and not missing.noted else None
    ignored = every_ignored_record(context)
    counts: Counter[str] = Counter()
    pay_sums = PaySums(context.xiaoe)
    listed: set[str] = set()
    for users in chunked(listed_users(context), CUSTOMERS_AT_ONCE):
        listed.update(user.user_id for user in users)
        context.try_long_filters(len(users))
        wanted = [user for user in users if user.user_id not in ignored.of("customer")]
        unsaid = [one for one in wanted if asks_detail(one, answers.get(one.user_id, ()))]
        for written in write_users_and_details(
            context, wanted, unsaid, reported, pay_sums, ignored
        ):
            counts.update(close_written(context, written))
            missing.add(written.missing)
    unlisted = sorted(answers.keys() - listed)
    for names in chunked(unlisted, CUSTOMERS_AT_ONCE):
        written = write_answers(context, {name: answers[name] for name in names}, ignored)
        counts.update(close_written(context, written))
    forms = FORM_LISTS if forms_enabled(context) else ()
    counts["failed"] += record_unreadable(context, whole=(*forms, user_list(context)))
    record_missing(context, missing)
    log.info("用户 %d 个，仅见于表单的 %d 个：%s", len(listed), len(unlisted), in_words(counts))
    return Counts(read=len(listed) + len(unlisted), missing=len(missing.noted), **counts)


def write_users(
    context: SyncContext,
    users: Sequence[User],
    answers: Mapping[str, Sequence[Answer]] | None,
    totals: Totals,
    ignored: Ignored,
    held: Found | None = None,
) -> CustomerWrites:
    """Write customers from their rows of the user list, and the forms that they answered.

    `answers` are those of all users; None where the forms were not read. What is `ignored` is left
    alone; `held` are the rows of these users, where they have just been looked up. A sum that is
    not certain is left open, and noted.
    """

    def record(user: User) -> Record:
        whole = False if user.user_id in totals.unsure else None
        return replace(_listed_customer(context, user, answers, totals), whole=whole)

    written = write_customers(
        context,
        {user.user_id: user for user in users},
        record,
        {user.user_id: (answers or {}).get(user.user_id, ()) for user in users},
        ignored,
        held,
    )
    for user in users:
        if user.user_id in totals.unsure:
            written.missing.note(LISTED, user.user_id, totals.unsure[user.user_id])
    return written


def write_users_and_details(
    context: SyncContext,
    users: Sequence[User],
    asked: Sequence[User],
    answers: Mapping[str, Sequence[Answer]] | None,
    pay_sums: PaySums,
    ignored: Ignored,
    held: Found | None = None,
) -> Iterator[CustomerWrites]:
    """Write users as `write_users` does, those of `asked` with their detail as well; each once.

    Whose detail could not be read is written without it, and noted in what is yielded. `held` are
    the rows of all of them, just looked up: reading details takes long, so they are looked up anew.
    """
    totals = _totals(context, users, pay_sums)
    names = {user.user_id for user in asked}
    others = [user for user in users if user.user_id not in names]
    yield write_users(context, others, answers, totals, ignored, held)
    details = _details(context, asked, answers, totals)
    reported = {one.user_id for one in details}
    untold = [user for user in asked if user.user_id not in reported]
    yield write_users(context, untold, answers, totals, ignored)
    yield write_known_customers(context, details, ignored)


def _details(
    context: SyncContext,
    users: Sequence[User],
    answers: Mapping[str, Sequence[Answer]] | None,
    totals: Totals,
) -> list[CustomerFacts]:
    """Return the detail of users whose row of the user list is known, as far as there is one.

    Nothing where people have switched the API off.
    """
    if not (users and context.enabled("user.info")):
        return []
    # The same owned values as `write_users` writes, or each would undo the other's fingerprint, and
    # an edit of a person's with it.
    known = {
        user.user_id: user.model_copy(update={"pay_sum": totals.yuan.get(user.user_id)})
        for user in users
    }
    facts = FactFinder(
        context, answers=answers, asks_answers=False, users=known, unread_users=dict(totals.unsure)
    )
    return [one for one in facts.customers(known) if one.info or one.missing]


def write_answers(
    context: SyncContext, answers: Mapping[str, Sequence[Answer]], ignored: Ignored
) -> CustomerWrites:
    """Write customers from their answered forms alone, by user id, and the forms themselves.

    Where the forms tell no phone any more, the bound one goes before what an older form told: HAP
    holds it, as the user list was read before. What is `ignored` is left alone.
    """
    sheet = context.sheet(CUSTOMERS)
    held = look_up(context.hap, sheet, answers, set_apart=True)

    def record(user_id: str) -> Record:
        row = held.rows.get(user_id)
        bound = sheet.read(row, "bound_phone") if row else None
        known = bound if isinstance(bound, str) else None
        return _unlisted_customer(context, user_id, answers[user_id], known)

    return write_customers(
        context, {name: name for name in answers}, record, answers, ignored, held
    )


def user_list(context: SyncContext) -> str:
    """Return which of the two lists of users is read: the one that people have left switched on."""
    # undetermined: xiaoe.md §4.2: does every shop have user list 2.0.0?
    return "user.list.cursor" if context.enabled("user.list.cursor") else "user.list"


def listed_users(context: SyncContext) -> Iterator[User]:
    """Yield every user of the shop, by whichever of the two lists people have left switched on."""
    if user_list(context) == "user.list.cursor":
        return every_user(context.xiaoe, context.settings.page_size("user.list.cursor"))
    context.require("user.list")
    size = context.settings.page_size("user.list")
    return every_user_by_day(context.xiaoe, FIRST_DAY, datetime.now(SHOP_ZONE).date(), size)


def _totals(context: SyncContext, users: Sequence[User], pay_sums: PaySums) -> Totals:
    """Return what each user has paid in all, as far as that is known for certain."""
    if not context.enabled("user.list.cursor"):
        return Totals(_as_told(users))
    why: ConnectorError = unknown_unit()
    try:
        yuan = context.interfaces.ask(LISTED.step, lambda: pay_sums.in_yuan(users))
    except CallError as error:
        yuan, why = {}, error
    unsure = [user.user_id for user in users if user.pay_sum and user.user_id not in yuan]
    return Totals(yuan, dict.fromkeys(unsure, why))


def _answers_if_told(context: SyncContext) -> tuple[Mapping[str, Sequence[Answer]], Missing]:
    """Return every answered record by user id; none, with a note, where they cannot be read."""
    try:
        return answers_by_user(context), Missing()
    except CallError as error:
        failing = Missing()
        # Under the name of a list: by that the row closes, whatever else failed on the way to it.
        failing.note_interface(error.api if error.api in FORM_LISTS else FORM_LISTS[-1], error)
        return {}, failing


def answers_by_user(context: SyncContext) -> Mapping[str, Sequence[Answer]]:
    """Return every answered record of every form, by user id."""
    if not forms_enabled(context):
        return {}
    size = context.settings.page_size("information.form")
    return answers_of_forms(context, every_form(context.xiaoe, size))


def answers_of_forms(
    context: SyncContext, forms: Iterable[Form], users: Iterable[str] | None = None
) -> Mapping[str, Sequence[Answer]]:
    """Return every answered record of these forms, by user id; those of some users or of all."""
    wanted = None if users is None else set(users)
    answers: dict[str, list[Answer]] = {}
    size = context.settings.page_size("information.form.result")
    for form in forms:
        for answer in form_answers(context.xiaoe, form.form_id, size):
            if answer.user_id and (wanted is None or answer.user_id in wanted):
                answers.setdefault(answer.user_id, []).append(answer)
    return answers


def forms_enabled(context: SyncContext) -> bool:
    """Tell whether people have left switched on what reads the answered forms."""
    return context.enabled("information.form") and context.enabled("information.form.result")


def _listed_customer(
    context: SyncContext,
    user: User,
    answers: Mapping[str, Sequence[Answer]] | None,
    totals: Totals,
) -> Record:
    return customer_record(
        context.id,
        user.user_id,
        user=user,
        answers=None if answers is None else answers.get(user.user_id, ()),
        total_paid=totals.yuan.get(user.user_id),
    )


def _unlisted_customer(
    context: SyncContext, user_id: str, answers: Sequence[Answer], bound_phone: str | None
) -> Record:
    named = BuyerInfo(nickname=answers[-1].user_nickname, phone_number=bound_phone)
    return customer_record(context.id, user_id, buyer=named, answers=answers)


def _as_told(users: Iterable[User]) -> dict[str, Decimal]:
    """User list 1.0.0 tells the sum in 元."""
    return {user.user_id: user.pay_sum for user in users if user.pay_sum is not None}
