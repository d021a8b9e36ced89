"""Writes customers and their answered forms: the same way in every flow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from connectors.errors import CallError, ConnectorError
from connectors.xiaoe.models import Answer
from include.destination.read.lookup import Found
from include.destination.sheets.record import Record
from include.destination.sheets.worksheets import COLLECTED_INFO, CUSTOMERS
from include.destination.write.outcome import Outcome
from include.flows.customers.erased import erased_among
from include.flows.customers.fetch import CustomerFacts
from include.flows.run.context import SyncContext
from include.flows.run.error_rows import Failure, Ignored, close_every, record_failures
from include.flows.run.isolation import each_isolated
from include.flows.run.missing import Missing
from include.flows.run.parts import INTERFACE, LISTED, parts_of
from include.mapping.collected_info import collected_info_record
from include.mapping.customers import customer_record

T = TypeVar("T")


@dataclass(frozen=True)
class CustomerWrites:
    """What was written of customers, and of their answered forms.

    `missing` tells without what; `whole` are the customers of whom nothing is missing any more.
    """

    customers: Outcome
    forms: Outcome
    missing: Missing = field(default_factory=Missing)
    whole: set[str] = field(default_factory=set)

    def counts(self) -> Counter[str]:
        """Return what became of customers and forms together."""
        counted = self.customers.counts()
        counted.update(self.forms.counts())
        return counted

    @property
    def row_ids(self) -> Mapping[str, str]:
        """Return the customers' row ids by user id."""
        return self.customers.row_ids

    @property
    def failures(self) -> Mapping[str, ConnectorError]:
        """Return why customers could not be written, by user id."""
        return self.customers.failures


def write_known_customers(
    context: SyncContext, reported: Collection[CustomerFacts], ignored: Ignored | None = None
) -> CustomerWrites:
    """Write customers from all that the shop tells of them, as `write_customers` does.

    What could not be read of a customer is noted, not recorded: that is for the flow to do.
    """
    written = write_customers(
        context,
        {facts.user_id: facts for facts in reported},
        partial(_customer_of, context),
        {facts.user_id: facts.answers or () for facts in reported},
        ignored,
    )
    for facts in reported:
        if facts.user_id in written.row_ids:
            written.whole.update({facts.user_id} if facts.whole else ())
            for part, error in facts.missing.items():
                written.missing.note(part, facts.user_id, error)
    return written


def write_customers(
    context: SyncContext,
    reported: Mapping[str, T],
    to_record: Callable[[T], Record],
    answers: Mapping[str, Sequence[Answer]],
    ignored: Ignored | None = None,
    held: Found | None = None,
) -> CustomerWrites:
    """Write customers, then the forms that they answered, by user id; failures are recorded.

    `reported` is what is known of each, by user id, and `to_record` maps it; `held` are their rows,
    where they have just been looked up. Whoever has been erased is
    left out, and what is `ignored`: customers with all their forms, and single forms. The forms of
    an account that went into another one are the remaining customer's, and its old row is no longer
    written. The forms of somebody who cannot be mapped are written all the same; trying the
    customer again links them.
    """
    ignored = ignored or Ignored()
    merged = context.merged_accounts
    left_out = erased_among(context, reported) | ignored.of("customer")
    left_out |= {name for name in reported if merged.is_gone(name)}
    wanted = {name: facts for name, facts in reported.items() if name not in left_out}
    records, unmapped = each_isolated(CUSTOMERS.alias, wanted, to_record)
    customers = context.upsert(CUSTOMERS, records.values(), held=held)
    customers.failures |= unmapped
    rows = {**customers.row_ids, **merged.customers_of(answers)}
    forms = {
        answer.id: (answer, rows.get(user_id))
        for user_id, given in answers.items()
        if user_id in rows or user_id in unmapped
        for answer in given
        if answer.id not in ignored.of("collected_info")
    }
    collected = _write_forms(context, forms)
    record_failures(context, _failures("customer", customers))
    return CustomerWrites(customers, collected)


def _write_forms(context: SyncContext, forms: Mapping[str, tuple[Answer, str | None]]) -> Outcome:
    """Write answered forms; where HAP refuses the whole worksheet, the customers stay written."""
    alias = COLLECTED_INFO.alias
    records, unmapped = each_isolated(alias, forms, lambda form: _form_record(context, *form))
    try:
        collected = context.upsert(COLLECTED_INFO, records.values())
    except CallError as error:
        record_failures(context, [Failure(INTERFACE, alias, alias, error)])
        return Outcome(failures={**dict.fromkeys(records, error), **unmapped})
    collected.failures |= unmapped
    record_failures(context, _failures(alias, collected))
    return collected


def _form_record(context: SyncContext, answer: Answer, customer_row: str | None) -> Record:
    """Return the record of a form; without the customer's row nothing is said of the customer."""
    record = collected_info_record(context.id, answer, customer_row)
    if customer_row:
        return record
    reported = {name: value for name, value in record.values.items() if name != "customer"}
    return replace(record, values=reported, whole=False)


def _failures(entity: str, outcome: Outcome) -> list[Failure]:
    return [Failure(entity, key, entity, error) for key, error in outcome.failures.items()]


def close_written(context: SyncContext, written: CustomerWrites) -> Counter[str]:
    """Close the error rows of customers and forms that are through, and return the counts.

    Costs one call however many were written, where nothing is to be closed.
    """
    customers = written.row_ids.keys() - written.failures.keys()
    forms = written.forms.row_ids.keys() - written.forms.failures.keys()
    parts = {part.entity: customers & written.whole for part in parts_of("customer")}
    close_every(context, {"customer": customers, "collected_info": forms, **parts})
    return written.counts()


def _customer_of(context: SyncContext, facts: CustomerFacts) -> Record:
    """Return the customer's record from all that the shop tells.

    What is not known must not change what HAP holds: without the user list's row, a phone or a
    nickname from elsewhere may fill a blank but is no better than what is there.
    """
    record = customer_record(
        context.id,
        facts.user_id,
        user=facts.user,
        info=facts.info,
        buyer=facts.buyer,
        answers=facts.answers,
        total_paid=facts.user.pay_sum if facts.user else None,
    )
    unread = facts.user is None and LISTED in facts.missing
    fill_blank_only = record.fill_blank_only | ({"phone", "nickname"} if unread else set())
    return replace(record, fill_blank_only=fill_blank_only, whole=facts.whole)
