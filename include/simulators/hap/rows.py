"""Writing rows: create, batch create, update, batch update, delete.

There is no upsert and no version check: the last write wins. A batch update applies one set of
values to many rows (contracts: hap §0.1, §8).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from include.simulators.hap import relations, uniqueness
from include.simulators.hap.drafts import Draft, check_rules, draft
from include.simulators.hap.errors import DATA_ERROR, HapError
from include.simulators.hap.model import WORKFLOW_USER, Field, Row
from include.simulators.hap.worksheet import Worksheet
from include.simulators.hap.writing import Write

JsonObject = dict[str, Any]


class DuplicateError(HapError):
    """A unique value is taken by `holder`."""

    def __init__(self, code: int, holder: Row) -> None:
        self.holder = holder
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Which rows of a batch update were changed, and which could not be."""

    done: list[str]
    failed: list[str]


def create(write: Write, sheet: Worksheet, entries: Iterable[JsonObject]) -> str:
    """Store a new row and return its id.

    Raises:
        HapError: the duplicate code, 430019, 430021, or what a cell refuses.
    """
    store = write.store
    cap = store.settings.row_cap
    if cap is not None and len(sheet.table.live()) >= cap:
        raise HapError(store.settings.row_cap_code)
    made = draft(store, sheet, entries, None)
    now = store.stamp()
    row = Row(
        rowid=store.ids.uuid(),
        object_id=store.ids.object_id(),
        autoid=sheet.next_autoid(),
        ctime=now,
        utime=now,
        caid=write.actor,
        uaid=write.actor,
        ownerid=made.owner or write.actor,
        cells=made.cells,
    )
    _admit(write, sheet, row)
    write.create(sheet, row)
    _relate(write, row, made)
    return row.rowid


def create_many(
    write: Write,
    sheet: Worksheet,
    rows: list[list[JsonObject]],
    *,
    on_duplicate: str | None = None,
) -> list[str]:
    """Store new rows and return their ids; on a duplicate as `settings.batch_duplicate` says.

    Raises:
        HapError: as `create`; 99999 after `partial_batch_after` rows, which then stay.
    """
    settings = write.store.settings
    mode = on_duplicate or settings.batch_duplicate
    made: list[str] = []
    refused: DuplicateError | None = None
    for number, entries in enumerate(rows):
        if number == settings.partial_batch_after:
            raise HapError(DATA_ERROR)
        try:
            made.append(create(write, sheet, entries))
        except DuplicateError as error:
            if mode == "last" and not error.holder.deleted:
                made.append(update(write, sheet, error.holder, entries).rowid)
                continue
            if mode in {"all_or_nothing", "last"}:
                write.take_back()
                raise
            refused = error
        except HapError:
            write.take_back()
            raise
    if refused is not None and mode == "partial_error":
        raise refused
    return made


def update(write: Write, sheet: Worksheet, row: Row, entries: Iterable[JsonObject]) -> Row:
    """Change the named cells of a row and return it.

    Raises:
        HapError: as `create`.
    """
    made = draft(write.store, sheet, entries, row)
    changed = replace(row, cells=made.cells, ownerid=made.owner or row.ownerid)
    _admit(write, sheet, changed)
    changed = write.update(sheet, changed)
    _relate(write, changed, made)
    return changed


def update_many(
    write: Write, sheet: Worksheet, rowids: list[str], entries: list[JsonObject]
) -> Outcome:
    """Give many rows the same values; rows that are gone or refused end up in `failed`."""
    outcome = Outcome([], [])
    for rowid in rowids:
        row = sheet.table.get(rowid)
        if row is None:
            outcome.failed.append(rowid)
            continue
        try:
            update(write, sheet, row, entries)
        except DuplicateError:
            outcome.failed.append(rowid)
        else:
            outcome.done.append(rowid)
    return outcome


def delete(write: Write, sheet: Worksheet, rowids: Iterable[str], *, permanent: bool) -> int:
    """Delete the rows that exist and return how many those were."""
    found = [row for row in map(sheet.table.get, rowids) if row is not None]
    for row in found:
        write.delete(sheet, row, permanent=permanent)
    return len(found)


def restore(write: Write, sheet: Worksheet, rowid: str) -> None:
    """Take a row out of the recycle bin.

    Raises:
        HapError: as `need`, where it is not in there.
    """
    row = sheet.table.rows.get(rowid)
    if row is None or not row.deleted:
        raise HapError(write.store.settings.missing_row_code)
    write.update(sheet, replace(row, deleted=False))


def need(write: Write, sheet: Worksheet, rowid: str) -> Row:
    """Find a row that is not deleted.

    Raises:
        HapError: 430002 or 10007, as the settings have it.
    """
    row = sheet.table.get(rowid)
    if row is None:
        raise HapError(write.store.settings.missing_row_code)
    return row


def run_workflow(write: Write, sheet: Worksheet, rowids: Iterable[str]) -> None:
    """Count a workflow run for each row; with `workflow_edits` the workflow touches the row."""
    if not write.stored:
        return
    workflow = Write(write.store, actor=WORKFLOW_USER)
    for rowid in rowids:
        sheet.workflow_runs += 1
        row = sheet.table.get(rowid)
        if write.store.settings.workflow_edits and row is not None:
            workflow.update(sheet, row)


def _admit(write: Write, sheet: Worksheet, row: Row) -> None:
    holder = uniqueness.rival(write.store, sheet, row)
    if holder is not None:
        raise DuplicateError(write.store.settings.duplicate_code, holder)
    check_rules(write.store, sheet, row)


def _relate(write: Write, row: Row, made: Draft) -> None:
    for field, wanted in made.far:
        side = relations.stored_side(write.store, field)
        if side is None:
            continue
        sheet, source = side
        present = set(relations.related_ids(write.store, field, row))
        for rowid in present.symmetric_difference(wanted):
            other = sheet.table.rows[rowid]
            write.follow(sheet, _linked(other, source, row.rowid, linked=rowid in wanted))


def _linked(other: Row, source: Field, rowid: str, *, linked: bool) -> Row:
    cell = other.cells.get(source.id, ())
    before = tuple(i for i in cell if i != rowid) if isinstance(cell, tuple) else ()
    kept = before if source.multiple else ()
    after = (*kept, rowid) if linked else before
    return replace(other, cells={**other.cells, source.id: after})
