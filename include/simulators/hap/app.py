"""The simulated service as one ASGI app: V3, V2, the page, and the control routes."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException

from include.simulators.control import control_router
from include.simulators.faults import FaultPlan
from include.simulators.gateway import CONTROL, Gateway
from include.simulators.hap import control, envelope, page, v2, v3_rows, v3_structure
from include.simulators.hap.call import Service
from include.simulators.hap.errors import GatewayError, HapError
from include.simulators.hap.names import api_name
from include.simulators.hap.settings import HapSettings
from include.simulators.hap.store import HapStore
from include.simulators.simulation import Simulation, exchange_of


def create_app(
    store: HapStore,
    settings: HapSettings | None = None,
    *,
    faults: FaultPlan | None = None,
    prefix: str = "",
) -> Gateway:
    """Return the service around `store`; `settings`, where given, replace the store's own.

    `prefix` is a path before everything, as a private deployment behind a proxy may have.
    """
    if settings is not None:
        store.settings = settings
    simulation = Simulation(
        name="hap",
        settings=store.settings,
        api_name=api_name,
        error_answer=lambda code: envelope.error_answer(store.settings, code),
        state=lambda: control.state(store),
        clock=store.clock,
        faults=faults or FaultPlan(),
    )
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.state.service = Service(store, simulation)
    for root in ("", "/api"):
        app.include_router(v3_structure.router, prefix=f"{root}/v3")
        app.include_router(v3_rows.router, prefix=f"{root}/v3")
        app.include_router(v2.router, prefix=root)
    app.include_router(control_router(simulation))
    app.include_router(control.hap_router(store))
    app.include_router(page.page_router(store))
    _handle_refusals(app, store)
    return Gateway(app, simulation, prefix=prefix)


def _handle_refusals(app: FastAPI, store: HapStore) -> None:
    @app.exception_handler(HapError)
    async def refuse(request: Request, error: HapError) -> Response:
        exchange_of(request).code = str(error.code)
        body: dict[str, Any] = envelope.failure(store.settings, error.code, error.message)
        return JSONResponse(body, status_code=error.status)

    @app.exception_handler(GatewayError)
    async def turn_away(request: Request, error: GatewayError) -> Response:
        exchange_of(request).code = str(error.status)
        text = f"<html><head><title>{error.status}</title></head><body></body></html>"
        return HTMLResponse(text, status_code=error.status)

    @app.exception_handler(HTTPException)
    async def unknown(request: Request, error: HTTPException) -> Response:
        if request.url.path.startswith(CONTROL):
            return await http_exception_handler(request, error)
        return Response(status_code=error.status_code)
