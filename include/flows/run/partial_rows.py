"""Rows of HAP that lack something because an interface failed as a whole, and when it is over.

The row of `sync_errors` for the interface does not name them: they carry a mark in place of their
fingerprint (see `partial_mark`), by which one filter finds them.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping

from connectors.errors import CallError
from connectors.mingdao.filters import any_equal
from connectors.mingdao.models import Row
from include.destination.read.lookup import matching_rows
from include.destination.refusals import ignored_filter
from include.destination.sheets.fields import Worksheet
from include.destination.sheets.fingerprint import partial_mark
from include.destination.write.plan import HASH
from include.flows.run.context import SyncContext
from include.flows.run.error_rows import close_among, ignored
from include.flows.run.parts import INTERFACE, entities_of, steps_of

log = logging.getLogger(__name__)


def partial_rows(
    context: SyncContext, definition: Worksheet, owners: Iterable[str]
) -> Mapping[str, Row]:
    """Return the shop's marked rows by key, but for those that people have set to 忽略.

    `owners` are the kinds of records that the worksheet holds, as in `parts_of`.

    Where HAP ignores the filter nothing is returned, and a warning logged: the night compares every
    order anyway, and no order may wait for this.
    """
    try:
        found = _marked(context, definition)
        left_alone = ignored(context, entities_of(owners), found.keys())
    except CallError as error:
        log.warning("查不到不完整的行，由每晚对账补齐 / incomplete rows not found: %s", error)
        return {}
    return {key: row for key, row in found.items() if key not in left_alone}


def close_interfaces(
    context: SyncContext,
    error_rows: Mapping[str, Mapping[str, Row]],
    definitions: Iterable[Worksheet],
    owners: Collection[str],
    *,
    failing: Collection[str] = (),
) -> set[str]:
    """Close the rows of interfaces that no record of these worksheets waits for any more.

    A record that has a row of its own in `sync_errors` waits for that, not for the interface;
    `error_rows` are all open rows, and `failing` are the interfaces that the run has found failing.
    Returns what was closed.
    """
    waiting = set(error_rows.get(INTERFACE, ())) - context.interfaces.down.keys() - set(failing)
    waiting &= {step for owner in owners for step in steps_of(owner)}
    if not waiting or context.preview:
        return set()
    named = {name for entity in entities_of(owners) for name in error_rows.get(entity, ())}
    marked = {name for one in definitions for name in partial_rows(context, one, owners)}
    if marked - named:
        return set()
    close_among(context, error_rows, {INTERFACE: waiting})
    return waiting


def _marked(context: SyncContext, definition: Worksheet) -> dict[str, Row]:
    sheet = context.sheet(definition)
    if HASH in sheet.left_out:
        return {}
    mark = partial_mark(sheet.version)
    found: dict[str, Row] = {}
    for row in matching_rows(context.hap, sheet, any_equal(HASH, [mark])):
        if sheet.read(row, HASH) != mark:
            raise ignored_filter(definition, HASH)
        if not sheet.is_others(row):
            found[sheet.key_of(row)] = row
    return found
