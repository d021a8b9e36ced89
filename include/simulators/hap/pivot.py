"""`rows/pivot`: counts, sums and averages by one or more fields.

The body is that of public clients: `rows` and `columns` (`field`, and for dates a `granularity` of
1 day, 2 week, 3 month), `values` (`field`, `aggregation`; COUNT counts `record_count`) and a
filter, in which isempty works as was measured (hap §7.2). The shape of the answer is invented.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from include.simulators.hap import columns, filters, listing
from include.simulators.hap.columns import Column
from include.simulators.hap.errors import VALUE_ERROR, HapError
from include.simulators.hap.model import Cell, Row, is_empty
from include.simulators.hap.requests import objects
from include.simulators.hap.store import HapStore
from include.simulators.hap.worksheet import Worksheet

JsonObject = dict[str, Any]

_LENGTHS = {"1": 10, "3": 7}
_RECORDS = "record_count"
_AGGREGATIONS: dict[str, Callable[[list[Decimal]], Decimal]] = {
    "sum": lambda numbers: sum(numbers, Decimal(0)),
    "avg": lambda numbers: sum(numbers, Decimal(0)) / len(numbers) if numbers else Decimal(0),
    "min": lambda numbers: min(numbers, default=Decimal(0)),
    "max": lambda numbers: max(numbers, default=Decimal(0)),
}


def pivot(store: HapStore, sheet: Worksheet, body: JsonObject) -> JsonObject:
    """Return `{data: [{<field>: …, <field>_<aggregation>: …}], total}`.

    Raises:
        HapError: 10002 for an unknown field or aggregation.
    """
    parser = filters.FilterParser(store, sheet, empties=True)
    query = listing.Query(parser.parse(body.get("filter")))
    dimensions = [_dimension(store, sheet, raw) for raw in _names(body)]
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in listing.select(store, sheet, query):
        key = tuple(read(row) for _, read in dimensions)
        groups.setdefault(key, []).append(row)
    measures = objects(body, "values")
    names = [name for name, _ in dimensions]
    data = [
        dict(zip(names, key, strict=True)) | _measured(store, sheet, measures, found)
        for key, found in sorted(groups.items())
    ]
    return {"data": data, "total": len(data)}


def _names(body: JsonObject) -> list[object]:
    named = (body.get("rows"), body.get("columns"))
    return [name for names in named if isinstance(names, list) for name in names]


def _dimension(store: HapStore, sheet: Worksheet, raw: object) -> tuple[str, Callable[[Row], str]]:
    spec = raw if isinstance(raw, dict) else {"field": raw}
    name = str(spec.get("field"))
    column = _column(store, sheet, name)
    length = _LENGTHS.get(str(spec.get("granularity", "")))
    return name, lambda row: _shown(column, column.read(row))[:length]


def _shown(column: Column, cell: Cell) -> str:
    if not isinstance(cell, tuple):
        return str(cell)
    field = column.field
    found = [(key, field.option(key) if field is not None else None) for key in cell]
    return ",".join(option.value if option is not None else key for key, option in found)


def _measured(
    store: HapStore, sheet: Worksheet, measures: list[JsonObject], found: list[Row]
) -> JsonObject:
    if not measures:
        return {"count": len(found)}
    result: JsonObject = {}
    for measure in measures:
        name = str(measure.get("field"))
        kind = str(measure.get("aggregation", "count")).lower()
        if name == _RECORDS:
            result[_RECORDS] = len(found)
        else:
            result[f"{name}_{kind}"] = _aggregate(_column(store, sheet, name), kind, found)
    return result


def _aggregate(column: Column, kind: str, found: list[Row]) -> int | str:
    cells = [column.read(row) for row in found]
    if kind == "count":
        return sum(not is_empty(cell) for cell in cells)
    if kind not in _AGGREGATIONS:
        raise HapError(VALUE_ERROR, f"参数值错误: aggregation {kind}")
    return f"{_AGGREGATIONS[kind]([cell for cell in cells if isinstance(cell, Decimal)]):f}"


def _column(store: HapStore, sheet: Worksheet, name: str) -> Column:
    column = columns.find(store, sheet, name)
    if column is None:
        raise HapError(VALUE_ERROR, f"字段不存在: {name}")
    return column
