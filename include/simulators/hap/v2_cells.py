"""V2's own spelling of cells: everything a string, options by text, lists as JSON in a string.

On the way in an option may be named by text or by key; without `valueType` 2 a text that is no
option empties the cell (contracts: hap §13).
"""

from __future__ import annotations

import json
from typing import Any

from include.simulators.hap import render
from include.simulators.hap.kinds import Family
from include.simulators.hap.model import Field, Row
from include.simulators.hap.store import HapStore
from include.simulators.hap.worksheet import Worksheet

JsonObject = dict[str, Any]

_JSON_STRINGS = frozenset({Family.RELATION, Family.MEMBER, Family.ATTACHMENT})


def entries(sheet: Worksheet, controls: list[JsonObject]) -> list[JsonObject]:
    """Turn V2 `controls` into the `fields` of a V3 write; unknown controls stay unknown."""
    return [_entry(sheet.field(control.get("controlId")), control) for control in controls]


def rows(
    store: HapStore, sheet: Worksheet, found: list[Row], *, ids_as_keys: bool = False
) -> list[JsonObject]:
    """Return rows as V2 shows them, system fields included."""
    shape = render.Shape(ids_as_keys=ids_as_keys, many="array")
    shown = render.rows(store, sheet, found, shape)
    spelled = [_spelled(sheet, cells) for cells in shown]
    return [_system(store, row) | cells for row, cells in zip(found, spelled, strict=True)]


def _entry(field: Field | None, control: JsonObject) -> JsonObject:
    creates = str(control.get("valueType")) == "2"
    entry: JsonObject = {"id": control.get("controlId"), "value": control.get("value")}
    if field is None or entry["value"] in (None, ""):
        return entry
    if field.family is Family.SELECT:
        texts = _items(entry["value"], split=field.multiple)
        entry["value"] = _options(field, texts, creates=creates)
        entry["allowNewOptions"] = creates
    elif field.family in _JSON_STRINGS:
        entry["value"] = _items(entry["value"], split=True)
        entry["updateType"] = "1" if str(control.get("editType")) == "1" else "0"
    return entry


def _items(value: object, *, split: bool) -> list[Any]:
    if isinstance(value, list):
        return value
    text = str(value)
    try:
        parsed = json.loads(text)
    except ValueError:
        return text.split(",") if split else [text]
    return parsed if isinstance(parsed, list) else [text]


def _options(field: Field, texts: list[Any], *, creates: bool) -> list[str]:
    keys = []
    for text in map(str, texts):
        named = field.option_named(text)
        if named is not None:
            keys.append(named.key)
        elif creates or field.option(text) is not None:
            keys.append(text)
    return keys


def _spelled(sheet: Worksheet, cells: JsonObject) -> JsonObject:
    return {name: _value(sheet.field(name), value) for name, value in cells.items()}


def _value(field: Field | None, value: Any) -> Any:  # noqa: ANN401 - any JSON
    if field is None:
        return value
    if field.family is Family.SELECT:
        texts = [option["value"] for option in value]
        return texts if field.multiple else next(iter(texts), "")
    if field.family in _JSON_STRINGS:
        return json.dumps(value, ensure_ascii=False)
    return value


def _system(store: HapStore, row: Row) -> JsonObject:
    shape = render.Shape(
        ids_as_keys=True,
        system_fields=frozenset({"ctime", "utime", "caid", "uaid", "ownerid", "autoid"}),
    )
    return {"_id": row.object_id, "rowid": row.rowid, **render.system_cells(store, row, shape)}
