"""Decides what one record changes in one row, under the policy of each field.

Pure: nothing is read or written here. `own` fields are compared with what the pipeline wrote last
(by `source_hash`) and then, field by field, with what the row holds; `fill` fields never overwrite
a person's correction; `once` fields are written at creation alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from connectors.mingdao import cells
from connectors.mingdao.models import Row
from include.destination.sheets.fields import Policy, Worksheet
from include.destination.sheets.fingerprint import (
    filled_mark,
    is_current,
    partial_mark,
    source_hash,
)
from include.destination.sheets.record import Record, Value
from include.destination.sheets.sheet import UNREADABLE, Sheet, Unreadable

HASH, UPDATED_AT, SYNCED_AT, FILLED = "source_hash", "source_updated_at", "synced_at", "filled"
_BOOKKEEPING = frozenset({HASH, SYNCED_AT, FILLED})


class Action(StrEnum):
    """What is to be done with a record."""

    CREATE = "create"
    PATCH = "patch"
    UNCHANGED = "unchanged"
    STALE = "stale"  # the row already holds a newer version


@dataclass(frozen=True)
class Change:
    """The decision for one record; `values` holds what is to be written, by alias."""

    key: str
    action: Action
    values: Mapping[str, Value] = field(default_factory=dict)
    row_id: str | None = None

    @property
    def only_bookkeeping(self) -> bool:
        """Tell whether nothing that a person reads in the row changes."""
        return self.values.keys() <= _BOOKKEEPING

    def labels(self, definition: Worksheet) -> list[str]:
        """Return the labels of the fields that are written, without key and bookkeeping."""
        aliases = self.values.keys() - _BOOKKEEPING - {definition.key}
        return [definition.field(alias).label for alias in sorted(aliases)]


class Plan:
    """What one record asks of its row, however often that is looked at.

    `values` are what it tells, by alias, as they will read back; `owned` are those of them that the
    pipeline owns, from which the `fingerprint` is made.
    """

    def __init__(self, sheet: Sheet, record: Record) -> None:
        self.sheet = sheet
        self.record = record
        self.values = _declared(sheet, record)
        self.owned = _owned(sheet, record, self.values)

    @cached_property
    def fingerprint(self) -> str:
        """Return what the row carries once all of this is written."""
        return source_hash(self.owned, self.sheet.version)

    def change(self, row: Row | None, now: datetime, *, compare_all_cells: bool = False) -> Change:
        """Return what is to be done so that the row says what the record says.

        With `compare_all_cells` neither the stored fingerprint nor the stored version is believed:
        somebody else may have written the row, so every owned cell is compared, and rewritten where
        it differs.
        """
        sheet, record, values = self.sheet, self.record, self.values
        if row is None:
            return Change(record.key, Action.CREATE, _new_row(self, now))
        if record.new_row_only and (compare_all_cells or not self._is_in(row)):
            plan = Plan(sheet, _as_held(sheet, row, record))
            return plan.change(row, now, compare_all_cells=compare_all_cells)
        if sheet.is_others(row):
            # Shared with the shop that owns it: if both did, each run would overwrite the other's.
            changed = _filled_changes(
                sheet, row, replace(record, fill_blank_only=frozenset(values)), values
            )
            return _changed(sheet, record, row, changed, now)
        if not compare_all_cells and _is_newer(sheet, row, record):
            return Change(record.key, Action.STALE, row_id=row.id)
        if _is_partly_told(sheet, record, row):
            changed = differences(sheet, row, _to_compare(sheet, row, record, self.owned))
            changed |= _filled_changes(sheet, row, record, values)
            changed |= _marked_partial(sheet, row, record, changed)
        else:
            changed = _owned_changes(self, row, compare_all_cells=compare_all_cells)
            changed |= _filled_changes(sheet, row, record, values)
        return _changed(sheet, record, row, changed, now)

    def _is_in(self, row: Row) -> bool:
        """Tell whether the row was written from this very record."""
        return cells.text(row.cells.get(HASH)) == self.fingerprint

    def needs_relations(self, row: Row) -> bool:
        """Tell whether relations that the look-up leaves out decide whether the row is written.

        The fingerprint decides it for a record of which everything is known, the version for one
        that has a version.
        """
        if self.record.updated_at is not None or not _is_partly_told(self.sheet, self.record, row):
            return False
        related = (alias for alias, value in self.owned.items() if isinstance(value, tuple))
        return any(self.sheet.read(row, alias) is UNREADABLE for alias in related)


def _as_held(sheet: Sheet, row: Row, record: Record) -> Record:
    """Return a record with the row's own values where nobody has asked for others."""
    held = {alias: sheet.read(row, alias) for alias in record.new_row_only}
    known = {alias: one for alias, one in held.items() if not isinstance(one, Unreadable)}
    return replace(record, values={**record.values, **known}, new_row_only=frozenset())


