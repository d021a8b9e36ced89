"""Writes customers and their answered forms: the same way in every flow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from connectors.errors import ConnectorError
from connectors.xiaoe.models import Answer
from include.destination.record import Record
from include.destination.worksheets import COLLECTED_INFO, CUSTOMERS
from include.destination.writer import Outcome
from include.flows.dead_letters import Failure, close_letters, record_failures
from include.flows.erased import erased_among
from include.flows.order_facts import CustomerFacts
from include.flows.shop import Shop
from include.mapping.collected_info import collected_info_record
from include.mapping.customers import customer_record


@dataclass(frozen=True)
class CustomerWrites:
    """What was written of customers, and of their answered forms."""

    customers: Outcome
    forms: Outcome

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


def write_told_customers(shop: Shop, told: Collection[CustomerFacts]) -> CustomerWrites:
    """Write customers from all that the shop tells of them, as `write_customers` does."""
    return write_customers(
        shop,
        [_customer_of(shop, facts) for facts in told],
        {facts.user_id: facts.answers or () for facts in told},
    )


def write_customers(
    shop: Shop, records: Sequence[Record], answers: Mapping[str, Sequence[Answer]]
) -> CustomerWrites:
    """Write customers, then the forms that they answered, by user id; failures are recorded.

    Whoever has been erased is left out. The forms of an account that went into another one are
    the remaining customer's, and its old row is no longer written.
    """
    merged = shop.merged_accounts
    left_out = erased_among(shop, (record.key for record in records))
    left_out |= {record.key for record in records if merged.is_gone(record.key)}
    customers = shop.upsert(CUSTOMERS, [record for record in records if record.key not in left_out])
    rows = {**customers.row_ids, **merged.customers_of(answers)}
    forms = [
        collected_info_record(shop.id, answer, rows[user_id])
        for user_id, given in answers.items()
        if user_id in rows
        for answer in given
    ]
    collected = shop.upsert(COLLECTED_INFO, forms)
    failed = {"customer": customers.failures, "collected_info": collected.failures}
    record_failures(
        shop,
        [
            Failure(entity, key, entity, error)
            for entity, failures in failed.items()
            for key, error in failures.items()
        ],
    )
    return CustomerWrites(customers, collected)


def close_written(shop: Shop, written: CustomerWrites) -> Counter[str]:
    """Close the letters of customers and forms that are through, and return the counts.

    Costs two calls however many were written, where nothing is to be closed.
    """
    through = {"customer": written.customers, "collected_info": written.forms}
    for entity, outcome in through.items():
        close_letters(shop, entity, outcome.row_ids.keys() - outcome.failures.keys())
    return written.counts()


def _customer_of(shop: Shop, facts: CustomerFacts) -> Record:
    """Return the customer's record from all that the shop tells."""
    return customer_record(
        shop.id,
        facts.user_id,
        user=facts.user,
        info=facts.info,
        buyer=facts.buyer,
        answers=facts.answers,
        total_paid=facts.user.pay_sum if facts.user else None,
    )
