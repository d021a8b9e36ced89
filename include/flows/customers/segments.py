"""`segment` of every customer, by the rules of today and the job title that HAP holds now.

HAP's title counts, not the shop's: a person may have corrected it, and the segment follows the
correction. A segment that a person has set is not the pipeline's own and stays, see the policy
`fill`. Whoever has no title is 其他. Rows that are right cost no write, so there is no version of
the rules to be kept: after a change of the rules the next run writes what differs.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator

from connectors.errors import ConnectorError
from include.destination.read.lookup import chunked
from include.destination.sheets.fingerprint import filled_mark
from include.destination.sheets.record import Record
from include.destination.sheets.worksheets import CUSTOMERS
from include.destination.write.plan import FILLED, read_marks
from include.flows.customers.base_data import CUSTOMERS_AT_ONCE
from include.flows.customers.erased import erased_among
from include.flows.run.context import SyncContext
from include.flows.run.error_rows import Failure, record_failures
from include.flows.run.scans import rows_of_shop
from include.mapping.segments import OTHERS, segment_of

log = logging.getLogger(__name__)


def refresh_segments(context: SyncContext) -> dict[str, int]:
    """Write the segments that are missing or no longer right; returns what was written.

    Nothing where the user's own worksheet does without them.
    """
    counts: Counter[str] = Counter({"patch": 0, "failed": 0})
    if "segment" in context.sheet(CUSTOMERS).left_out:
        return {"patch": 0, "failed": 0}
    for records in chunked(_outdated(context), CUSTOMERS_AT_ONCE):
        erased = erased_among(context, (record.key for record in records))
        outcome = context.upsert(CUSTOMERS, [one for one in records if one.key not in erased])
        counts.update(outcome.counts())
        _record(context, outcome.failures)
    log.info("客群已更新 %d 人 / segments written", counts["patch"])
    return {"patch": counts["patch"], "failed": counts["failed"]}


def _outdated(context: SyncContext) -> Iterator[Record]:
    """Yield what differs from the rules and was not set by a person."""
    sheet = context.sheet(CUSTOMERS)
    for row in rows_of_shop(context, CUSTOMERS, (CUSTOMERS.key, "job_title", "segment", FILLED)):
        key = sheet.key_of(row)
        title, held = sheet.read(row, "job_title"), sheet.read(row, "segment")
        wanted = segment_of(title if isinstance(title, str) else None) or OTHERS
        if not key or held == wanted:
            continue
        if not held or read_marks(row).get("segment") == filled_mark(key, "segment", str(held)):
            yield Record(key, {"segment": wanted})


def _record(context: SyncContext, failures: dict[str, ConnectorError]) -> None:
    record_failures(
        context, [Failure("customer", key, "segment", error) for key, error in failures.items()]
    )
