"""V3 routes for rows (contracts: hap §3, rows 7-16)."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from include.simulators.hap import columns, listing, relations, render, rows
from include.simulators.hap.batches import entries_of, row_ids_of, rows_of
from include.simulators.hap.call import Call, answering
from include.simulators.hap.envelope import failure
from include.simulators.hap.errors import VALUE_ERROR, HapError
from include.simulators.hap.kinds import Family
from include.simulators.hap.pivot import pivot
from include.simulators.hap.requests import flag
from include.simulators.hap.writing import Write


async def list_rows(call: Call, ws: str) -> Response:
    """List rows."""
    return call.ok(listing.list_rows(call.store, call.sheet(ws), call.body))


async def pivot_rows(call: Call, ws: str) -> Response:
    """Aggregate rows."""
    return call.ok(pivot(call.store, call.sheet(ws), call.body))


async def create_rows(call: Call, ws: str) -> Response:
    """Create many rows."""
    sheet = call.sheet(ws)
    wanted = rows_of(call.settings, sheet, call.body)

    def operation(write: Write) -> list[str]:
        made = rows.create_many(write, sheet, wanted)
        _run_workflow(call, write, ws, made)
        return made

    return call.ok(_created(call, call.perform(operation)))


async def update_rows(call: Call, ws: str) -> Response:
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


async def delete_rows(call: Call, ws: str) -> Response:
    """Delete many rows; the answer may look like a failure (contracts: hap §0.1, point 10)."""
    sheet, wanted = call.sheet(ws), row_ids_of(call.settings, call.body)
    permanent = flag(call.body, "permanent")
    call.perform(lambda write: rows.delete(write, sheet, wanted, permanent=permanent))
    if call.settings.batch_delete_answer == "quirk":
        call.exchange.code = "0"
        return JSONResponse(failure(call.settings, 0, "成功"))
    return call.ok()


async def create_row(call: Call, ws: str) -> Response:
    """Create one row."""
    sheet, entries = call.sheet(ws), entries_of(call.body)

    def operation(write: Write) -> str:
        made = rows.create(write, sheet, entries)
        _run_workflow(call, write, ws, [made])
        return made

    return call.ok({"id": call.perform(operation)})


async def get_row(call: Call, ws: str, row: str) -> Response:
    """Read one row."""
    sheet = call.sheet(ws)
    found = rows.need(Write(call.store), sheet, row)
    shape = _shape(call, "includeSystemFields", call.settings.multi_relation_in_get)
    return call.ok(render.rows(call.store, sheet, [found], shape)[0])


async def update_row(call: Call, ws: str, row: str) -> Response:
    """Change one row."""
    sheet, entries = call.sheet(ws), entries_of(call.body)

    def operation(write: Write) -> None:
        rows.update(write, sheet, rows.need(write, sheet, row), entries)
        _run_workflow(call, write, ws, [row])

    call.perform(operation)
    answers: dict[str, object] = {"string": row, "id": {"id": row}, "none": None}
    return call.ok(answers[call.settings.update_answer])


async def delete_row(call: Call, ws: str, row: str) -> Response:
    """Delete one row."""
    sheet, permanent = call.sheet(ws), flag(call.body, "permanent")

    def operation(write: Write) -> None:
        rows.need(write, sheet, row)
        rows.delete(write, sheet, [row], permanent=permanent)

    call.perform(operation)
    return call.ok()


async def related_rows(call: Call, ws: str, row: str, field: str) -> Response:
    """List the rows behind a relation cell."""
    sheet = call.sheet(ws)
    relation = sheet.field(field)
    if relation is None or relation.family is not Family.RELATION:
        raise HapError(VALUE_ERROR, f"字段不存在: {field}")
    size, start = listing.page_of(call.store, dict(call.query))
    found = relations.related_rows(call.store, relation, rows.need(Write(call.store), sheet, row))
    target = relations.target(call.store, relation)
    shape = _shape(call, "isReturnSystemFields", call.settings.multi_relation_in_list)
    page = found[start : start + size]
    shown = render.rows(call.store, target, page, shape) if target is not None else []
    return call.ok({"rows": shown, **listing.with_total(call.store, len(found))})


def _shape(call: Call, system_flag: str, many: render.Many) -> render.Shape:
    wanted = flag(call.query, system_flag)
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


_ROWS = "/app/worksheets/{ws}/rows"
ROUTES = [
    Route(f"{_ROWS}/list", answering(list_rows), methods=["POST"]),
    Route(f"{_ROWS}/pivot", answering(pivot_rows), methods=["POST"]),
    Route(f"{_ROWS}/batch", answering(create_rows), methods=["POST"]),
    Route(f"{_ROWS}/batch", answering(update_rows), methods=["PATCH"]),
    Route(f"{_ROWS}/batch", answering(delete_rows), methods=["DELETE"]),
    Route(_ROWS, answering(create_row), methods=["POST"]),
    Route(f"{_ROWS}/{{row}}", answering(get_row), methods=["GET"]),
    Route(f"{_ROWS}/{{row}}", answering(update_row), methods=["PATCH"]),
    Route(f"{_ROWS}/{{row}}", answering(delete_row), methods=["DELETE"]),
    Route(
        f"{_ROWS}/{{row}}/relations/{{field}}",
        answering(related_rows),
        methods=["GET"],
    ),
]
