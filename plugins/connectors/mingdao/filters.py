"""Filters for `rows/list`, only in the forms that HAP documents (contracts: hap §7.2).

HAP never refuses a filter. What it does not understand it drops, and then it answers with the whole
table and `success: true`. So this module offers few builders and each avoids a measured trap:

- the root is always a group: a bare condition is among the things that get dropped;
- "one of these" is an OR-group of `eq`: `in` is not in the vendor's table for Text fields;
- a value is always an array of one string: scalars work too, yet clients agree on arrays;
- `eq ""` matches nothing and `ne ""` is dropped, so a blank value is refused here;
- `isempty` and `isnotempty` are ignored by `rows/list`, so there is no builder for them;
- an operator or a field with a stray blank is dropped, so such a field name is refused here;
- an empty group is no filter at all, so it cannot be built;
- select fields are compared by option *key*, never by label.

Whoever looks up by key must still check that every returned row carries a key that was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from connectors.mingdao.cells import write_datetime

Filter = dict[str, Any]


# How many values a filter may hold is not documented: this many are in everybody's use.
KEYS_PER_FILTER = 100

# Clients report matches shifted by up to a day near zone edges (contracts: hap §7.2).
ZONE_SLACK = timedelta(days=1)


def any_equal(field: str, values: Iterable[str]) -> Filter:
    """Return a filter for the rows whose field equals one of the values.

    For Text the values are the texts, for a select field option keys: at most
    `MingdaoClient.keys_per_filter` of them. Raises `ValueError` when there is no value, or a
    blank one.
    """
    return _group("OR", [_condition(field, "eq", [_comparable(value)]) for value in values])


def not_starting_with(field: str, prefix: str) -> Filter:
    """Return a filter for the rows whose Text field does not start with a text."""
    return _group("AND", [_condition(field, "notstartswith", [_comparable(prefix)])])


def between(
    field: str,
    since: datetime,
    until: datetime,
    *,
    zone: ZoneInfo,
    slack: timedelta = ZONE_SLACK,
) -> Filter:
    """Return a filter for the rows whose DateTime field lies between two aware moments.

    `between` is the only operator that the vendor documents for dates. Whether its ends are
    inclusive, and in which zone the server compares, is not documented: so the range is widened by
    `slack` on both sides, and the caller compares the returned cells with the exact range.
    """
    if since.tzinfo is None or until.tzinfo is None:
        raise ValueError("between needs moments with a time zone")
    if since > until:
        raise ValueError("between needs since before until")
    # undetermined: hap.md §7.2: are the ends inclusive, and in which zone are they compared?
    ends = [since - slack, until + slack]
    texts = [write_datetime(end, zone) for end in ends]
    return _group("AND", [_condition(field, "between", texts)])


def all_of(*filters: Filter) -> Filter:
    """Return a filter for the rows that match every given filter.

    HAP reads group → group → condition and no deeper, and siblings must be of one kind. The
    builders above make one level, this makes the second, so it does not nest in itself.
    """
    if any(child["type"] == "group" for part in filters for child in part["children"]):
        raise ValueError("HAP reads only two levels of groups: all_of cannot be nested")
    return filters[0] if len(filters) == 1 else _group("AND", list(filters))


def _group(logic: Literal["AND", "OR"], children: list[Filter]) -> Filter:
    if not children:
        raise ValueError("a group without children would return the whole worksheet")
    return {"type": "group", "logic": logic, "children": children}


def _condition(field: str, operator: str, values: list[str]) -> Filter:
    if not field or field != "".join(field.split()):
        raise ValueError("a field name with blanks would be dropped, and all rows returned")
    return {"type": "condition", "field": field, "operator": operator, "value": values}


def _comparable(value: str) -> str:
    if not value.strip():
        raise ValueError("a blank value matches nothing in HAP")
    return value
