"""A run's buyers as a whole: form by form where that takes fewer calls than buyer by buyer.

Asking each buyer costs a call a buyer; a form shows fifty records a call, whoever filled it in. The
list of forms tells how many records there are. The interface has a pair of times as well, but it is
not determined whether it means the answer or the form (contracts: xiaoe §8.1): it is not used.

A customer is then written at once from all that the shop tells, many a call, and the batches of
orders only look up the row.
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

from connectors.errors import AuthenticationError, ConnectorError
from connectors.http.threads import Threads
from connectors.xiaoe.models import Answer, Form
from include.destination.read.lookup import chunked
from include.destination.write.outcome import in_words
from include.flows.customers.base_data import CUSTOMERS_AT_ONCE, answers_of_forms, forms_enabled
from include.flows.customers.fetch import USERS_PER_CALL, CustomerFacts, FactFinder
from include.flows.customers.refresh import retry_customers
from include.flows.customers.write import write_known_customers
from include.flows.run.batches import Batch, BatchRefs, buyers_of
from include.flows.run.context import SyncContext
from include.flows.run.missing import Missing, record_missing
from include.source.full_lists import every_form

log = logging.getLogger(__name__)

FEW_BUYERS = 10  # for so few the list of forms is not worth asking
# Records are held in memory, 1.5 KB each, because a person's newest answers win. Where there are
# more, the forms are read once for each part of the buyers.
MOST_RECORDS = 60_000
# A write is look-up, creation and look-up, one after another: two of them fill the rate.
WRITTEN_AT_ONCE = 2
LISTS_AT_ONCE = 4  # calls of the user list, which show more users than their details can be asked


@dataclass(frozen=True)
class _Written:
    """What became of some customers, and who of them has a row by now."""

    counts: Counter[str]
    missing: Missing
    user_ids: frozenset[str]


def bulk_sync_customers(
    context: SyncContext, batches: Iterable[Batch | BatchRefs]
) -> list[str] | None:
    """Sync all buyers of these batches, if that is cheaper as a whole.

    Before that, the customers are tried again who wait in `sync_errors`. Returns the user ids of
    those who are left to the batches: the user list does not show them, or they could not be read
    or written. None where all are left, because asking each is cheaper or the forms cannot be read
    through. Raises AuthenticationError alone: customers keep no order waiting.
    """
    if context.preview:
        return None
    try:
        retry_customers(context)
    except AuthenticationError:
        raise
    except ConnectorError as error:
        log.warning("待补齐的客户暂未处理 / customers not tried again: %s", error)
    buyers = buyers_of(batches)
    if len(buyers) <= FEW_BUYERS or not _enabled(context):
        return None
    unsynced_buyers = _swept(context, buyers)
    return None if len(unsynced_buyers) == len(buyers) else sorted(unsynced_buyers)


def _swept(context: SyncContext, buyers: Sequence[str]) -> set[str]:
    """Sync the buyers as far as that can be done as a whole; return those who are left."""
    unsynced_buyers = set(buyers)
    counts: Counter[str] = Counter()
    missing = Missing()
    try:
        for part, answers in _answers_by_parts(context, buyers):
            for written in _synced(context, part, answers):
                counts.update(written.counts)
                missing.add(written.missing)
                unsynced_buyers -= written.user_ids
    except AuthenticationError:
        raise
    except ConnectorError as error:
        log.warning("整体读写未完成，其余改为按买家 / the rest is left to the batches: %s", error)
    record_missing(context, missing)
    log.info("已整体同步买家和表单 / buyers and forms as a whole: %s", in_words(counts))
    return unsynced_buyers


def _answers_by_parts(
    context: SyncContext, buyers: Sequence[str]
) -> Iterator[tuple[Sequence[str], Mapping[str, Sequence[Answer]]]]:
    """Yield parts of the buyers with their answers; nothing where that is not cheaper."""
    forms = list(every_form(context.xiaoe, context.settings.page_size("information.form")))
    for part in _parts(context, forms, buyers):
        yield part, answers_of_forms(context, forms, part)


def _enabled(context: SyncContext) -> bool:
    return forms_enabled(context) and context.enabled("user.by_id")


def _parts(
    context: SyncContext, forms: Sequence[Form], buyers: Sequence[str]
) -> Iterator[Sequence[str]]:
    """Yield the buyers in parts whose answers fit into memory; nobody where that is not cheaper.

    It is not where a form does not tell its number of records.
    """
    size = context.settings.page_size("information.form.result")
    counted = [form.collect_count for form in forms if form.collect_count is not None]
    parts = max(1, math.ceil(sum(counted) / MOST_RECORDS))
    pages = parts * sum(max(1, math.ceil(count / size)) for count in counted)
    log.info("表单共 %d 页，买家 %d 人 / pages of the forms, buyers", pages, len(buyers))
    if len(counted) == len(forms) and pages < len(buyers):
        yield from chunked(buyers, math.ceil(len(buyers) / parts))


def _synced(
    context: SyncContext, buyers: Sequence[str], answers: Mapping[str, Sequence[Answer]]
) -> Iterator[_Written]:
    """Sync the buyers, some after another; yield what was written.

    While some are written, the next ones are read: neither system waits for the other's rate.
    """
    reported = chunked(_reported(context, buyers, answers), CUSTOMERS_AT_ONCE)
    yield from Threads(WRITTEN_AT_ONCE).map(partial(_written, context), reported)


def _reported(
    context: SyncContext, buyers: Sequence[str], answers: Mapping[str, Sequence[Answer]]
) -> Iterator[CustomerFacts]:
    """Yield what the shop tells of those whom the user list shows.

    Its rows are read ahead, so that the details are asked for without a pause.
    """
    listed = Threads(LISTS_AT_ONCE).map(
        partial(_listed, context, answers), chunked(buyers, USERS_PER_CALL)
    )
    return context.xiaoe.threads.map(
        lambda one: one[0].customer(one[1], None), chain.from_iterable(listed)
    )


def _listed(
    context: SyncContext, answers: Mapping[str, Sequence[Answer]], names: Sequence[str]
) -> list[tuple[FactFinder, str]]:
    """Return those of the buyers whom the user list shows, with what has been read of them."""
    facts = FactFinder(context, answers=answers)
    facts.read_users(names)
    return [(facts, name) for name in names if name in facts.users]


def _written(context: SyncContext, reported: Sequence[CustomerFacts]) -> _Written:
    """Write some customers; what was planned for each cell is dropped at once."""
    written = write_known_customers(context, reported)
    return _Written(written.counts(), written.missing, frozenset(written.row_ids))