def _is_partly_told(sheet: Sheet, record: Record, row: Row) -> bool:
    return record.whole is False or (record.whole is None and _is_partial(sheet, row))


def _changed(
    sheet: Sheet, record: Record, row: Row, changed: dict[str, Value], now: datetime
) -> Change:
    if not changed:
        return Change(record.key, Action.UNCHANGED, row_id=row.id)
    if sheet.definition.has(SYNCED_AT):
        changed[SYNCED_AT] = now
    return Change(record.key, Action.PATCH, changed, row.id)


def _owned(sheet: Sheet, record: Record, values: Mapping[str, Value]) -> dict[str, Value]:
    left_aside = _BOOKKEEPING | record.fill_blank_only
    owned = sheet.definition.aliases_under(Policy.OWN)
    return {
        alias: value
        for alias, value in values.items()
        if alias in owned and alias not in left_aside
    }


def held_values(sheet: Sheet, row: Row) -> dict[str, Value] | None:
    """Return all owned values as the row holds them; None where a cell does not tell."""
    held: dict[str, Value] = {}
    for declared in sheet.definition.under(Policy.OWN):
        value = sheet.read(row, declared.alias)
        if isinstance(value, Unreadable):
            return None
        if declared.alias not in _BOOKKEEPING and declared.alias not in sheet.left_out:
            held[declared.alias] = sheet.canonical(declared, value)
    return held


def _declared(sheet: Sheet, record: Record) -> dict[str, Value]:
    values = dict(record.values)
    if sheet.definition.has(UPDATED_AT):
        values[UPDATED_AT] = record.updated_at
    return canonical_values(sheet, values)


def canonical_values(sheet: Sheet, values: Mapping[str, Value]) -> dict[str, Value]:
    """Return values, by alias, as they will read back; without those of fields left out."""
    field, left_out = sheet.definition.field, sheet.left_out
    return {
        alias: sheet.canonical(field(alias), value)
        for alias, value in values.items()
        if alias not in left_out
    }


def _new_row(plan: Plan, now: datetime) -> dict[str, Value]:
    sheet, record = plan.sheet, plan.record
    written: dict[str, Value] = {
        alias: value
        for alias, value in plan.values.items()
        if value or isinstance(value, Decimal)  # 0 is a number
    }
    written[sheet.definition.key] = record.key
    if sheet.definition.has(HASH):
        mark = partial_mark(sheet.version) if record.whole is False else plan.fingerprint
        written |= {HASH: mark, SYNCED_AT: now}
    if sheet.definition.has(FILLED):
        filled = [f.alias for f in sheet.definition.under(Policy.FILL) if written.get(f.alias)]
        marks = {alias: filled_mark(record.key, alias, written[alias]) for alias in filled}
        written[FILLED] = json.dumps(marks, separators=(",", ":")) if marks else None
    return written


def _is_newer(sheet: Sheet, row: Row, record: Record) -> bool:
    if record.updated_at is None or not sheet.definition.has(UPDATED_AT):
        return False
    stored = sheet.read(row, UPDATED_AT)
    return isinstance(stored, datetime) and stored > record.updated_at


def _owned_changes(plan: Plan, row: Row, *, compare_all_cells: bool) -> dict[str, Value]:
    sheet, owned = plan.sheet, plan.owned
    if not sheet.definition.has(HASH):
        return differences(sheet, row, owned)
    stored = cells.text(row.cells.get(HASH))
    if stored == plan.fingerprint and not compare_all_cells:
        return _lost_relations(sheet, row, owned)
    changed = differences(sheet, row, owned)
    current = is_current(stored, sheet.version) and not _is_partial(sheet, row)
    # A record without a version may know less of the row than another flow that wrote it.
    whole = compare_all_cells and plan.record.updated_at is not None
    outdated = not current or (whole and stored != plan.fingerprint)
    return {**changed, HASH: plan.fingerprint} if changed or outdated else {}


