"""From the `fields` of a write to the cells of a row, before anything is stored.

A draft also carries what does not live in the row itself: the owner, and the far side of a
relation that is written from its reverse field.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from include.simulators.hap import cells, filters, relations
from include.simulators.hap.errors import (
    FIELD_PROTECTED,
    PARAMETER_ERROR,
    REQUIRED_EMPTY,
    RULE_VIOLATED,
    VALUE_ERROR,
    HapError,
)
from include.simulators.hap.kinds import Family
from include.simulators.hap.model import Cell, Field, Row, is_empty
from include.simulators.hap.store import HapStore
from include.simulators.hap.worksheet import Worksheet

JsonObject = dict[str, Any]


@dataclass(slots=True)
class Draft:
    """The new cells of a row; `far` are the ids to be related through a reverse field."""

    cells: dict[str, Cell]
    owner: str | None = None
    far: list[tuple[Field, tuple[str, ...]]] = field(default_factory=list)


def draft(
    store: HapStore, sheet: Worksheet, entries: Iterable[JsonObject], row: Row | None
) -> Draft:
    """Read the `fields` of a write on `row` (None: a new one) into a draft.

    Raises:
        HapError: where a setting, or a field's force-required switch, refuses.
    """
    made = Draft(dict(row.cells) if row is not None else {})
    for entry in entries:
        _enter(store, sheet, made, entry, row)
    for known in sheet.fields:
        if known.force_required and is_empty(made.cells.get(known.id, "")):
            raise HapError(REQUIRED_EMPTY)
    return made


def check_rules(store: HapStore, sheet: Worksheet, row: Row) -> None:
    """Refuse a row that matches one of the worksheet's business rules.

    Raises:
        HapError: 430021.
    """
    for rule in sheet.rules:
        parsed = filters.FilterParser(store, sheet, empties=True).parse(rule)
        if parsed is not None and filters.compiled(parsed)(row):
            raise HapError(RULE_VIOLATED)


def _enter(
    store: HapStore, sheet: Worksheet, made: Draft, entry: JsonObject, row: Row | None
) -> None:
    name = entry.get("id")
    if name is None:
        raise HapError(PARAMETER_ERROR)
    known = sheet.field(name)
    if known is None:
        _enter_other(store, made, str(name), entry.get("value"))
        return
    if known.protected:
        raise HapError(FIELD_PROTECTED)
    if known.family is Family.COMPUTED:
        return
    writing = cells.Writing(store.settings, store.ids.uuid, _allows_new_options(entry))
    new = cells.to_cell(known, entry.get("value"), writing)
    old = _old(store, known, made, row)
    merged = cells.combined(known, old, new, str(entry.get("updateType", "0")))
    if known.family is Family.RELATION:
        _enter_relation(store, made, known, merged)
    else:
        made.cells[known.id] = merged


def _enter_relation(store: HapStore, made: Draft, known: Field, ids: Cell) -> None:
    if store.settings.relation_write == "dropped" or not isinstance(ids, tuple):
        return
    other = relations.target(store, known)
    table = other.table if other is not None else None
    existing = tuple(i for i in ids if table is not None and table.get(i) is not None)
    if len(existing) < len(ids) and store.settings.relation_unknown_row == "refused":
        raise HapError(VALUE_ERROR, f"{known.name}: 关联记录不存在")
    if known.reverse:
        made.far.append((known, existing))
    elif store.settings.relation_unknown_row == "deleted":
        made.cells[known.id] = ids
    else:
        made.cells[known.id] = existing


def _old(store: HapStore, known: Field, made: Draft, row: Row | None) -> Cell:
    if known.reverse:
        return relations.related_ids(store, known, row) if row is not None else ()
    return made.cells.get(known.id, ())


def _enter_other(store: HapStore, made: Draft, name: str, value: object) -> None:
    if name in {"ownerid", "_owner"}:
        owners = cells.as_ids(value, "accountId", "id")
        if owners and store.settings.owner_write == "stored":
            made.owner = owners[0]
    elif store.settings.unknown_write_field == "refused":
        raise HapError(VALUE_ERROR, f"字段不存在: {name}")


def _allows_new_options(entry: JsonObject) -> bool:
    return entry.get("allowNewOptions") in (True, 1, "true") or str(entry.get("type")) == "2"
