"""The one place that writes rows to HAP, for every worksheet.

HAP has no upsert, no transaction and no unique keys for API writes, and a write whose answer was
lost may or may not have been applied (contracts: hap §8, §12). So every write is a circle: look up
by key, decide, write, and look up again, until the rows say what was wanted. A record that does not
get there is given back with its reason, and never stops the others. What a stranger would get
wrong: the ids that HAP answers are used to know own rows again, never to tell which row belongs to
which record; that is for the look-up by key alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, datetime
from typing import ClassVar

from connectors.errors import (
    AlreadyExists,
    ConnectorError,
    NotFound,
    OutcomeUnknown,
    RejectedError,
    RetryableError,
)
from connectors.mingdao.client import MingdaoClient
from connectors.mingdao.models import Row
from include.destination import refusals
from include.destination.read.lookup import Found, chunked, look_up
from include.destination.read.whole_rows import with_relations
from include.destination.rows import create_rows, update_row, update_rows
from include.destination.sheets.fields import FieldType
from include.destination.sheets.record import Record
from include.destination.sheets.sheet import Sheet
from include.destination.write.attempts import Attempts, rows_of
from include.destination.write.change_limit import ChangeLimit
from include.destination.write.outcome import Outcome
from include.destination.write.plan import SYNCED_AT, Action, Change, Plan
from include.destination.write.read_back import check_new_rows, unseen_fields

# HAP takes 1000 rows a call, and its vendor advises 100 where relations are among them (contracts:
# hap §8.1). A batch that is too large all the same is halved.
ROWS_PER_CALL = 1000
ROWS_WITH_RELATIONS = 100
# The waits before each look-up, in seconds. HAP promises no read-after-write (contracts: hap §8.5):
# a new row may take this long in all to be found by a filter.
WAITS = (0.0, 0.0, 0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass
class Writer:
    """Upserts records into worksheets; the one place that writes rows to HAP.

    `trigger_workflow` lets HAP start the app's own workflows for each written row. With `preview`
    everything is read and decided, and nothing is written. With `compare_all_cells` every owned
    cell is compared, although the row's fingerprint and version say that it is current. `limit`
    stops the run before it changes more rows than it may. `circle` is the way it is done; a
    subclass may name another one, as the tests of races do.
    """

    client: MingdaoClient
    _: KW_ONLY
    trigger_workflow: bool = False
    preview: bool = False
    compare_all_cells: bool = False
    limit: ChangeLimit | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep
    circle: ClassVar[type[Upsert]]

    def upsert(self, sheet: Sheet, records: Iterable[Record], held: Found | None = None) -> Outcome:
        """Make the worksheet say what the records say: one row for each key.

        `held` are the rows of these keys, and maybe of others, where they have just been looked up:
        the older they are, the later an edit of a person is seen.
        Raises ContractError before anything is written when HAP ignores the look-up's filter, and
        whatever else makes every record fail alike (authentication, configuration, no connection);
        TooManyChangesError when the `limit` is passed.
        """
        return self.circle(self, sheet, _newest(records), held).run()


class Upsert:
    """The records that are still to be settled, and the rows made on the way.

    Callers need `run` alone. Each step of the circle is a method of its own, called through `self`:
    there, in a subclass named to a Writer, tests let a second writer in between or plant a mistake.
    """

    def __init__(
        self, writer: Writer, sheet: Sheet, records: Mapping[str, Record], held: Found | None = None
    ) -> None:
        self.client = writer.client
        self.sheet = sheet
        self.records = dict(records)
        self.plans: dict[str, Plan] = {}
        self.now = writer.now()
        self.sleep = writer.sleep
        self.trigger_workflow = writer.trigger_workflow
        self.preview = writer.preview
        self.compare_all_cells = writer.compare_all_cells
        self.limit = writer.limit
        self.held = held
        self.outcome = Outcome()
        self.attempts = Attempts(sheet)
        self.unsettled: dict[str, ConnectorError] = {}
        self.read_back: set[str] = set()
        self.waited = 0.0

    def run(self) -> Outcome:
        """Turn the circle until every record is settled, or the look-ups have lasted too long."""
        pending = self._with_key()
        for wait in WAITS:
            if not pending:
                break
            if wait:
                self.sleep(wait)
                self.waited += wait
            pending = self._circle(pending)
        for key in pending:
            self._fail(key, self.unsettled.get(key) or refusals.not_visible(self.sheet))
        return self.outcome

    def _with_key(self) -> set[str]:
        keyed = {key for key in self.records if key.strip()}
        for key in self.records.keys() - keyed:
            self._fail(key, refusals.without_key(self.sheet))
        return keyed

    def _circle(self, pending: set[str]) -> set[str]:
        """Look up, decide and write once; return the keys that must be looked at again."""
        found = self._look_up(pending)
        for key in found.unreadable:
            self._fail(key, refusals.unreadable_row(self.sheet))
        pending = pending - found.unreadable
        held = self._settle_races(found)
        self._read_back(found)
        ready = [key for key in sorted(pending - held) if not self._awaited(key, found)]
        rows = {key: found.rows[key] for key in ready if key in found.rows}
        rows |= with_relations(self.client, self.sheet, self._to_complete(rows))
        changes = [
            self._plan(key, rows.get(key)) for key in ready if not self._given_up(key, found)
        ]
        creates = [change for change in changes if change.action is Action.CREATE]
        patches = [change for change in changes if change.action is Action.PATCH]
        self.outcome.planned += creates + patches
        for change in changes:
            if self.preview or change.action in (Action.UNCHANGED, Action.STALE):
                self._done(change, change.row_id or f"preview:{change.key}")
        if self.limit:
            self.limit.admit(self.sheet, creates + patches, rows)
        if not self.preview:
            self._create(creates)
            self._patch(patches)
        return pending - set(self.outcome.failures) - set(self.outcome.row_ids)

    # -- deciding ---------------------------------------------------------------------------------

    def _look_up(self, keys: set[str]) -> Found:
        """Return the rows of these keys; raises ContractError when HAP ignores the filter."""
        if self.held is not None:
            held, self.held = self.held.of(keys), None
            return held
        return look_up(self.client, self.sheet, keys, set_apart=True)

    def _to_complete(self, rows: Mapping[str, Row]) -> Mapping[str, Row]:
        """Return the rows that cannot be decided on without what the look-up leaves out."""
        return {
            key: row
            for key, row in rows.items()
            if self.compare_all_cells or self._plan_of(key).needs_relations(row)
        }

    def _awaited(self, key: str, found: Found) -> bool:
        """Tell whether a row that was written, or may have been, is still to show up."""
        return self.attempts.awaited(key, found, self.waited)

    def _plan(self, key: str, row: Row | None) -> Change:
        """Decide what one record changes."""
        return self._plan_of(key).change(row, self.now, compare_all_cells=self.compare_all_cells)

    def _plan_of(self, key: str) -> Plan:
        """Return what the record of a key asks for, made once for all turns of the circle."""
        if key not in self.plans:
            self.plans[key] = Plan(self.sheet, self.records[key])
        return self.plans[key]

    def _given_up(self, key: str, found: Found) -> bool:
        error = self.attempts.occupied(key, found)
        if error:
            self._fail(key, refusals.occupied(self.sheet, error))
        return error is not None

    def _done(self, change: Change, row_id: str) -> None:
        self.outcome.actions.setdefault(change.key, change.action)
        self.outcome.row_ids[change.key] = row_id

    def _fail(self, key: str, error: ConnectorError) -> None:
        self.outcome.failures[key] = error

    def _read_back(self, found: Found) -> None:
        """Compare each own new row, when it is seen for the first time, with what was written."""
        seen = [
            (key, row)
            for key in self.attempts.by_key.keys() - self.read_back
            for row in rows_of(found, key)
            if self.attempts.own(key, row)
        ]
        self.read_back |= {key for key, _ in seen}
        for key, _ in seen:
            self.outcome.actions.setdefault(key, Action.CREATE)
        written = [(self.attempts.by_key[key].change.values, row) for key, row in seen]
        self.outcome.unseen |= unseen_fields(self.sheet, written)
        check_new_rows(self.client, self.sheet, written)

    # -- creating ---------------------------------------------------------------------------------

    def _create(self, changes: Sequence[Change]) -> None:
        """Create rows, as many a call as HAP takes."""
        related = any(field.type is FieldType.RELATION for field in self.sheet.definition.fields)
        size = ROWS_WITH_RELATIONS if related else ROWS_PER_CALL
        self.client.threads.each(self._create_chunk, chunked(changes, size))

    def _create_chunk(self, changes: Sequence[Change]) -> None:
        """Create rows in one call; whether they are there is for the next look-up to say."""
        if not changes:
            return
        rows = [self.sheet.cells(change.values) for change in changes]
        try:
            made = create_rows(
                self.client, self.sheet, rows, trigger_workflow=self.trigger_workflow
            )
        except OutcomeUnknown as error:
            self.attempts.tried(changes, self.waited, error)
            self.unsettled |= dict.fromkeys((change.key for change in changes), error)
        except RejectedError as error:
            self._isolate(changes, error)
        else:
            self.attempts.made |= set(made)
            self.attempts.tried(changes, self.waited)
            for change in changes:
                self.outcome.actions[change.key] = Action.CREATE

    def _isolate(self, changes: Sequence[Change], error: RejectedError) -> None:
        """Halve a refused batch until the bad row stands alone.

        A refused batch may have been applied in part, so what is there by now is left out.
        """
        there = self._look_up({change.key for change in changes})
        held = there.rows.keys() | there.unreadable
        absent = [change for change in changes if change.key not in held]
        if len(changes) > 1:
            middle = (len(absent) + 1) // 2
            self._create_chunk(absent[:middle])
            self._create_chunk(absent[middle:])
        elif absent and isinstance(error, AlreadyExists):
            self.attempts.tried(absent, self.waited, error)
        elif absent:
            self._fail(absent[0].key, error)

    def _settle_races(self, found: Found) -> set[str]:
        """Delete own new rows of keys that another writer won; return the keys to look at again.

        Of several rows the oldest wins; a row that somebody else made is reported, never deleted.
        """
        lost: dict[str, str] = {}
        for key, others in found.duplicates.items():
            own = [row.id for row in others if self.attempts.own(key, row)]
            lost |= dict.fromkeys(own, key)
            kept = [row.id for row in others if row.id not in own]
            if kept:
                self.outcome.duplicates[key] = kept
            if own:
                self.outcome.actions.pop(key, None)
        if not lost:
            return set()
        try:
            self._delete(list(lost))
        except (RetryableError, NotFound) as error:
            self.unsettled |= dict.fromkeys(lost.values(), error)
            return set(lost.values())
        for key in lost.values():
            self.attempts.by_key.pop(key, None)
        return set()

    def _delete(self, row_ids: list[str]) -> None:
        """Delete own rows for good: in the recycle bin they would occupy a unique index."""
        self.client.delete_rows(
            self.sheet.id, row_ids, permanent=True, trigger_workflow=self.trigger_workflow
        )

    # -- patching ---------------------------------------------------------------------------------

    def _patch(self, changes: Sequence[Change]) -> None:
        """Write the changed fields; rows that change alike share one call."""
        self.client.threads.each(self._patch_alike, _alike(changes))

    def _patch_alike(self, group: Sequence[Change]) -> None:
        row_ids = [change.row_id for change in group if change.row_id]
        try:
            failed = self._write_patch(row_ids, group[0])
        except (OutcomeUnknown, NotFound) as error:
            self.unsettled |= dict.fromkeys((change.key for change in group), error)
        except RejectedError as error:
            self._give_up(group, error)
        else:
            for change in group:
                if change.row_id and change.row_id not in failed:
                    self._done(change, change.row_id)

    def _write_patch(self, row_ids: list[str], change: Change) -> list[str]:
        cells = self.sheet.cells(change.values)
        trigger = self.trigger_workflow and not change.only_bookkeeping
        if len(row_ids) == 1:
            update_row(self.client, self.sheet, row_ids[0], cells, trigger_workflow=trigger)
            return []
        return update_rows(self.client, self.sheet, row_ids, cells, trigger_workflow=trigger)

    def _give_up(self, group: Sequence[Change], error: RejectedError) -> None:
        if len(group) > 1:
            for change in group:
                self._patch([change])
            return
        self._fail(group[0].key, error)


Writer.circle = Upsert


def _alike(changes: Sequence[Change]) -> list[list[Change]]:
    groups: dict[object, list[Change]] = {}
    for change in changes:
        values = {alias: value for alias, value in change.values.items() if alias != SYNCED_AT}
        groups.setdefault(tuple(sorted(values.items(), key=lambda item: item[0])), []).append(
            change
        )
    return [list(part) for group in groups.values() for part in chunked(group, ROWS_PER_CALL)]


def _newest(records: Iterable[Record]) -> dict[str, Record]:
    newest: dict[str, Record] = {}
    for record in records:
        known = newest.get(record.key)
        if known is None or _version(record) >= _version(known):
            newest[record.key] = record
    return newest


def _version(record: Record) -> float:
    return record.updated_at.timestamp() if record.updated_at else 0.0
