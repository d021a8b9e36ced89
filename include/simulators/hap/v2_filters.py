"""V2 filters, translated into the V3 grammar.

Mind `filterType` 1, which means *contains*: a client that takes it for "equals" gets A10 for A1.
Unlike V3's list, V2 knows "is empty" (contracts: hap §13).
"""

from __future__ import annotations

from typing import Any

from include.simulators.hap.requests import objects

JsonObject = dict[str, Any]

_OPERATORS = {
    1: "contains",
    2: "eq",
    3: "startswith",
    4: "endswith",
    5: "notcontains",
    6: "ne",
    7: "isempty",
    8: "isnotempty",
    9: "notstartswith",
    10: "notendswith",
    11: "between",
    12: "notbetween",
    13: "gt",
    14: "ge",
    15: "lt",
    16: "le",
    24: "eq",
    25: "ne",
    26: "eq",
    27: "ne",
    31: "between",
    32: "notbetween",
    33: "gt",
    34: "ge",
    35: "lt",
    36: "le",
}


def as_v3(filters: list[JsonObject]) -> JsonObject | None:
    """Return a V3 filter group; None for no filters. The first element's splice joins them all."""
    if not filters:
        return None
    if any(element.get("isGroup") for element in filters):
        children = [_group(element) for element in filters]
    else:
        children = [_condition(element) for element in filters]
    return {"type": "group", "logic": _logic(filters[0]), "children": children}


def _group(element: JsonObject) -> JsonObject:
    inner = objects(element, "groupFilters") if element.get("isGroup") else [element]
    children = [_condition(child) for child in inner]
    return {"type": "group", "logic": _logic(inner[0] if inner else element), "children": children}


def _condition(element: JsonObject) -> JsonObject:
    kind = str(element.get("filterType"))
    operator = _OPERATORS.get(int(kind), "") if kind.isdecimal() else ""
    return {
        "type": "condition",
        "field": element.get("controlId"),
        "operator": operator,
        "value": _value(element, operator),
    }


def _value(element: JsonObject, operator: str) -> object:
    if element.get("values"):
        return element["values"]
    if operator.endswith("between") and element.get("minValue") is not None:
        return [element.get("minValue"), element.get("maxValue")]
    return element.get("value")


def _logic(element: JsonObject) -> str:
    return "OR" if str(element.get("spliceType")) == "2" else "AND"
