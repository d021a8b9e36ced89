"""Whose work a row is, as far as HAP tells: the pipeline's own, or also a person's.

What a stranger would get wrong: `_updatedBy` names the last one alone. A person's value may lie
under a later write of the pipeline's, so the cells are asked too.
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.errors import Bilingual
from connectors.mingdao import cells
from connectors.mingdao.models import Field as LiveField
from connectors.mingdao.models import Row
from include.destination.sheets.fields import Policy
from include.destination.sheets.fingerprint import filled_mark
from include.destination.sheets.joining import is_haps
from include.destination.sheets.sheet import Sheet
from include.destination.write.plan import HASH, read_marks

API_USER = "user-api"  # contracts: hap §7.5
# What HAP works out or shows by itself: nothing that somebody could have typed.
_WORKED_OUT = frozenset(
    {"AmountInWords", "APIQuery", "AutoNumber", "Barcode", "Button", "Concatenate", "DateFormula"}
    | {"Divider", "Embed", "Formula", "FunctionFormula", "Lookup", "QueryRecord", "Rollup"}
    | {"Section"}
)
_OF_OTHER_ROWS = frozenset({"Relation", "SubTable"})


def by_pipeline(row: Row, field: str) -> bool:
    """Tell whether a system field, `_createdBy` or `_updatedBy`, names the API."""
    user = row.cells.get(field)
    if isinstance(user, list):
        user = user[0] if user else None
    if isinstance(user, Mapping):
        user = user.get("accountId") or user.get("id")
    return user == API_USER


def others_work(sheet: Sheet, row: Row, oldest: Row) -> Bilingual | None:
    """Return what speaks against the row being the pipeline's own work alone, beside the oldest.

    Relations that nobody declared are not looked at here: lists do not tell them.
    """
    if not by_pipeline(row, "_createdBy"):
        return Bilingual("不是接口创建的", "not made by the API")
    if sheet.definition.has(HASH) and not cells.text(row.cells.get(HASH)):
        return Bilingual("不是本管道写入的（没有来源指纹）", "not written by this pipeline")
    if not by_pipeline(row, "_updatedBy"):
        return Bilingual("人工或工作流修改过", "edited by a person or a workflow")
    typed = [*_typed_over(sheet, row), *_typed_beside(sheet, row, oldest)]
    if typed:
        names = "、".join(typed)
        return Bilingual(f"有人工填写的内容：{names}", f"somebody has filled in {names}")
    lacking = _lacking(sheet, row, oldest)
    if lacking:
        names = "、".join(lacking)
        return Bilingual(f"有最早一行没有的内容：{names}", f"the oldest row has no {names}")
    return None


def undeclared_relations(sheet: Sheet, declared: frozenset[str]) -> list[LiveField]:
    """Return the relations of a worksheet that are no side of the declared ones, given by id."""
    return [
        there
        for there in sheet.live.fields
        if there.type in _OF_OTHER_ROWS and not {there.id, there.source_field} & declared
    ]


def _typed_over(sheet: Sheet, row: Row) -> list[str]:
    """Return the labels of `fill` fields that hold another value than the pipeline wrote last."""
    marks, key = read_marks(row), sheet.key_of(row)
    return [
        field.label
        for field in sheet.definition.under(Policy.FILL)
        if (held := sheet.read(row, field.alias))
        and marks.get(field.alias) != filled_mark(key, field.alias, held)  # type: ignore[arg-type]
    ]


def _typed_beside(sheet: Sheet, row: Row, oldest: Row) -> list[str]:
    """Return the names of a person's own fields that are filled; defaults are in both rows."""
    declared = {there.id for there in sheet.fields.values()}
    return [
        there.name
        for there in sheet.live.fields
        if there.id not in declared and not is_haps(there)
        if there.type not in _WORKED_OUT | _OF_OTHER_ROWS
        if (held := _raw(row, there)) and held != _raw(oldest, there)
    ]


def _lacking(sheet: Sheet, row: Row, oldest: Row) -> list[str]:
    return [
        field.label
        for field in sheet.definition.under(Policy.FILL)
        if sheet.read(row, field.alias) and not sheet.read(oldest, field.alias)
    ]


def _raw(row: Row, there: LiveField) -> object:
    cell = row.cells.get(there.alias or there.id, row.cells.get(there.id))
    return None if cell in ("", [], {}, "[]", 0, "0") else cell
