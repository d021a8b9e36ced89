"""The one place that writes rows to HAP, for every worksheet.

HAP has no upsert, no transaction and no unique keys for API writes, and a write whose answer was
lost may or may not have been applied (contracts: hap §8, §12). So every write is a circle: look up
by key, decide, write, and look up again. The circle ends when the rows say what was wanted; a
record that does not get there is returned with its reason, and never stops the others.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from connectors.errors import (
    ConnectorError,
    NotFound,
    OutcomeUnknown,
    RejectedError,
    RetryableError,
    Words,
)
from connectors.mingdao.client import MingdaoClient
from include.destination.cells_to_write import cells_of
from include.destination.lookup import Found, chunked, look_up
from include.destination.plan import SYNCED_AT, Action, Change, plan_change
from include.destination.record import Record
from include.destination.sheet import Sheet
from include.destination.whole_rows import with_relations

ROWS_PER_CREATE = 100
# The waits before each look-up, in seconds. HAP promises no read-after-write (contracts: hap §8.5):
# a new row may take this long in all to be found by a filter.
WAITS = (0.0, 0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
# A create whose outcome is unknown is repeated only after the look-ups of this long found nothing.
UNKNOWN_FOR = 3.5


@dataclass
class Outcome:
    """What an upsert did, by key."""

    row_ids: dict[str, str] = field(default_factory=dict)
    actions: dict[str, Action] = field(default_factory=dict)
    failures: dict[str, ConnectorError] = field(default_factory=dict)
    duplicates: dict[str, list[str]] = field(default_factory=dict)
    planned: list[Change] = field(default_factory=list)

    def counts(self) -> Counter[str]:
        """Return how many records were created, patched, unchanged, stale and failed."""
        counted: Counter[str] = Counter({action.value: 0 for action in Action})
        counted.update(
            action.value for key, action in self.actions.items() if key not in self.failures
        )
        counted["failed"] = len(self.failures)
        return counted

    @property
    def written(self) -> int:
        """Return how many records were created or patched."""
        counted = self.counts()
        return counted[Action.CREATE.value] + counted[Action.PATCH.value]


class Writer:
    """Upserts records into worksheets.

    `trigger_workflow` lets HAP start the app's own workflows for each written row. With `preview`
    everything is read and decided, and nothing is written. With `exact` every owned cell is
    compared, although the row's fingerprint and version say that it is current.
    """

    def __init__(
        self,
        client: MingdaoClient,
        *,
        trigger_workflow: bool = False,
        preview: bool = False,
        exact: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.client = client
        self.trigger_workflow = trigger_workflow
        self.preview = preview
        self.exact = exact
        self.now = now
        self.sleep = sleep

    def upsert(self, sheet: Sheet, records: Iterable[Record]) -> Outcome:
        """Make the worksheet say what the records say: one row for each key.

        Raises ContractError before anything is written when HAP ignores the look-up's filter, and
        whatever else makes every record fail alike (authentication, configuration, no connection).
        """
        return _Upsert(self, sheet, _newest(records)).run()


class _Upsert:
    """One upsert: the records still to be settled, and the rows made on the way."""

    def __init__(self, writer: Writer, sheet: Sheet, records: Mapping[str, Record]) -> None:
        self.writer = writer
        self.client = writer.client
        self.sheet = sheet
        self.records = dict(records)
        self.now = writer.now()
        self.outcome = Outcome()
        self.made: set[str] = set()
        self.acknowledged: set[str] = set()
        self.unknown_since: dict[str, float] = {}
        self.unsettled: dict[str, ConnectorError] = {}
        self.waited = 0.0

    def run(self) -> Outcome:
        pending = set(self.records)
        for wait in WAITS:
            if not pending:
                break
            if wait:
                self.writer.sleep(wait)
                self.waited += wait
            pending = self._circle(pending)
        for key in pending:
            self.outcome.failures[key] = self.unsettled.get(key) or _not_visible(self.sheet)
        return self.outcome

    def _circle(self, pending: set[str]) -> set[str]:
        """Look up, decide and write once; return the keys that must be looked at again."""
        found = look_up(self.client, self.sheet, pending)
        self._settle_races(found)
        exact = self.writer.exact
        rows = with_relations(self.client, self.sheet, found.rows) if exact else found.rows
        changes = [
            plan_change(self.sheet, self.records[key], rows.get(key), self.now, exact=exact)
            for key in sorted(pending)
            if not self._awaited(key, found)
        ]
        creates = [change for change in changes if change.action is Action.CREATE]
        patches = [change for change in changes if change.action is Action.PATCH]
        self.outcome.planned += creates + patches
        for change in changes:
            if self.writer.preview or change.action in (Action.UNCHANGED, Action.STALE):
                self._done(change)
        if not self.writer.preview:
            self._create(creates)
            self._patch(patches)
        return pending - set(self.outcome.failures) - set(self.outcome.row_ids)

    def _awaited(self, key: str, found: Found) -> bool:
        """Tell whether a row that this upsert wrote, or may have written, is still to show up.

        An older row of the same key may be seen before our own; only when both are there can the
        race be settled.
        """
        if key in self.acknowledged:
            rows = [found.rows[key], *found.duplicates.get(key, [])] if key in found.rows else []
            return not rows or (bool(self.made) and not any(row.id in self.made for row in rows))
        since = self.unknown_since.get(key)
        return key not in found.rows and since is not None and self.waited - since < UNKNOWN_FOR

    def _done(self, change: Change) -> None:
        self.outcome.actions.setdefault(change.key, change.action)
        self.outcome.row_ids[change.key] = change.row_id or f"preview:{change.key}"

    # -- creating ---------------------------------------------------------------------------------

    def _create(self, changes: Sequence[Change]) -> None:
        for chunk in chunked(changes, ROWS_PER_CREATE):
            self._create_chunk(chunk)

    def _create_chunk(self, changes: Sequence[Change]) -> None:
        if not changes:
            return
        rows = [cells_of(self.sheet, change.values) for change in changes]
        try:
            self.made |= set(
                self.client.create_rows(
                    self.sheet.id, rows, trigger_workflow=self.writer.trigger_workflow
                )
            )
        except OutcomeUnknown as error:
            # Whether the rows are there is for the next look-ups to say.
            for change in changes:
                self.unsettled[change.key] = error
                self.unknown_since[change.key] = self.waited
            return
        except RejectedError as error:
            self._isolate(changes, error)
            return
        for change in changes:
            self.acknowledged.add(change.key)
            self.outcome.actions[change.key] = Action.CREATE

    def _isolate(self, changes: Sequence[Change], error: RejectedError) -> None:
        """Halve a refused batch until the bad row stands alone.

        A refused batch may have been applied in part, so what is there by now is left out.
        """
        there = look_up(self.client, self.sheet, (change.key for change in changes)).rows
        absent = [change for change in changes if change.key not in there]
        if len(changes) == 1 and absent:
            self.outcome.failures[changes[0].key] = error
            return
        middle = (len(absent) + 1) // 2
        self._create_chunk(absent[:middle])
        self._create_chunk(absent[middle:])

    def _settle_races(self, found: Found) -> None:
        """Delete the rows that this upsert made a moment ago for keys that another writer won.

        Of several rows the oldest wins; a row that somebody else made is reported, never deleted.
        """
        lost: list[str] = []
        for key, others in found.duplicates.items():
            lost += [row.id for row in others if row.id in self.made]
            kept = [row.id for row in others if row.id not in self.made]
            if kept:
                self.outcome.duplicates[key] = kept
            if len(kept) < len(others):
                self.acknowledged.discard(key)
                self.outcome.actions.pop(key, None)
        if lost:
            self.client.delete_rows(self.sheet.id, lost, permanent=True)

    # -- patching ---------------------------------------------------------------------------------

    def _patch(self, changes: Sequence[Change]) -> None:
        """Write the changed fields; rows that change alike share one call."""
        for group in _alike(changes):
            row_ids = [change.row_id for change in group if change.row_id]
            try:
                failed = self._write_patch(row_ids, cells_of(self.sheet, group[0].values))
            except (OutcomeUnknown, NotFound) as error:
                self.unsettled |= dict.fromkeys((change.key for change in group), error)
            except RejectedError as error:
                self._give_up(group, error)
            else:
                self._patched(group, failed)

    def _write_patch(self, row_ids: list[str], cells: Mapping[str, object]) -> list[str]:
        trigger = self.writer.trigger_workflow
        if len(row_ids) == 1:
            self.client.update_row(self.sheet.id, row_ids[0], dict(cells), trigger_workflow=trigger)
            return []
        return self.client.update_rows(
            self.sheet.id, row_ids, dict(cells), trigger_workflow=trigger
        )

    def _patched(self, group: Sequence[Change], failed: Sequence[str]) -> None:
        for change in group:
            if change.row_id in failed:
                continue
            self.outcome.actions.setdefault(change.key, Action.PATCH)
            self.outcome.row_ids[change.key] = change.row_id or ""

    def _give_up(self, group: Sequence[Change], error: RejectedError) -> None:
        if len(group) > 1:
            for change in group:
                self._patch([change])
            return
        self.outcome.failures[group[0].key] = error


def _newest(records: Iterable[Record]) -> dict[str, Record]:
    newest: dict[str, Record] = {}
    for record in records:
        known = newest.get(record.key)
        if known is None or _version(record) >= _version(known):
            newest[record.key] = record
    return newest


def _version(record: Record) -> float:
    return record.updated_at.timestamp() if record.updated_at else 0.0


def _alike(changes: Sequence[Change]) -> list[list[Change]]:
    groups: dict[object, list[Change]] = {}
    for change in changes:
        values = {alias: value for alias, value in change.values.items() if alias != SYNCED_AT}
        groups.setdefault(tuple(sorted(values.items(), key=lambda item: item[0])), []).append(
            change
        )
    return [list(part) for group in groups.values() for part in chunked(group, ROWS_PER_CREATE)]


def _not_visible(sheet: Sheet) -> RetryableError:
    label = sheet.definition.label
    return RetryableError(
        "rows.create",
        Words(
            f"工作表「{label}」确认了写入,但一直查不到该记录",
            f"worksheet {sheet.definition.alias} acknowledged the row, but it cannot be found",
        ),
        Words("稍后自动重试;若反复出现请联系明道云", "it is tried again later"),
    )
