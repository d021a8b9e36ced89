"""The page at `/`: the app's worksheets in a browser, and the JSON that it reads.

It is a window for people, not part of the API: it needs no key, reads the store directly and shows
what is stored, whatever the settings make of it on the wire.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from include.simulators.control import answering
from include.simulators.hap import columns, listing, relations, render
from include.simulators.hap.errors import HapError
from include.simulators.hap.kinds import Family
from include.simulators.hap.model import Field, Row
from include.simulators.hap.store import HapStore
from include.simulators.hap.worksheet import Worksheet

JsonObject = dict[str, Any]

_ASSETS = {
    "index.html": "text/html",
    "style.css": "text/css",
    "page.js": "text/javascript",
    "cells.js": "text/javascript",
    "table.js": "text/javascript",
    "detail.js": "text/javascript",
    "edit.js": "text/javascript",
}
_SHOWN_RELATIONS = 20


class RowsWanted(BaseModel):
    """Which rows of a worksheet the page shows."""

    page: int = 1
    size: int = 50
    search: str = ""
    sort: str = ""
    asc: bool = True


def page_routes(store: HapStore) -> list[Route]:
    """Return `/` and the routes under `/_sim/view` that the page reads."""

    async def index(request: Request) -> Response:
        return _asset("index.html")

    async def asset(request: Request) -> Response:
        return _asset(request.path_params["name"])

    def sheets(request: Request, body: bytes) -> JsonObject:
        with store.lock:
            described = [_sheet(sheet) for sheet in store.sheets()]
            return {"app": store.app.name, "now": store.stamp(), "sheets": described}

    def rows(request: Request, body: bytes) -> JsonObject:
        wanted = RowsWanted.model_validate(dict(request.query_params))
        sorts = ((wanted.sort, wanted.asc),) if wanted.sort else ()
        with store.lock:
            found = _found(store, request.path_params["sheet"])
            selected = listing.select(
                store, found, listing.Query(search=wanted.search, sorts=sorts)
            )
            start = (max(wanted.page, 1) - 1) * wanted.size
            shown = [_row(store, found, row) for row in selected[start : start + wanted.size]]
            return {"total": len(selected), "rows": shown}

    def row(request: Request, body: bytes) -> JsonObject:
        with store.lock:
            found = _found(store, request.path_params["sheet"])
            chosen = found.table.get(request.path_params["rowid"])
            if chosen is None:
                raise HTTPException(404)
            return _row(store, found, chosen)

    async def opened(request: Request) -> Response:
        """Lead from the address of a row in HAP's own web client to the row on this page."""
        sheet, row = request.path_params["sheet"], request.path_params["rowid"]
        return RedirectResponse(f"../../../#{quote(sheet)}/{quote(row)}")

    return [
        Route("/", index),
        Route("/worksheet/{sheet}/row/{rowid}", opened),
        Route("/_sim/view/assets/{name}", asset),
        Route("/_sim/view/sheets", answering(sheets)),
        Route("/_sim/view/rows/{sheet}", answering(rows)),
        Route("/_sim/view/rows/{sheet}/{rowid}", answering(row)),
    ]


def _asset(name: str) -> Response:
    if name not in _ASSETS:
        raise HTTPException(404)
    content = files("include.simulators.hap").joinpath("page_assets", name).read_bytes()
    return Response(content, media_type=f"{_ASSETS[name]}; charset=utf-8")


def _found(store: HapStore, sheet: str) -> Worksheet:
    try:
        return store.sheet(sheet)
    except HapError:
        raise HTTPException(404) from None


def _sheet(sheet: Worksheet) -> JsonObject:
    return {
        "id": sheet.id,
        "name": sheet.name,
        "alias": sheet.alias,
        "rows": len(sheet.table.live()),
        "version": sheet.table.version,
        "fields": [_field(field) for field in sheet.fields],
    }


def _field(field: Field) -> JsonObject:
    return {
        "id": field.id,
        "name": field.name,
        "alias": field.alias,
        "family": field.family.value,
        "title": field.is_title,
        "hidden": field.is_hidden,
        "many": field.multiple,
        "options": [{"key": o.key, "value": o.value} for o in field.options],
    }


def _row(store: HapStore, sheet: Worksheet, row: Row) -> JsonObject:
    return {
        "rowid": row.rowid,
        "autoid": row.autoid,
        "created": f"{row.ctime} · {store.users.get(row.caid, row.caid)}",
        "updated": f"{row.utime} · {store.users.get(row.uaid, row.uaid)}",
        "cells": {field.id: _cell(store, field, row) for field in sheet.fields},
    }


def _cell(store: HapStore, field: Field, row: Row) -> object:
    if field.family is Family.RELATION:
        return _related(store, field, row)
    cell = columns.of_field(store, field).read(row)
    if isinstance(cell, tuple):
        return list(cell)
    return cell if isinstance(cell, str) else render.number_text(store, field, cell)


def _related(store: HapStore, field: Field, row: Row) -> JsonObject:
    found = relations.related_rows(store, field, row)
    shown = (
        {"row": other.rowid, "title": relations.title_of(store, field, other.rowid)}
        for other in found[:_SHOWN_RELATIONS]
    )
    return {"sheet": field.data_source, "total": len(found), "rows": list(shown)}
