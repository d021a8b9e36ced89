"""Cells of a row: read with a type, and put into the form in which HAP wants them written.

What a stranger would get wrong: HAP reads back other forms than it takes (contracts: hap §8.3).
A number comes back as a string, a select as a list of `{key, value}` but is written as a list of
keys, and a relation as a list, a JSON string, a mere count or not at all, depending on where it
was read. Every reader takes None for a cell that is absent, and raises `ContractError` for a cell
of another shape; the error names the expected type and never the content.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from connectors.codes import REPORT
from connectors.errors import Bilingual, ContractError

_MOST_DIGITS = 300  # far beyond what HAP stores

# ---- reading ------------------------------------------------------------------------------------


def text(value: object) -> str:
    """Return a text cell; an absent one is "", which is also what HAP stores for a cleared one."""
    if value is None:
        return ""
    if isinstance(value, (str, int, float, Decimal)):
        return str(value)
    raise _misfit("文本", "text")


def number(value: object) -> Decimal | None:
    """Return a number cell exactly, whether it came as "129.90" or as 129.9; empty is None."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise _misfit("数字", "a number")
    try:
        exact = Decimal(str(value).strip())
    except InvalidOperation:
        raise _misfit("数字", "a number") from None
    if not exact.is_finite() or (exact and exact.adjusted() > _MOST_DIGITS):
        raise _misfit("有限的数字", "a finite number")
    return exact


def option_keys(value: object) -> list[str]:
    """Return the keys of a select cell, single or multiple; empty when nothing is chosen."""
    return [_part(choice, "key") for choice in _choices(value)]


def option_labels(value: object) -> list[str]:
    """Return the labels of a select cell.

    A choice without a label is left out: HAP stores `{key: <text>, value: null}` for a text that
    was written where a key belongs.
    """
    labels = (_part(choice, "value") for choice in _choices(value))
    return [label for label in labels if label]


def relation_ids(value: object) -> list[str] | None:
    """Return the row ids of a relation cell, or None where the cell does not tell.

    Lists leave multiple relations out, and a single row may carry a count instead: then ask
    `related_rows`. Only an empty list, "" and the count 0 mean that nothing is related.
    """
    if value == "" or (_is_count(value) and not str(value).strip("0")):
        return []
    related = _from_json(value)
    if not isinstance(related, list):
        return None
    return [_related_id(entry) for entry in related]


def datetime(value: object, zone: ZoneInfo) -> dt.datetime | None:
    """Return a DateTime cell as an aware moment; empty is None.

    Reads `2026-11-20 13:05:00` as wall time in the app's zone, and ISO 8601 with `Z` or an offset
    as what it says: which of the two a server sends depends on version and settings.
    """
    if value is None or value == "":
        return None
    try:
        moment = dt.datetime.fromisoformat(str(value).strip())
    except ValueError:
        raise _misfit("日期时间", "a date-time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _misfit(zh: str, en: str) -> ContractError:
    words = Bilingual(f"单元格不是{zh}", f"the cell is not {en}")
    return ContractError("hap.cell", words, REPORT)


def _choices(value: object) -> list[object]:
    if value is None or value == "":
        return []
    choices = _from_json(value)
    if not isinstance(choices, list):
        raise _misfit("选项列表", "a list of options")
    return choices


def _part(choice: object, name: str) -> str:
    """Return one part of `{key, value}`; older answers list the bare text instead."""
    if isinstance(choice, dict):
        return str(choice.get(name) or "")
    if isinstance(choice, str):
        return choice
    raise _misfit("选项列表", "a list of options")


def _related_id(entry: object) -> str:
    if isinstance(entry, dict):
        entry = entry.get("sid") or entry.get("rowId") or entry.get("rowid") or entry.get("id")
    if not isinstance(entry, str) or not entry:
        raise _misfit("关联记录列表", "a list of related rows")
    return entry


def _is_count(value: object) -> bool:
    return not isinstance(value, bool) and str(value).isdecimal()


def _from_json(value: object) -> object:
    """Return what a JSON string holds; V2 and older servers encode structured cells as text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


# ---- writing ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NewOption:
    """A select value that has no option yet: HAP makes one when it is written.

    Without the flag that goes with it HAP would keep the bare text, or nothing, with success
    (contracts: hap §8.1, §8.3). Where an option of that text has come up meanwhile, it is taken.
    """

    label: str


def write_number(value: Decimal | int) -> int | float | str:
    """Return a number for writing: a JSON number, or its digits where that would lose some."""
    exact = Decimal(value)
    if not exact.is_finite():
        raise ValueError("HAP has no cell for a number that is not finite")
    near = float(exact)
    if Decimal(repr(near)) != exact:
        return format(exact, "f")
    return int(exact) if exact == exact.to_integral_value() else near


def write_datetime(value: dt.datetime, zone: ZoneInfo) -> str:
    """Return an aware moment as `YYYY-MM-DD HH:mm:ss` in the app's zone, the documented form."""
    if value.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be written")
    return in_zone(value, zone).replace(tzinfo=None).isoformat(" ", "seconds")


def in_zone(moment: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """Return an aware moment as wall time of a zone.

    "For ever", as 9999-12-31 23:59:59 in Beijing, lies beyond the calendar further east: it becomes
    the calendar's last second there.
    """
    try:
        return moment.astimezone(zone)
    except OverflowError:
        end = dt.datetime.max if moment.year > 1 else dt.datetime.min
        return end.replace(microsecond=0, tzinfo=zone)


def write_options(keys: Iterable[str]) -> list[str]:
    """Return option keys for writing: an array, for a single select too; never labels."""
    return [key for key in keys if key]


def write_relation(row_ids: Iterable[str]) -> list[str]:
    """Return row ids for writing to a relation, each once and in the given order."""
    return list(dict.fromkeys(row_id for row_id in row_ids if row_id))


_CLEARED_BY_EMPTY_LIST = frozenset(
    {
        "SingleSelect",
        "MultipleSelect",
        "Dropdown",
        "Relation",
        "SubTable",
        "Collaborator",
        "Department",
        "OrgRole",
    }
)


def cleared(type_name: str) -> str | list[str]:
    """Return the value that empties a field of this type: `[]` where it holds a list, else ""."""
    return [] if type_name in _CLEARED_BY_EMPTY_LIST else ""
