"""`sync_errors` for what only a person can decide: recorded once, closed when it is solved.

Unlike a record that failed, such a matter is not tried again by a run, so its attempts are not
counted on: a night that finds the same again writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from connectors.errors import ConnectorError
from include.destination.sheets.worksheets import SYNC_ERRORS
from include.flows.run.context import SyncContext
from include.flows.run.error_rows import (
    Failure,
    close_error_rows,
    ignored_records,
    open_error_rows,
    record_failures,
)


def keep_manual_issues(
    context: SyncContext, entity: str, present: Mapping[str, ConnectorError], checked: Iterable[str]
) -> None:
    """Record what is present and not yet told so; close those of `checked` that are solved.

    What a person has set to 忽略 stays as it is.
    """
    known = open_error_rows(context, entity)
    ignored = ignored_records(context, entity) if present.keys() - known.keys() else frozenset()
    reason = {
        name: str(context.sheet(SYNC_ERRORS).read(row, "reason")) for name, row in known.items()
    }
    record_failures(
        context,
        [
            Failure(entity, name, error.api, error)
            for name, error in present.items()
            if name not in ignored
            and (name not in known or not error.explanation.zh.startswith(reason[name]))
        ],
    )
    solved = (set(checked) & known.keys()) - present.keys()
    if solved:
        close_error_rows(context, entity, solved)
