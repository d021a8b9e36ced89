"""V2 and V1 routes, as far as public clients use them (contracts: hap §13).

One route serves all V2 worksheet calls; the table at the end names them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Response

from include.simulators.hap import (
    filters,
    listing,
    relations,
    rows,
    structure_view,
    v2_cells,
    v2_filters,
    v2_structure,
)
from include.simulators.hap.call import Call, V2Call
from include.simulators.hap.errors import PARAMETER_ERROR, VALUE_ERROR, HapError
from include.simulators.hap.kinds import Family
from include.simulators.hap.model import Row
from include.simulators.hap.requests import flag, objects, strings
from include.simulators.hap.worksheet import Worksheet
from include.simulators.hap.writing import Write

JsonObject = dict[str, Any]
Handler = Callable[[Call], object]

router = APIRouter()


@router.get("/v1/open/app/get")
async def get_app(call: V2Call) -> Response:
    """Describe the app."""
    return call.ok(structure_view.app_info_v1(call.store, call.app))


@router.get("/v2/open/worksheet/getRowById")
@router.post("/v2/open/worksheet/{name}")
async def worksheet_call(call: V2Call, name: str = "getRowById") -> Response:
    """Answer any of the V2 worksheet calls."""
    handler = _HANDLERS.get(name)
    if handler is None:
        return Response(status_code=404)
    return call.ok(handler(call))


def _sheet(call: Call) -> Worksheet:
    return call.sheet(call.body.get("worksheetId"))


def _row_id(call: Call) -> str:
    rowid = call.body.get("rowId")
    if not isinstance(rowid, str) or not rowid:
        raise HapError(PARAMETER_ERROR, "参数错误: rowId")
    return rowid


def _add_worksheet(call: Call) -> object:
    call.may_write()
    made = v2_structure.create_worksheet(call.store, call.app, call.body)
    call.exchange.effect = f"structure {call.sheet(made).label} 1"
    return made


def _matching(call: Call) -> list[Row]:
    sheet, body = _sheet(call), call.body
    parser = filters.FilterParser(call.store, sheet, empties=True)
    sort = str(body.get("sortId") or "")
    query = listing.Query(
        filter=parser.parse(v2_filters.as_v3(objects(body, "filters"))),
        search=str(body.get("keyWords") or body.get("keywords") or ""),
        sorts=((sort, flag(body, "isAsc")),) if sort else (),
    )
    return listing.select(call.store, sheet, query)


def _list(call: Call) -> object:
    size, start = listing.page_of(call.store, call.body)
    found = _matching(call)
    ids_as_keys = flag(call.body, "useControlId")
    page = found[start : start + size]
    shown = v2_cells.rows(call.store, _sheet(call), page, ids_as_keys=ids_as_keys)
    total = {} if flag(call.body, "notGetTotal") else {"total": len(found)}
    return {"rows": shown, **total}


def _count(call: Call) -> object:
    return str(len(_matching(call)))


def _get(call: Call) -> object:
    sheet = _sheet(call)
    found = rows.need(Write(call.store), sheet, _row_id(call))
    return v2_cells.rows(call.store, sheet, [found])[0]


def _add(call: Call) -> object:
    sheet = _sheet(call)
    entries = v2_cells.entries(sheet, objects(call.body, "controls"))

    def operation(write: Write) -> str:
        made = rows.create(write, sheet, entries)
        _run_workflow(call, write, [made])
        return made

    return call.perform(operation)


def _add_many(call: Call) -> object:
    sheet, body = _sheet(call), call.body
    wanted = body.get("rows")
    if not isinstance(wanted, list) or not wanted:
        raise HapError(PARAMETER_ERROR, "参数错误: rows")
    entries = [v2_cells.entries(sheet, objects({"row": row}, "row")) for row in wanted]
    on_duplicate = "partial" if flag(body, "allowPartialSuccess") else None

    def operation(write: Write) -> list[str]:
        made = rows.create_many(write, sheet, entries, on_duplicate=on_duplicate)
        _run_workflow(call, write, made)
        return made

    made = call.perform(operation)
    wants_ids = flag(body, "returnRowIds") or flag(body, "ReturnRowIds")
    return made if wants_ids else len(made)


def _edit(call: Call) -> object:
    sheet, rowid = _sheet(call), _row_id(call)
    entries = v2_cells.entries(sheet, objects(call.body, "controls"))

    def operation(write: Write) -> None:
        rows.update(write, sheet, rows.need(write, sheet, rowid), entries)
        _run_workflow(call, write, [rowid])

    call.perform(operation)
    return True


def _edit_many(call: Call) -> object:
    sheet, control = _sheet(call), call.body.get("control")
    controls = [control] if isinstance(control, dict) else objects(call.body, "controls")
    entries, wanted = v2_cells.entries(sheet, controls), strings(call.body, "rowIds")

    def operation(write: Write) -> None:
        outcome = rows.update_many(write, sheet, wanted, entries)
        _run_workflow(call, write, outcome.done)

    call.perform(operation)
    return True


def _delete(call: Call) -> object:
    sheet, wanted = _sheet(call), _row_id(call).split(",")
    permanent = flag(call.body, "thoroughDelete") or flag(call.body, "ThoroughDelete")
    call.perform(lambda write: rows.delete(write, sheet, wanted, permanent=permanent))
    return True


def _related(call: Call) -> object:
    sheet = _sheet(call)
    field = sheet.field(call.body.get("controlId"))
    if field is None or field.family is not Family.RELATION:
        raise HapError(VALUE_ERROR, "字段不存在")
    size, start = listing.page_of(call.store, call.body)
    row = rows.need(Write(call.store), sheet, _row_id(call))
    found = relations.related_rows(call.store, field, row)
    target = relations.target(call.store, field)
    page = found[start : start + size]
    shown = v2_cells.rows(call.store, target, page) if target is not None else []
    return {"rows": shown, "total": len(found)}


def _run_workflow(call: Call, write: Write, rowids: list[str]) -> None:
    if flag(call.body, "triggerWorkflow", default=True):
        rows.run_workflow(write, _sheet(call), rowids)


_HANDLERS: dict[str, Handler] = {
    "addWorksheet": _add_worksheet,
    "getWorksheetInfo": lambda call: v2_structure.worksheet_info(_sheet(call)),
    "getFilterRows": _list,
    "getFilterRowsTotalNum": _count,
    "getRowById": _get,
    "getRowByIdPost": _get,
    "addRow": _add,
    "addRows": _add_many,
    "editRow": _edit,
    "editRows": _edit_many,
    "deleteRow": _delete,
    "getRowRelations": _related,
}
