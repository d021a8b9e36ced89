"""The values of a filter condition, brought into the form that cells are stored in.

A value that does not fit its field makes the whole condition malformed; the parser then drops it.
"""

from __future__ import annotations

from datetime import timedelta

from include.simulators.clock import read_naive, written
from include.simulators.hap import moments
from include.simulators.hap.cells import as_number, as_text
from include.simulators.hap.kinds import Family
from include.simulators.hap.settings import HapSettings
from include.simulators.hap.table import IndexKey

_DAYS = frozenset({Family.DATE, Family.DATETIME})


def normalised(
    family: Family, operator: str, raw: list[object], settings: HapSettings
) -> tuple[IndexKey, ...] | None:
    """Return the values in the cells' own form; None when they are malformed.

    A range needs exactly two, the other operators at least one. A day as the upper end of a range
    of date-times means the end of that day.
    """
    ranged = operator.endswith("between")
    if not raw or (ranged and len(raw) != 2) or any(isinstance(v, dict | list) for v in raw):
        return None
    values = [_value(family, item, settings) for item in raw]
    if family is Family.DATETIME and ranged and moments.is_date_only(as_text(raw[1])):
        values[1] = None if values[1] is None else f"{str(values[1])[:10]} 23:59:59"
    found = tuple(value for value in values if value is not None)
    if len(found) < len(values):
        return None
    return tuple(_shifted(family, value, settings) for value in found)


def _value(family: Family, item: object, settings: HapSettings) -> IndexKey | None:
    if family is Family.NUMBER:
        return as_number(item)
    if family in _DAYS:
        moment = moments.to_cell(as_text(item), settings)
        return moment[:10] if moment is not None and family is Family.DATE else moment
    if family is Family.TIME:
        return moments.time_to_cell(as_text(item))
    if family is Family.CHECKBOX:
        return "1" if item in (1, True, "1", "true") else "0"
    return as_text(item)


def _shifted(family: Family, value: IndexKey, settings: HapSettings) -> IndexKey:
    if family is not Family.DATETIME or not settings.date_filter_shift_h:
        return value
    moment = read_naive(str(value))
    return written(moment + timedelta(hours=settings.date_filter_shift_h))