def _lost_relations(sheet: Sheet, row: Row, owned: Mapping[str, Value]) -> dict[str, Value]:
    """Return the relations that are empty although the fingerprint says that they were written.

    HAP drops a relation without a word (contracts: hap §8.3), and would keep it empty for ever.
    """
    return {
        alias: value
        for alias, value in owned.items()
        if value and isinstance(value, tuple) and sheet.read(row, alias) == ()
    }


def _to_compare(
    sheet: Sheet, row: Row, record: Record, owned: Mapping[str, Value]
) -> dict[str, Value]:
    """Return what is to be compared of a partial record.

    Cells that do not tell are left aside where the row holds this version already: they would be
    written anew by every try until the rest is known.
    """
    again = record.updated_at is not None and (
        sheet.read(row, UPDATED_AT) == owned.get(UPDATED_AT)
        and is_current(cells.text(row.cells.get(HASH)), sheet.version)
    )
    return {
        alias: value
        for alias, value in owned.items()
        if not again or sheet.read(row, alias) is not UNREADABLE
    }


def _is_partial(sheet: Sheet, row: Row) -> bool:
    return cells.text(row.cells.get(HASH)) == partial_mark(sheet.version)


def _marked_partial(
    sheet: Sheet, row: Row, record: Record, changed: Mapping[str, Value]
) -> dict[str, Value]:
    """Return the mark of a row of which a part is unknown, where it does not carry it yet.

    A row with a version that is in HAP already was whole in that version, and stays so.
    """
    if not sheet.definition.has(HASH):
        return {}
    stored = cells.text(row.cells.get(HASH))
    whole = record.updated_at is not None and is_current(stored, sheet.version) and not changed
    if whole or _is_partial(sheet, row):
        return {}
    return {HASH: partial_mark(sheet.version)}


def differences(sheet: Sheet, row: Row, owned: Mapping[str, Value]) -> dict[str, Value]:
    """Return the owned values that the row does not hold; a cell that does not tell is written."""
    different: dict[str, Value] = {}
    for alias, value in owned.items():
        held = sheet.read(row, alias)
        declared = sheet.definition.field(alias)
        if held is UNREADABLE or sheet.canonical(declared, held) != value:  # type: ignore[arg-type]
            different[alias] = value
    return different


def _filled_changes(
    sheet: Sheet, row: Row, record: Record, values: Mapping[str, Value]
) -> dict[str, Value]:
    """Return the `fill` fields that may be written: blank ones, and the pipeline's own values."""
    if not sheet.definition.has(FILLED):
        return {}
    before = read_marks(row)
    marks = dict(before)
    changed: dict[str, Value] = {}
    for declared in sheet.definition.under(Policy.FILL):
        alias, value = declared.alias, values.get(declared.alias)
        held = sheet.read(row, alias)
        if value in (None, "") or held is UNREADABLE or held == value:
            continue
        if _is_corrected(sheet, row, record, values, declared.derived_from, before):
            continue
        own = marks.get(alias) == filled_mark(record.key, alias, held)  # type: ignore[arg-type]
        if held is None or (own and alias not in record.fill_blank_only):
            changed[alias] = value
            marks[alias] = filled_mark(record.key, alias, value)
    if changed:
        changed[FILLED] = json.dumps(marks, separators=(",", ":"))
    return changed


def _is_corrected(
    sheet: Sheet,
    row: Row,
    record: Record,
    values: Mapping[str, Value],
    alias: str,
    marks: Mapping[str, str],
) -> bool:
    """Tell whether a person has put another value into a field than the record would."""
    held = sheet.read(row, alias) if alias and values.get(alias) else None
    if held in (None, values.get(alias)):
        return False
    return marks.get(alias) != filled_mark(record.key, alias, held)  # type: ignore[arg-type]


def read_marks(row: Row) -> dict[str, str]:
    """Return the marks of what the pipeline last wrote into the `fill` fields, by alias."""
    try:
        marks = json.loads(cells.text(row.cells.get(FILLED)) or "{}")
    except (ValueError, RecursionError):
        return {}
    return (
        {str(alias): str(mark) for alias, mark in marks.items()} if isinstance(marks, dict) else {}
    )
