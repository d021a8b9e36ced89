"""The field types of a worksheet: name, number, and how their cells behave.

Two lists say which types the open API can create, and they contradict each other: the vendor's
table and what a public client measured. `creatable_types` serves both (contracts: hap §4.4, §5).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Family(StrEnum):
    """How a cell is stored, filtered and shown."""

    TEXT = "text"
    NUMBER = "number"
    SELECT = "select"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    CHECKBOX = "checkbox"
    RELATION = "relation"
    MEMBER = "member"
    ATTACHMENT = "attachment"
    COMPUTED = "computed"


@dataclass(frozen=True, slots=True)
class Kind:
    """One field type."""

    name: str
    code: int
    family: Family


def _kinds(family: Family, *named: tuple[str, int]) -> list[Kind]:
    return [Kind(name, code, family) for name, code in named]


_ALL: list[Kind] = [
    *_kinds(
        Family.TEXT,
        ("Text", 2),
        ("PhoneNumber", 3),
        ("LandlinePhone", 4),
        ("Email", 5),
        ("Certificate", 7),
        ("Region", 24),
        ("RichText", 41),
        ("Location", 40),
    ),
    *_kinds(Family.NUMBER, ("Number", 6), ("Currency", 8), ("Rating", 28)),
    *_kinds(Family.SELECT, ("SingleSelect", 9), ("MultipleSelect", 10), ("Dropdown", 11)),
    *_kinds(Family.ATTACHMENT, ("Attachment", 14)),
    *_kinds(Family.DATE, ("Date", 15)),
    *_kinds(Family.DATETIME, ("DateTime", 16)),
    *_kinds(Family.TIME, ("Time", 46)),
    *_kinds(Family.CHECKBOX, ("Checkbox", 36)),
    *_kinds(Family.RELATION, ("Relation", 29), ("SubTable", 34)),
    *_kinds(Family.MEMBER, ("Collaborator", 26), ("Department", 27), ("OrgRole", 48)),
    *_kinds(
        Family.COMPUTED,
        ("DynamicLink", 21),
        ("Divider", 22),
        ("AmountInWords", 25),
        ("Lookup", 30),
        ("Formula", 31),
        ("Concatenate", 32),
        ("AutoNumber", 33),
        ("CascadingSelect", 35),
        ("Rollup", 37),
        ("DateFormula", 38),
        ("CodeScan", 39),
        ("Signature", 42),
        ("OCR", 43),
        ("Role", 44),
        ("Embed", 45),
        ("Barcode", 47),
        ("Button", 49),
        ("APIQuery", 50),
        ("QueryRecord", 51),
        ("Section", 52),
        ("FunctionFormula", 53),
        ("CustomField", 54),
    ),
]
KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}
BY_CODE: dict[int, Kind] = {kind.code: kind for kind in _ALL}

_BOTH = {
    "Text",
    "Number",
    "SingleSelect",
    "MultipleSelect",
    "Attachment",
    "Date",
    "DateTime",
    "Collaborator",
}
_VENDOR = frozenset(_BOTH | {"Relation", "Time"})
_MEASURED = frozenset(_BOTH | {"Relation", "Dropdown", "Rating", "Checkbox"})


def creatable_types(mode: str) -> frozenset[str]:
    """Return the types that can be created under the setting `creatable`."""
    return {"vendor": _VENDOR, "measured": _MEASURED}.get(mode, _VENDOR | _MEASURED)


def kind_of(raw: object) -> Kind | None:
    """Find a type by its name or by its number, which may be a string; None where unknown."""
    if isinstance(raw, str) and raw in KINDS:
        return KINDS[raw]
    if isinstance(raw, int | str) and not isinstance(raw, bool) and str(raw).isdecimal():
        return BY_CODE.get(int(raw))
    return None
