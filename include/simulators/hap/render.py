"""A row as the API shows it.

Everything the clients disagree about is decided here: the name of the row id, keys by alias or by
id, numbers as strings, relations to many rows left out (contracts: hap §7.3, §7.5, §8.3).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from include.simulators.hap import moments, relations
from include.simulators.hap.columns import SYSTEM_FIELDS
from include.simulators.hap.kinds import Family
from include.simulators.hap.model import Cell, Field, Row
from include.simulators.hap.store import HapStore
from include.simulators.hap.worksheet import Worksheet

JsonObject = dict[str, Any]
# how a relation to many rows is shown
Many = Literal["omitted", "count", "array"]
Writer = Callable[[Row, Cell], Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a read asks for: `only` these field ids (None: all), and these system fields."""

    ids_as_keys: bool = False
    system_fields: frozenset[str] = frozenset()
    only: frozenset[str] | None = None
    many: Many = "array"


def rows(store: HapStore, sheet: Worksheet, found: Iterable[Row], shape: Shape) -> list[JsonObject]:
    """Return rows as JSON objects."""
    columns = [
        (field.id if shape.ids_as_keys else field.key, field.id, _writer(store, field, shape))
        for field in sheet.fields
        if (shape.only is None or field.id in shape.only) and not _left_out(field, shape)
    ]
    return [_row(store, row, shape, columns) for row in found]


def number_text(store: HapStore, field: Field, number: Decimal) -> str:
    """Return a number as the API spells it, with or without trailing zeros."""
    if store.settings.number_zeros == "precision":
        return f"{number:f}"
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def user(store: HapStore, account_id: str) -> JsonObject:
    """Return a person, or the API itself, as an object."""
    return {
        store.settings.user_id_key: account_id,
        "fullname": store.users.get(account_id, ""),
        "avatar": "",
        "isPortal": False,
        "status": 1,
    }


def system_cells(store: HapStore, row: Row, shape: Shape) -> JsonObject:
    """Return the system fields that a read asks for, under the names of its style."""
    owner: Any = user(store, row.ownerid)
    values: JsonObject = {
        "ownerid": [owner] if store.settings.owner_as == "array" else owner,
        "caid": user(store, row.caid),
        "uaid": user(store, row.uaid),
        "ctime": moments.from_cell(row.ctime, store.settings),
        "utime": moments.from_cell(row.utime, store.settings),
    }
    aliases = {"_createdAt": store.settings.created_at_key}
    shown: JsonObject = {"autoid": row.autoid} if "autoid" in shape.system_fields else {}
    for system in SYSTEM_FIELDS:
        if system.id in shape.system_fields:
            alias = aliases.get(system.alias, system.alias)
            shown[system.id if shape.ids_as_keys else alias] = values.get(system.id, "")
    return shown


def row_key(store: HapStore, *, ids_as_keys: bool) -> str:
    """Return the name under which a row shows its id."""
    chosen = store.settings.row_key
    if chosen != "live":
        return chosen
    return "rowid" if ids_as_keys else "rowId"


def _row(
    store: HapStore,
    row: Row,
    shape: Shape,
    columns: list[tuple[str, str, Writer | None]],
) -> JsonObject:
    shown: JsonObject = {row_key(store, ids_as_keys=shape.ids_as_keys): row.rowid}
    if store.settings.row_object_id:
        shown["_id"] = row.object_id
    for name, field_id, write in columns:
        cell = row.cells.get(field_id, "")
        shown[name] = cell if write is None else write(row, cell)
    if shape.system_fields and store.settings.system_fields_readable:
        shown.update(system_cells(store, row, shape))
    return shown


def _left_out(field: Field, shape: Shape) -> bool:
    return field.family is Family.RELATION and field.multiple and shape.many == "omitted"


def _writer(store: HapStore, field: Field, shape: Shape) -> Writer | None:
    """Return what writes a field's cells; None where they are shown as they are kept."""
    if field.family is Family.RELATION:
        return _relation_writer(store, field, shape)
    write = _WRITERS.get(field.family)
    return None if write is None else lambda row, cell: write(store, field, cell)


def _relation_writer(store: HapStore, field: Field, shape: Shape) -> Writer:
    if field.multiple and shape.many == "count":
        return lambda row, cell: len(relations.related_rows(store, field, row))

    def write(row: Row, cell: Cell) -> list[JsonObject]:
        named = (
            (rowid, relations.title_of(store, field, rowid))
            for rowid in relations.related_ids(store, field, row)
        )
        return [{"sid": rowid, "name": name} for rowid, name in named if name is not None]

    return write


def _number(store: HapStore, field: Field, cell: Cell) -> object:
    if not isinstance(cell, Decimal):
        return cell
    if store.settings.number_read == "number":
        return int(cell) if cell == cell.to_integral_value() else float(cell)
    return number_text(store, field, cell)


def _moment(store: HapStore, field: Field, cell: Cell) -> object:
    return moments.from_cell(str(cell), store.settings)


def _options(store: HapStore, field: Field, cell: Cell) -> object:
    keys = cell if isinstance(cell, tuple) else ()
    found = ((key, field.option(key)) for key in keys)
    return [{"key": key, "value": option.value if option else None} for key, option in found]


def _members(store: HapStore, field: Field, cell: Cell) -> object:
    return [user(store, account) for account in (cell if isinstance(cell, tuple) else ())]


def _attachments(store: HapStore, field: Field, cell: Cell) -> object:
    return [json.loads(item) for item in (cell if isinstance(cell, tuple) else ())]


_WRITERS: dict[Family, Callable[[HapStore, Field, Cell], object]] = {
    Family.NUMBER: _number,
    Family.DATETIME: _moment,
    Family.SELECT: _options,
    Family.MEMBER: _members,
    Family.ATTACHMENT: _attachments,
}
