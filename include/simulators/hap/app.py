"""The simulated service as one ASGI app: V3, the page, and the control routes.

The routes are plain Starlette ones: FastAPI's take forty times as long to build, which every test
does, and a third of a call.
"""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount

from include.simulators.control import control_routes
from include.simulators.faults import FaultPlan
from include.simulators.gateway import CONTROL, Gateway
from include.simulators.hap import control, envelope, page, v3_rows, v3_structure
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
    api = [*v3_rows.ROUTES, *v3_structure.ROUTES]  # the router tries them in turn
    app = Starlette(
        routes=[
            *(Mount(f"{root}/v3", routes=api) for root in ("", "/api")),
            *control_routes(simulation),
            *control.hap_routes(store),
            *page.page_routes(store),
        ],
        exception_handlers=_refusals(store),
    )
    app.state.service = Service(store, simulation)
    return Gateway(app, simulation, prefix=prefix)


def _refusals(store: HapStore) -> dict[Any, Any]:
    async def refuse(request: Request, error: HapError) -> Response:
        exchange_of(request).code = str(error.code)
        body: dict[str, Any] = envelope.failure(store.settings, error.code, error.message)
        return JSONResponse(body, status_code=error.status)

    async def turn_away(request: Request, error: GatewayError) -> Response:
        exchange_of(request).code = str(error.status)
        text = f"<html><head><title>{error.status}</title></head><body></body></html>"
        return HTMLResponse(text, status_code=error.status)

    async def unknown(request: Request, error: HTTPException) -> Response:
        if request.url.path.startswith(CONTROL):
            return PlainTextResponse(error.detail, error.status_code)
        return Response(status_code=error.status_code)

    return {HapError: refuse, GatewayError: turn_away, HTTPException: unknown}
