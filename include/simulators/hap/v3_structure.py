"""V3 routes for the app, its worksheets and its option sets (contracts: hap §3, 1-6 and 18)."""

from __future__ import annotations

import asyncio

from starlette.responses import Response
from starlette.routing import Route

from include.simulators.hap import optionsets, structure, structure_view
from include.simulators.hap.call import Call, answering
from include.simulators.hap.errors import DATA_ERROR, HapError
from include.simulators.hap.requests import strings
from include.simulators.hap.worksheet import Worksheet


async def get_app(call: Call) -> Response:
    """Describe the app, its sections and what is in them."""
    return call.ok(structure_view.app_info(call.store, call.app))


async def list_worksheets(call: Call) -> Response:
    """List worksheets: JSON only where it is asked for, one text otherwise."""
    wanted, markdown = strings(call.body, "worksheets"), call.body.get("responseFormat") != "json"
    return call.ok(structure_view.worksheets(call.store, call.app, wanted, markdown=markdown))


async def create_worksheet(call: Call) -> Response:
    """Create a worksheet."""
    call.may_write()
    await asyncio.sleep(call.settings.structure_edit_s)
    sheet = structure.create_worksheet(call.store, call.app, call.body)
    call.exchange.effect = f"structure {sheet.label} 1"
    return call.ok({"worksheetId": sheet.id})


async def get_worksheet(call: Call, ws: str) -> Response:
    """Describe a worksheet."""
    sheet = call.sheet(ws)
    if call.query.get("responseFormat") == "md":
        return call.ok(structure_view.structure_markdown(sheet))
    return call.ok(structure_view.structure(call.store, sheet))


async def edit_worksheet(call: Call, ws: str) -> Response:
    """Edit a worksheet; edits that overlap in time may be refused as stale."""
    call.may_write()
    sheet = call.sheet(ws)
    involved = structure.touched(call.store, sheet, call.body)
    await _take_turns(call, involved)
    try:
        await asyncio.sleep(call.settings.structure_edit_s)
        structure.edit_worksheet(call.store, sheet, call.body)
    finally:
        for other in involved:
            other.busy = False
    call.exchange.effect = f"structure {sheet.label} 1"
    return call.ok()


async def delete_worksheet(call: Call, ws: str) -> Response:
    """Delete a worksheet with all its rows."""
    call.may_write()
    sheet = call.sheet(ws)
    structure.delete_worksheet(call.store, sheet)
    call.exchange.effect = f"structure {sheet.label} 1"
    return call.ok()


async def list_option_sets(call: Call) -> Response:
    """List the option sets in use."""
    found = [s for s in call.store.option_sets.values() if not s.disabled]
    return call.ok({"optionsets": [structure_view.option_set(s, call.app) for s in found]})


async def create_option_set(call: Call) -> Response:
    """Create an option set."""
    call.may_write()
    return call.ok({"optionsetId": optionsets.create(call.store, call.body).id})


async def _take_turns(call: Call, involved: list[Worksheet]) -> None:
    while any(sheet.busy for sheet in involved):
        if call.settings.structure_overlap == "stale":
            raise HapError(DATA_ERROR, "数据过时")
        await asyncio.sleep(0.005)
    for sheet in involved:
        sheet.busy = True


ROUTES = [
    Route("/app", answering(get_app), methods=["GET"]),
    Route("/app/worksheets/list", answering(list_worksheets), methods=["POST"]),
    Route("/app/worksheets", answering(create_worksheet), methods=["POST"]),
    Route("/app/worksheets/{ws}", answering(get_worksheet), methods=["GET"]),
    Route("/app/worksheets/{ws}", answering(edit_worksheet), methods=["POST"]),
    Route("/app/worksheets/{ws}", answering(delete_worksheet), methods=["DELETE"]),
    Route("/app/optionsets", answering(list_option_sets), methods=["GET"]),
    Route("/app/optionsets", answering(create_option_set), methods=["POST"]),
]
