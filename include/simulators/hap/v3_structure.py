"""V3 routes for the app, its worksheets and its option sets (contracts: hap §3, 1-6 and 18)."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Response

from include.simulators.hap import optionsets, structure, structure_view
from include.simulators.hap.call import Call, V3Call
from include.simulators.hap.errors import DATA_ERROR, HapError
from include.simulators.hap.requests import strings
from include.simulators.hap.worksheet import Worksheet

router = APIRouter()


@router.get("/app")
async def get_app(call: V3Call) -> Response:
    """Describe the app, its sections and what is in them."""
    return call.ok(structure_view.app_info(call.store, call.app))


@router.post("/app/worksheets/list")
async def list_worksheets(call: V3Call) -> Response:
    """List worksheets: JSON only where it is asked for, one text otherwise."""
    wanted, markdown = strings(call.body, "worksheets"), call.body.get("responseFormat") != "json"
    return call.ok(structure_view.worksheets(call.store, call.app, wanted, markdown=markdown))


@router.post("/app/worksheets")
async def create_worksheet(call: V3Call) -> Response:
    """Create a worksheet."""
    call.may_write()
    await asyncio.sleep(call.settings.structure_edit_s)
    sheet = structure.create_worksheet(call.store, call.app, call.body)
    call.exchange.effect = f"structure {sheet.label} 1"
    return call.ok({"worksheetId": sheet.id})


@router.get("/app/worksheets/{ws}")
async def get_worksheet(ws: str, call: V3Call, responseFormat: str = "json") -> Response:  # noqa: N803 - the API's own word
    """Describe a worksheet."""
    sheet = call.sheet(ws)
    if responseFormat == "md":
        return call.ok(structure_view.structure_markdown(sheet))
    return call.ok(structure_view.structure(call.store, sheet))


@router.post("/app/worksheets/{ws}")
async def edit_worksheet(ws: str, call: V3Call) -> Response:
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


@router.delete("/app/worksheets/{ws}")
async def delete_worksheet(ws: str, call: V3Call) -> Response:
    """Delete a worksheet with all its rows."""
    call.may_write()
    sheet = call.sheet(ws)
    structure.delete_worksheet(call.store, sheet)
    call.exchange.effect = f"structure {sheet.label} 1"
    return call.ok()


@router.get("/app/optionsets")
async def list_option_sets(call: V3Call) -> Response:
    """List the option sets in use."""
    found = [s for s in call.store.option_sets.values() if not s.disabled]
    return call.ok({"optionsets": [structure_view.option_set(s, call.app) for s in found]})


@router.post("/app/optionsets")
async def create_option_set(call: V3Call) -> Response:
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
