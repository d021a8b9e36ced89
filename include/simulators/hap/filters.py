"""The V3 filter grammar, with the behaviour that was measured rather than hoped for.

A condition that HAP does not understand disappears: an unknown field, an unknown or misspelled
operator, a value of the wrong shape. A filter of which nothing is left selects the whole table,
and the answer says success. `settings.strict_filters` turns all that into 10002 (hap §7.2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from include.simulators.hap import columns, predicates
from include.simulators.hap.errors import VALUE_ERROR, HapError
from include.simulators.hap.filter_values import normalised
from include.simulators.hap.kinds import Family
from include.simulators.hap.model import Row
from include.simulators.hap.predicates import Condition
from include.simulators.hap.store import HapStore
from include.simulators.hap.table import Table
from include.simulators.hap.worksheet import Worksheet

_SPELLINGS = {"=": "eq", "!=": "ne", ">": "gt", ">=": "ge", "<": "lt", "<=": "le"} | {
    "gte": "ge",
    "lte": "le",
}
_MOST_ROW_IDS = 1000  # hap §18a: so many ids were seen to work; what more does is unknown
_DATES = frozenset({Family.DATE, Family.DATETIME, Family.TIME})
Node = TypeVar("Node")


class _MalformedError(Exception):
    """A part of a filter that HAP does not understand."""


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions or groups under AND or OR; never empty."""

    logic: str
    children: tuple[Group | Condition, ...]


@dataclass(frozen=True, slots=True)
class FilterParser:
    """Reads filters for one worksheet; `empties` says whether isempty and isnotempty count."""

    store: HapStore
    sheet: Worksheet
    empties: bool

    def parse(self, raw: object) -> Group | None:
        """Return what is left of a filter; None selects every row.

        Raises:
            HapError: 10002 under `strict_filters`, for anything that would be dropped.
        """
        return None if raw is None else self._kept(self._root, raw)

    def _kept(self, read: Callable[[Any], Node | None], raw: object) -> Node | None:
        try:
            return read(raw)
        except _MalformedError as error:
            if self.store.settings.strict_filters:
                raise HapError(VALUE_ERROR, f"filter: {error}") from None
            return None

    def _root(self, raw: Any) -> Group | None:  # noqa: ANN401 - whatever the client sent
        if isinstance(raw, dict) and raw.get("type") == "group":
            return self._group(raw, depth=1)
        if isinstance(raw, dict) and self.store.settings.root_condition == "honoured":
            condition = self._condition(raw)
            return None if condition is None else Group("AND", (condition,))
        raise _MalformedError("根节点必须为group")

    def _group(self, raw: dict[str, Any], depth: int) -> Group | None:
        logic, children = str(raw.get("logic", "")).upper(), raw.get("children")
        if logic not in {"AND", "OR"} or not isinstance(children, list):
            raise _MalformedError("group格式错误")
        children = self._few_enough(children)
        kinds = {child.get("type") if isinstance(child, dict) else None for child in children}
        kept: list[Group | Condition | None]
        if kinds == {"condition"}:
            kept = [self._kept(self._condition, child) for child in children]
        elif kinds == {"group"} and depth == 1:
            kept = [self._kept(lambda inner: self._group(inner, 2), child) for child in children]
        else:
            raise _MalformedError("children格式错误")
        found = tuple(child for child in kept if child is not None)
        return Group(logic, found) if found else None

    def _few_enough(self, children: list[Any]) -> list[Any]:
        settings = self.store.settings
        most = settings.most_conditions
        if most is None or len(children) <= most:
            return children
        if settings.too_many_conditions == "refused":
            raise HapError(VALUE_ERROR, "filter: 条件过多")
        if settings.too_many_conditions == "dropped":
            raise _MalformedError("条件过多")
        return children[:most]

    def _condition(self, raw: dict[str, Any]) -> Condition | None:
        column = columns.find(self.store, self.sheet, raw.get("field"))
        if column is None or raw.get("type") != "condition":
            raise _MalformedError("字段不存在")
        operator = str(raw.get("operator", "")).lower()
        operator = _SPELLINGS.get(operator, operator)
        if operator in predicates.EMPTINESS:
            return Condition(column, operator) if self.empties else None
        if not predicates.supports(column.family, operator) or self._withheld(column, operator):
            raise _MalformedError("操作符不支持")
        return self._with_values(column, operator, raw.get("value"))

    def _with_values(self, column: columns.Column, operator: str, raw: object) -> Condition:
        items = raw if isinstance(raw, list) else [raw]
        if column.is_rowid and len(items) > _MOST_ROW_IDS:
            raise _MalformedError("值过多")
        wanted = [item for item in items if item not in ("", None)]
        blank = not wanted and "" in items and operator == "eq"
        none = raw == [] and self.store.settings.empty_in == "nothing" and operator == "in"
        if blank or none:
            return Condition(column, "nothing")
        values = normalised(column.family, operator, wanted, self.store.settings)
        if values is None:
            raise _MalformedError("值格式错误")
        return Condition(column, operator, values)

    def _withheld(self, column: columns.Column, operator: str) -> bool:
        settings = self.store.settings
        if column.family is Family.TEXT and not column.is_rowid and operator in {"in", "notin"}:
            return settings.in_on_text == "dropped"
        if column.family in _DATES and not operator.endswith("between"):
            return settings.date_comparisons == "dropped"
        return False


def compiled(node: Group | Condition) -> Callable[[Row], bool]:
    """Return a filter as a function of a row."""
    if isinstance(node, Condition):
        return predicates.predicate(node)
    if node.logic == "AND":
        tests = [compiled(child) for child in node.children]
        return lambda row: all(test(row) for test in tests)
    tests = [compiled(child) for child in _joined(node.children)]
    if len(tests) == 1:
        return tests[0]
    return lambda row: any(test(row) for test in tests)


def _joined(children: tuple[Group | Condition, ...]) -> Iterator[Group | Condition]:
    """Yield the alternatives; those that want one column to equal a value become one."""
    equal: dict[str, list[Condition]] = {}
    for child in children:
        if isinstance(child, Condition) and child.operator == "eq":
            equal.setdefault(child.column.name, []).append(child)
        else:
            yield child
    for same in equal.values():
        yield replace(same[0], values=tuple(value for one in same for value in one.values))


def candidates(node: Group | Condition, table: Table) -> set[str] | None:
    """Return the only rows that can match, by index; None when all must be looked at."""
    if isinstance(node, Condition):
        return predicates.candidates(node, table)
    found = [candidates(child, table) for child in node.children]
    known = [ids for ids in found if ids is not None]
    if node.logic == "AND":
        return min(known, key=len) if known else None
    return set().union(*known) if len(known) == len(found) else None
