"""Reading the bodies of row writes, and the limits on batches (contracts: hap §8.1)."""

from __future__ import annotations

from typing import Any

from include.simulators.hap.errors import PARAMETER_ERROR, VALUE_ERROR, HapError
from include.simulators.hap.kinds import Family
from include.simulators.hap.requests import objects, strings
from include.simulators.hap.settings import HapSettings
from include.simulators.hap.worksheet import Worksheet

JsonObject = dict[str, Any]
MAX_BATCH = 1000


def entries_of(body: JsonObject, *, update_type_required: bool = False) -> list[JsonObject]:
    """Read `fields`.

    Raises:
        HapError: 10001 when it is missing, or an `updateType` where one is required.
    """
    if body.get("fields") is None:
        raise HapError(PARAMETER_ERROR, "参数错误: fields")
    entries = objects(body, "fields")
    if update_type_required and any("updateType" not in entry for entry in entries):
        raise HapError(PARAMETER_ERROR, "参数错误: updateType")
    return entries


def rows_of(settings: HapSettings, sheet: Worksheet, body: JsonObject) -> list[list[JsonObject]]:
    """Read the `rows` of a batch create.

    Raises:
        HapError: 10001 when there are none, 10002 when there are too many.
    """
    rows = [entries_of(row) for row in objects(body, "rows")]
    if not rows:
        raise HapError(PARAMETER_ERROR, "参数错误: rows")
    most = settings.max_batch_with_relations
    if most is not None and len(rows) > most and any(_relates(sheet, row) for row in rows):
        raise HapError(VALUE_ERROR, "批量写入关联字段超出上限")
    return rows[: _allowed(settings, len(rows))]


def row_ids_of(settings: HapSettings, body: JsonObject) -> list[str]:
    """Read the `rowIds` of a batch update or delete.

    Raises:
        HapError: 10001 when there are none, 10002 when there are too many.
    """
    rowids = strings(body, "rowIds")
    if not rowids:
        raise HapError(PARAMETER_ERROR, "参数错误: rowIds")
    return rowids[: _allowed(settings, len(rowids))]


def _allowed(settings: HapSettings, count: int) -> int:
    if count > MAX_BATCH and settings.oversized_batch == "refuse":
        raise HapError(VALUE_ERROR, "批量操作超出上限")
    return MAX_BATCH


def _relates(sheet: Worksheet, row: list[JsonObject]) -> bool:
    fields = (sheet.field(entry.get("id")) for entry in row)
    return any(field is not None and field.family is Family.RELATION for field in fields)
