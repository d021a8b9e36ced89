"""Which option of the app each declared label stands for, whatever people call it by now.

HAP assigns an option's key when it is made, and keeps the key when a person renames the option; the
rows keep it as well. So the set-up remembers label → key, and everybody else follows the key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from connectors.mingdao.models import Field as LiveField
from connectors.mingdao.models import Option
from include.destination.sheets.fields import FieldType, Worksheet

if TYPE_CHECKING:
    from include.destination.sheets.sheet import Sheet

KeysOfField = Mapping[str, str]
"""The key of each option by the label under which it was made."""

OptionKeys = Mapping[str, Mapping[str, KeysOfField]]
"""The keys by the aliases of worksheet and field."""


def read_option_keys(text: object) -> dict[str, dict[str, dict[str, str]]]:
    """Return what `to_text` wrote; what a person damaged there counts as not known."""
    try:
        reported = json.loads(text) if isinstance(text, str) else {}
        return {
            str(sheet): {
                str(field): {str(label): str(key) for label, key in keys.items()}
                for field, keys in fields.items()
            }
            for sheet, fields in reported.items()
        }
    except (ValueError, AttributeError, RecursionError):
        return {}


def to_text(keys: OptionKeys) -> str:
    """Return the keys as they are kept in a text field."""
    return json.dumps(keys, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def merged(known: Sequence[OptionKeys]) -> dict[str, dict[str, dict[str, str]]]:
    """Return what several shops of an app have remembered; of two keys the first one counts."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for keys in known:
        for sheet, fields in keys.items():
            for field, by_label in fields.items():
                kept = found.setdefault(sheet, {}).setdefault(field, {})
                kept |= {label: key for label, key in by_label.items() if label not in kept}
    return found


def place_options(
    sheets: Sequence[Sheet], known: OptionKeys
) -> tuple[dict[str, dict[str, KeysOfField]], list[str]]:
    """Return the keys of all options, and what to tell: renamed options, and labels without one."""
    placed: dict[str, dict[str, KeysOfField]] = {}
    notes: list[str] = []
    for sheet in sheets:
        for field in sheet.definition.fields:
            there = sheet.fields.get(field.alias)
            if field.type is not FieldType.SELECT or there is None:
                continue
            before = known.get(sheet.definition.alias, {}).get(field.alias, {})
            keys = _keys_of(there, before)
            placed.setdefault(sheet.definition.alias, {})[field.alias] = keys
            notes += _notes(sheet.definition, field.alias, field.options, there, keys)
    return placed, notes


def _keys_of(there: LiveField, before: KeysOfField) -> KeysOfField:
    """Return the keys that are known and still there, and those of options that are new."""
    alive = {option.key for option in there.options}
    keys = {label: key for label, key in before.items() if key in alive}
    taken = set(keys.values())
    new = {option.value: option.key for option in there.options if option.key not in taken}
    return {**new, **keys}


def _notes(
    sheet: Worksheet, alias: str, labels: Sequence[str], there: LiveField, keys: KeysOfField
) -> list[str]:
    shown = {option.key: option.value for option in there.options}
    place = f"{sheet.label}.{there.name}"
    renamed = [
        f"{place}：「{label}」已改名为「{shown[key]}」，沿用 / renamed by a person, followed"
        for label, key in keys.items()
        if shown[key] != label
    ]
    missing = [
        f"{place}：没有选项「{label}」，不知道它改成了哪一个，未作改动；第一次写入时会新建"
        f" / no option for {alias}, nothing changed; it is made when it is first written"
        for label in labels
        if label not in keys
    ]
    return [*renamed, *missing]


def option_of(options: Sequence[Option], keys: KeysOfField, label: str) -> Option | None:
    """Return the option that a label stands for: by its key, else by what people see."""
    key = keys.get(label)
    by_key = next((option for option in options if option.key == key), None)
    taken = set(keys.values())
    named = (one for one in options if one.value == label and one.key not in taken)
    return by_key or next(named, None)


def label_of(options: Sequence[Option], keys: KeysOfField, reported: str) -> str | None:
    """Return the label under which an option was made, from its key or from what people see."""
    key = next(
        (option.key for option in options if reported in (option.key, option.value)), reported
    )
    return next((label for label, made in keys.items() if made == key), None)
