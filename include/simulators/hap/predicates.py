"""One filter condition as a question about a row, and as a look-up where an index can answer it.

An operator that means nothing for a family is no condition at all; `supports` tells the parser.
An empty cell satisfies every negative operator (contracts: hap §4.4, §7.2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from include.simulators.hap.columns import Column
from include.simulators.hap.kinds import Family
from include.simulators.hap.model import Cell, Row, is_empty
from include.simulators.hap.table import IndexKey, Table

Test = Callable[[Cell], bool]

_COMPARISONS = frozenset({"eq", "ne", "gt", "ge", "lt", "le", "between", "notbetween"})
_LISTED = frozenset({"eq", "ne", "in", "notin", "concurrent", "belongsto", "notbelongsto"})
_TEXT = frozenset(
    {"eq", "ne", "in", "notin", "contains", "notcontains", "concurrent"}
    | {"startswith", "notstartswith", "endswith", "notendswith"}
)
OPERATORS: dict[Family, frozenset[str]] = {
    Family.TEXT: _TEXT,
    Family.NUMBER: _COMPARISONS,
    Family.DATE: _COMPARISONS,
    Family.DATETIME: _COMPARISONS,
    Family.TIME: _COMPARISONS,
    Family.CHECKBOX: frozenset({"eq", "ne"}),
    Family.SELECT: _LISTED,
    Family.RELATION: _LISTED,
    Family.MEMBER: _LISTED,
    Family.ATTACHMENT: frozenset(),
    Family.COMPUTED: frozenset(),
}
EMPTINESS = frozenset({"isempty", "isnotempty"})
_INDEXED = frozenset({"eq", "in", "belongsto"})


@dataclass(frozen=True, slots=True)
class Condition:
    """`values` are normalised to the column's family; operator "nothing" matches no row."""

    column: Column
    operator: str
    values: tuple[IndexKey, ...] = ()


def supports(family: Family, operator: str) -> bool:
    """Tell whether an operator means something for a family."""
    return operator in OPERATORS[family] or operator in EMPTINESS


def predicate(condition: Condition) -> Callable[[Row], bool]:
    """Return the condition as a function of a row."""
    read, test = condition.column.read, _test(condition)
    return lambda row: test(read(row))


def candidates(condition: Condition, table: Table) -> set[str] | None:
    """Return the ids of the only rows that can match, from an index; None where there is none."""
    column = condition.column
    if condition.operator == "nothing":
        return set()
    if condition.operator not in _INDEXED:
        return None
    if column.is_rowid:
        return {str(value) for value in condition.values}
    if column.field is None or column.field.reverse or column.family is Family.CHECKBOX:
        return None
    return table.with_values(column.field.id, condition.values)


def _test(condition: Condition) -> Test:
    operator, values = condition.operator, condition.values
    if operator == "nothing":
        return lambda cell: False
    if operator in EMPTINESS:
        wanted = operator == "isempty"
        return lambda cell: is_empty(cell) is wanted
    family = condition.column.family
    if family is Family.TEXT:
        return _text_test(operator, values)
    if family in {Family.SELECT, Family.RELATION, Family.MEMBER}:
        return _list_test(operator, frozenset(values))
    if family is Family.CHECKBOX:
        return lambda cell: ((cell or "0") in values) is (operator == "eq")
    return _order_test(operator, values)


def _text_test(operator: str, values: tuple[IndexKey, ...]) -> Test:
    texts = tuple(str(value) for value in values)
    exact = frozenset(texts)
    positive: dict[str, Callable[[str], bool]] = {
        "eq": lambda cell: cell in exact,
        "in": lambda cell: cell in exact,
        "contains": lambda cell: any(text in cell for text in texts),
        "concurrent": lambda cell: all(text in cell for text in texts),
        "startswith": lambda cell: cell.startswith(texts),
        "endswith": lambda cell: cell.endswith(texts),
    }
    if operator in positive:
        test = positive[operator]
        return lambda cell: isinstance(cell, str) and test(cell)
    denied = positive["eq" if operator == "ne" else operator.removeprefix("not")]
    return lambda cell: not (isinstance(cell, str) and denied(cell))


def _list_test(operator: str, wanted: frozenset[IndexKey]) -> Test:
    if operator == "concurrent":
        return lambda cell: isinstance(cell, tuple) and wanted.issubset(cell)
    positive = operator in {"eq", "in", "belongsto"}
    return lambda cell: (isinstance(cell, tuple) and not wanted.isdisjoint(cell)) is positive


def _order_test(operator: str, values: tuple[IndexKey, ...]) -> Test:
    if operator in {"eq", "ne"}:
        return lambda cell: (cell in values) is (operator == "eq")
    if operator == "notbetween":
        inside = _order_test("between", values)
        return lambda cell: not inside(cell)
    low, high = values[0], values[-1]
    compare: dict[str, Callable[[IndexKey], bool]] = {
        "gt": lambda cell: _rank(cell) > _rank(low),
        "ge": lambda cell: _rank(cell) >= _rank(low),
        "lt": lambda cell: _rank(cell) < _rank(high),
        "le": lambda cell: _rank(cell) <= _rank(high),
        "between": lambda cell: _rank(low) <= _rank(cell) <= _rank(high),
    }
    test, kind = compare[operator], type(low)
    return lambda cell: isinstance(cell, kind) and not is_empty(cell) and test(cell)


def _rank(value: IndexKey) -> tuple[Decimal, str]:
    return (value, "") if isinstance(value, Decimal) else (Decimal(0), value)
