"""V3 routes for rows (contracts: hap §3, rows 7-16)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from include.simulators.hap import columns, listing, relations, render, rows
from include.simulators.hap.batches import entries_of, row_ids_of, rows_of
from include.simulators.hap.call import Call, V3Call
from include.simulators.hap.envelope import failure
from include.simulators.hap.errors import VALUE_ERROR, HapError
from include.simulators.hap.kinds import Family
from include.simulators.hap.pivot import pivot
from include.simulators.hap.requests import flag
from include.simulators.hap.writing import Write

router = APIRouter(prefix="/app/worksheets/{ws}/rows")


@router.post("/list")
async def list_rows(ws: str, call: V3Call) -> Response:
    """List rows."""
    return call.ok(listing.list_rows(call.store, call.sheet(ws), call.body))


@router.post("/pivot")
async def pivot_rows(ws: str, call: V3Call) -> Response:
    """Aggregate rows."""
    return call.ok(pivot(call.store, call.sheet(ws), call.body))


@router.post("/batch")
async def create_rows(ws: str, call: V3Call) -> Response:
    """Create many rows."""
    sheet = call.sheet(ws)
    wanted = rows_of(call.settings, sheet, call.body)

    def operation(write: Write) -> list[str]:
        made = rows.create_many(write, sheet, wanted)
        _run_workflow(call, write, ws, made)
        return made

    return call.ok(_created(call, call.perform(operation)))


@router.patch("/batch")
async def update_rows(ws: str, call: V3Call) -> Response:
    """Give many rows the same values."""
    sheet, wanted = call.sheet(ws), row_ids_of(call.settings, call.body)
    insists = call.settings.batch_update_type_required
    entries = entries_of(call.body, update_type_required=insists)

    def operation(write: Write) -> rows.Outcome:
        outcome = rows.update_many(write, sheet, wanted, entries)
        _run_workflow(call, write, ws, outcome.done)
        return outcome

    outcome = call.perform(operation)
    done_key = call.settings.batch_update_key
    return call.ok({"failedRowIds": outcome.failed, done_key: outcome.done})


@router.delete("/batch")
async def delete_rows(ws: str, call: V3Call) -> Response:
    """Delete many rows; the answer may look like a failure (contracts: hap §0.1, point 10)."""
    sheet, wanted = call.sheet(ws), row_ids_of(call.settings, call.body)
    permanent = flag(call.body, "permanent")
    call.perform(lambda write: rows.delete(write, sheet, wanted, permanent=permanent))
    if call.settings.batch_delete_answer == "quirk":
        call.exchange.code = "0"
        return JSONResponse(failure(call.settings, 0, "成功"))
    return call.ok()


@router.post("")
async def create_row(ws: str, call: V3Call) -> Response:
    """Create one row."""
    sheet, entries = call.sheet(ws), entries_of(call.body)

    def operation(write: Write) -> str:
        made = rows.create(write, sheet, entries)
        _run_workflow(call, write, ws, [made])
        return made

    return call.ok({"id": call.perform(operation)})


@router.get("/{row}")
async def get_row(ws: str, row: str, call: V3Call, request: Request) -> Response:
    """Read one row."""
    sheet = call.sheet(ws)
    found = rows.need(Write(call.store), sheet, row)
    shape = _shape(request, "includeSystemFields", call.settings.multi_relation_in_get)
    return call.ok(render.rows(call.store, sheet, [found], shape)[0])


@router.patch("/{row}")
async def update_row(ws: str, row: str, call: V3Call) -> Response:
    """Change one row."""
    sheet, entries = call.sheet(ws), entries_of(call.body)

    def operation(write: Write) -> None:
        rows.update(write, sheet, rows.need(write, sheet, row), entries)
        _run_workflow(call, write, ws, [row])

    call.perform(operation)
    answers: dict[str, object] = {"string": row, "id": {"id": row}, "none": None}
    return call.ok(answers[call.settings.update_answer])


@router.delete("/{row}")
async def delete_row(ws: str, row: str, call: V3Call) -> Response:
    """Delete one row."""
    sheet, permanent = call.sheet(ws), flag(call.body, "permanent")

    def operation(write: Write) -> None:
        rows.need(write, sheet, row)
        rows.delete(write, sheet, [row], permanent=permanent)

    call.perform(operation)
    return call.ok()


@router.get("/{row}/relations/{field}")
async def related_rows(ws: str, row: str, field: str, call: V3Call, request: Request) -> Response:
    """List the rows behind a relation cell."""
    sheet = call.sheet(ws)
    relation = sheet.field(field)
    if relation is None or relation.family is not Family.RELATION:
        raise HapError(VALUE_ERROR, f"字段不存在: {field}")
    size, start = listing.page_of(call.store, dict(request.query_params))
    found = relations.related_rows(call.store, relation, rows.need(Write(call.store), sheet, row))
    target = relations.target(call.store, relation)
    shape = _shape(request, "isReturnSystemFields", call.settings.multi_relation_in_list)
    page = found[start : start + size]
    shown = render.rows(call.store, target, page, shape) if target is not None else []
    return call.ok({"rows": shown, **listing.with_total(call.store, len(found))})


def _shape(request: Request, system_flag: str, many: render.Many) -> render.Shape:
    wanted = flag(dict(request.query_params), system_flag)
    return render.Shape(system_fields=columns.SYSTEM_IDS if wanted else frozenset(), many=many)


def _run_workflow(call: Call, write: Write, ws: str, rowids: list[str]) -> None:
    if flag(call.body, "triggerWorkflow", default=True):
        rows.run_workflow(write, call.sheet(ws), rowids)


def _created(call: Call, made: list[str]) -> object:
    if call.settings.batch_create_order == "shuffled":
        made = call.store.ids.shuffled(made)
    answers: dict[str, object] = {
        "rowIds": {"rowIds": made},
        "rows": {"rows": [{"id": rowid} for rowid in made]},
        "none": None,
    }
    return answers[call.settings.batch_create_answer]
