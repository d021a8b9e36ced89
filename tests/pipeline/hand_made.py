"""An app as a user made it by hand: own names, Chinese labels, no aliases, fields of kindred types.

What the API cannot create is put into the simulator's store directly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from include.destination.sheets.fields import BOOKKEEPING, Field, FieldType, Worksheet
from include.destination.sheets.worksheets import (
    AUDIENCES,
    COLLECTED_INFO,
    COLUMNS,
    CUSTOMERS,
    GOODS,
    ORDERS,
    SYNC_ERRORS,
)
from include.simulators.hap.model import Field as MadeField
from include.simulators.hap.model import Option
from include.simulators.hap.plain import plain_rows
from include.simulators.hap.store import HapStore
from include.simulators.hap.worksheet import Worksheet as MadeWorksheet

MADE = (CUSTOMERS, GOODS, COLUMNS, ORDERS, COLLECTED_INFO, SYNC_ERRORS, AUDIENCES)
BY_HAND: dict[tuple[str, str], dict[str, Any]] = {
    ("customers", "phone"): {"type": "PhoneNumber"},
    ("customers", "email"): {"type": "Email"},
    ("customers", "segment"): {"type": "Dropdown"},
    ("customers", "total_paid"): {"type": "Currency", "precision": 2},
    ("orders", "order_state"): {"type": "Dropdown"},
    ("orders", "amount_paid"): {"type": "Currency", "precision": 4},
    ("orders", "valid_from"): {"type": "DateTime", "sub_type": 1},
    ("orders", "settled_at"): {"type": "DateTime", "sub_type": 1},
}
LEFT_OUT = {"customers": ("company", "wx_union_id"), "orders": ("promoter", "pay_method")}


@dataclass
class HandMade:
    """The user's worksheets by our alias, and the file that points at them."""

    store: HapStore
    sheets: dict[str, MadeWorksheet]
    toml: str

    def field(self, sheet: str, alias: str) -> MadeField:
        """Return the user's field that stands for one of ours."""
        return next(f for f in self.sheets[sheet].fields if f.name == label(alias))

    def structure(self) -> dict[str, list[Any]]:
        """Return what a person sees of each field, to compare before and after."""
        return {
            field.id: [
                (sheet.name, field.name, field.alias, field.type, field.is_title, field.required),
                [(option.key, option.value) for option in field.options],
            ]
            for sheet in self.sheets.values()
            for field in sheet.fields
        }

    def rows(self, sheet: str) -> list[dict[str, Any]]:
        """Return the rows of a worksheet under our aliases, the others under their own names."""
        names = {
            field.id: field.name.removeprefix(label(""))
            for field in self.sheets[sheet].fields
            if not field.alias
        }
        return [
            {names.get(key, key): value for key, value in row.items()}
            for row in plain_rows(self.store, self.sheets[sheet].id)
        ]


def label(alias: str) -> str:
    """Return how the user calls a field: never as we do."""
    return f"我的·{alias}"


def make_app(store: HapStore, definitions: Iterable[Worksheet] = MADE) -> HandMade:
    """Make the user's worksheets, and write down which field is which: by label or by id."""
    definitions = tuple(definitions)
    sheets = {
        one.alias: store.add_sheet(store.app, f"自建{one.label}", "", store.app.sections[0])
        for one in definitions
    }
    ids = {alias: sheet.id for alias, sheet in sheets.items()}
    lines: list[str] = []
    for one in definitions:
        lines += [f"[{one.alias}]", f'worksheet = "{ids[one.alias]}"']
        for number, field in enumerate(one.fields):
            if field.alias in BOOKKEEPING:
                continue
            made = _field(store, one, field, ids)
            sheets[one.alias].add_field(made)
            left_out = field.alias in LEFT_OUT.get(one.alias, ())
            name = "false" if left_out else f'"{made.id if number % 2 else made.name}"'
            lines.append(f"{field.alias} = {name}")
        title = MadeField(store.ids.object_id(), "我的标题", "", "Text", is_title=True)
        sheets[one.alias].add_field(title)
    return HandMade(store, sheets, "\n".join(lines))


def _field(store: HapStore, sheet: Worksheet, field: Field, ids: Mapping[str, str]) -> MadeField:
    made = MadeField(store.ids.object_id(), label(field.alias), "", field.type.value)
    if field.type is FieldType.NUMBER:
        made.precision = field.precision
    if field.type is FieldType.DATETIME:
        made.sub_type = 6
    if field.type is FieldType.RELATION:
        made.sub_type, made.data_source = (2 if field.many else 1), ids[field.target]
    made.options = [Option(store.ids.uuid(), text, n) for n, text in enumerate(field.options, 1)]
    for name, value in BY_HAND.get((sheet.alias, field.alias), {}).items():
        setattr(made, name, value)
    return made
