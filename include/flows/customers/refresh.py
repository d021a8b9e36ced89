"""Brings single customers up to date: those that were pushed, and those that lacked something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from include.destination.sheets.worksheets import CUSTOMERS
from include.flows.customers.fetch import FactFinder
from include.flows.customers.write import CustomerWrites, close_written, write_known_customers
from include.flows.run.context import SyncContext
from include.flows.run.error_rows import (
    Failure,
    Ignored,
    every_ignored_record,
    every_open_error_row,
    record_failures,
)
from include.flows.run.missing import record_missing
from include.flows.run.partial_rows import close_interfaces, partial_rows
from include.flows.run.parts import INTERFACE, entities_of, steps_of
from include.flows.run.turns import drawn
from include.flows.run.unreadable_rows import why_unreadable_user

# So many at a time of those that a failing interface left incomplete; the others' turn comes.
RETRIED_AT_ONCE = 500
_OWNERS = ("customer",)


def refresh_customers(
    context: SyncContext, user_ids: Iterable[str], ignored: Ignored
) -> CustomerWrites:
    """Write these customers with all that the shop tells of each now; what is missing is recorded.

    What is `ignored`, customers and single forms, is left alone. Of whom the shop tells nothing,
    because the account is gone or was merged into another, nothing is written. Raises what makes
    every customer fail alike.
    """
    facts = FactFinder(context)
    left_alone = ignored.of("customer")
    wanted = [name for name in dict.fromkeys(user_ids) if name not in left_alone]
    facts.read_users(wanted)
    unreadable = {name: why for name in wanted if (why := why_unreadable_user(context, name))}
    record_failures(
        context,
        [Failure("customer", name, "customer", error) for name, error in unreadable.items()],
    )
    asked = [name for name in wanted if name not in unreadable]
    known = [one for one in facts.customers(asked) if one.tells_anything]
    written = write_known_customers(context, known, ignored)
    record_missing(context, written.missing)
    return written


def retry_customers(context: SyncContext) -> Counter[str]:
    """Sync the customers that wait in `sync_errors`, themselves or with a part of them.

    Where the row of a whole interface waits, those are taken that carry the mark of an incomplete
    row. Costs one call where nothing waits.
    """
    error_rows = every_open_error_row(context)
    entities = ["customer", *entities_of(_OWNERS)]
    waiting = {name for entity in entities for name in error_rows.get(entity, ())}
    down = steps_of("customer") & error_rows.get(INTERFACE, {}).keys()
    if down:
        marked = partial_rows(context, CUSTOMERS, _OWNERS).keys() - waiting
        waiting |= set(drawn(marked, RETRIED_AT_ONCE))
    counts: Counter[str] = Counter()
    if waiting:
        ignored = every_ignored_record(context)
        counts = close_written(context, refresh_customers(context, sorted(waiting), ignored))
    if waiting or down:
        close_interfaces(context, every_open_error_row(context), [CUSTOMERS], _OWNERS)
    return counts
