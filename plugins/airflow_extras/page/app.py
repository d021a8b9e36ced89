"""Serves the page, and the picture that it shows to people who are logged in to Airflow.

What a stranger would get wrong: Airflow mounts a plugin's routes without any login. The page itself
is public on purpose and holds no data; the one route with data asks Airflow who is calling.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.core_api.security import get_user
from airflow.sdk.exceptions import AirflowNotFoundException
from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles

from airflow_extras.hap import open_app_briefly
from connectors.errors import ConnectorError, Words
from include.dashboard.cache import Kept
from include.dashboard.several import joined
from include.dashboard.snapshot import read_snapshot
from include.shops import apps_of, read_shops

log = logging.getLogger(__name__)

_STATIC = Path(__file__).parent / "static"
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
_PRIVATE = {"Cache-Control": "no-store"}
_NOT_CONNECTED = (
    Words(
        "Airflow 里没有店铺所用的明道云连接(默认 mingdao_default)",
        "Airflow has no HAP connection of a shop (mingdao_default by default)",
    ),
    Words(
        "在 Admin → Connections 新建,类型选「明道云 HAP」",
        "add it under Admin → Connections, with the type Mingdao HAP",
    ),
)
_UNKNOWN = (
    Words("读取明道云时出错", "reading HAP failed"),
    Words("查看 api-server 的日志", "see the log of the api-server"),
)
_Next = Callable[[Request], Awaitable[Response]]


def create_app() -> FastAPI:
    """Return the page's app, with a memory of its own for the last picture."""
    app = FastAPI(title="xiaoe-mingdao", docs_url=None, redoc_url=None, openapi_url=None)
    kept = Kept(_read_every_app)

    @app.middleware("http")
    async def guard(request: Request, answer: _Next) -> Response:
        response = await answer(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    @app.get("/api/snapshot")
    def snapshot(user: Annotated[BaseUser, Depends(get_user)]) -> JSONResponse:
        """Return the picture, at most a minute old, or a sentence for people."""
        try:
            return JSONResponse(kept.get(), headers=_PRIVATE)
        except Exception as failure:
            return _sorry(failure)

    @app.get("/")
    def page() -> FileResponse:
        """Return the page, which holds no data."""
        return FileResponse(_STATIC / "index.html")

    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    return app


def _read_every_app() -> Any:  # noqa: ANN401  (JSON)
    """Read the picture of every app that a shop writes to, as one."""
    apps = apps_of(read_shops())
    return joined([read_snapshot(open_app_briefly(name), shops) for name, shops in apps.items()])


def _sorry(failure: Exception) -> JSONResponse:
    """Say what is wrong and what to do; 502 is HAP's doing, 503 a missing connection."""
    if isinstance(failure, AirflowNotFoundException):
        status, said, action = 503, *_NOT_CONNECTED
    elif isinstance(failure, ConnectorError):
        status, said, action = 502, failure.explanation, failure.action
    else:
        log.error("The page could not read HAP", exc_info=failure)
        status, said, action = 500, *_UNKNOWN
    problem = {"zh": said.zh, "en": said.en, "action_zh": action.zh, "action_en": action.en}
    return JSONResponse({"problem": problem}, status, headers=_PRIVATE)


app = create_app()
