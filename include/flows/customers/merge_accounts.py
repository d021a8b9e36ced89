"""Keeps what the shop tells of merged accounts, and moves what was the old account's.

Orders and answered forms go to the customer that is left, and so does what is blank there. The old
row stays as it is: a person's notes may be in it, and nothing is deleted because the shop stopped
showing it. Safe to be killed anywhere and to repeat: the pair is kept before anything moves, and
the nightly run moves what is still with an account that is gone.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from include.destination.read.lookup import Found, look_up
from include.destination.rows import update_row
from include.destination.sheets.record import Record
from include.destination.sheets.worksheets import CUSTOMERS, MERGED_ACCOUNTS
from include.destination.write.inherit import blanks_filled
from include.destination.write.relations import (
    declared_relations,
    point_elsewhere,
    rows_pointing_at,
)
from include.flows.customers.erased import erased_among
from include.flows.run.context import SyncContext
from include.flows.run.merged_accounts import Merge, MergedAccounts

log = logging.getLogger(__name__)


def keep_merges(context: SyncContext, merges: Iterable[Merge]) -> None:
    """Write each pair into `merged_accounts`; an older message never replaces a newer one.

    Not those of somebody who was erased: the pair would name the person, and give back the orders.
    """
    merges = list(merges)
    accounts = {name for merge in merges for name in (merge.source, merge.target)}
    erased = erased_among(context, accounts) if accounts else set()
    records = [
        Record(
            merge.source,
            {
                "source_user_id": merge.source,
                "shop": context.id,
                "target_user_id": merge.target,
                "merged_at": merge.at,
            },
            updated_at=merge.at,
        )
        for merge in merges
        if not erased & {merge.source, merge.target}
    ]
    outcome = context.upsert(MERGED_ACCOUNTS, records)
    for error in outcome.failures.values():
        raise error
    context.forget_merged_accounts()


def finish_merges(context: SyncContext, sources: Iterable[str] | None = None) -> int:
    """Move what is still with accounts that are gone; return how many rows were written.

    `sources` names accounts whose merges are new; None is for all pairs that HAP holds.
    """
    context.forget_merged_accounts()
    merged = context.merged_accounts
    finals = _finals(merged, sources)
    if not finals or context.preview:
        return 0
    found = look_up(context.hap, context.sheet(CUSTOMERS), {*finals, *finals.values()})
    moved = _move(context, finals, found) + _fill(context, merged, finals, found)
    if moved:
        log.info("账号合并：%d 行改属留下的客户 / rows moved to the remaining customers", moved)
    return moved


def _finals(merged: MergedAccounts, sources: Iterable[str] | None) -> dict[str, str]:
    """Return the remaining account of each one that is gone, of those that share one with these."""
    finals = {name: merged.account_of(name) for name in merged.pairs if merged.is_gone(name)}
    if sources is None:
        return finals
    wanted = {merged.account_of(name) for name in sources}
    return {name: left for name, left in finals.items() if left in wanted}


def _move(context: SyncContext, finals: Mapping[str, str], found: Found) -> int:
    """Point orders and forms of the old rows, also of doubled ones, at the remaining rows."""
    instead = {
        row.id: found.rows[left].id
        for name, left in finals.items()
        if name in found.rows and left in found.rows
        for row in (found.rows[name], *found.duplicates.get(name, ()))
    }
    moved = 0
    for referrer, alias in declared_relations(CUSTOMERS) if instead else ():
        sheet = context.sheet(referrer)
        rows = rows_pointing_at(context.hap, sheet, alias, instead)
        point_elsewhere(context.hap, sheet, alias, rows, instead, datetime.now(UTC))
        moved += len(rows)
    return moved


def _fill(
    context: SyncContext, merged: MergedAccounts, finals: Mapping[str, str], found: Found
) -> int:
    """Fill what is blank in the remaining rows; the account that went last is believed first."""
    sheet = context.sheet(CUSTOMERS)
    newest = sorted(finals, key=lambda name: merged.pairs[name].at, reverse=True)
    filled = 0
    for left in dict.fromkeys(finals[name] for name in newest):
        into = found.rows.get(left)
        old = [found.rows[name] for name in newest if finals[name] == left and name in found.rows]
        if into is None or sheet.is_others(into):
            continue
        cells = blanks_filled(sheet, into, old, datetime.now(UTC))
        if cells:
            update_row(context.hap, sheet, into.id, cells, trigger_workflow=False)
            filled += 1
    return filled
