"""Serves the page, and the picture that it shows to people who are logged in to Airflow.

What a stranger would get wrong: Airflow mounts a plugin's routes without any login. The page itself
is public on purpose and holds no data; the one route with data asks Airflow who is calling, and
whether he may read the orders DAG of each shop. A picture is kept for each set of shops.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.core_api.security import get_user
from airflow.sdk.exceptions import AirflowNotFoundException
from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles

from airflow_extras.hap import open_app_briefly
from connectors.errors import Bilingual, ConnectorError
from include.shops import apps_of, read_shops
from include.status.cache import Kept
from include.status.conclusion import system_of
from include.status.several import joined
from include.status.snapshot import Json, empty_picture, read_snapshot

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
    Bilingual(
        "Airflow 里没有店铺所用的明道云连接（默认 mingdao_default）",
        "Airflow has no HAP connection of a shop (mingdao_default by default)",
    ),
    Bilingual(
        "在 Admin → Connections 新建，类型选「明道云 HAP」",
        "add it under Admin → Connections, with the type Mingdao HAP",
    ),
)
_NOT_ALLOWED = (
    Bilingual(
        "您没有权限查看任何店铺的订单 DAG(xiaoe_orders)",
        "you may not read the orders DAG (xiaoe_orders) of any shop",
    ),
    Bilingual("请管理员授予该 DAG 的读取权限", "ask an administrator for read access to it"),
)
_UNKNOWN = (
    Bilingual("读取明道云时出错", "reading HAP failed"),
    Bilingual("查看 api-server 的日志", "see the log of the api-server"),
)
_Next = Callable[[Request], Awaitable[Response]]


def create_app() -> FastAPI:
    """Return the page's app, with a memory of its own for the last picture."""
    app = FastAPI(title="xiaoe-mingdao", docs_url=None, redoc_url=None, openapi_url=None)
    kept: dict[frozenset[str], Kept[Json]] = {}

    @app.middleware("http")
    async def guard(request: Request, answer: _Next) -> Response:
        response = await answer(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    @app.get("/api/snapshot")
    def snapshot(user: Annotated[BaseUser, Depends(get_user)]) -> JSONResponse:
        """Return the picture, at most a minute old, or a sentence and what was known last."""
        try:
            names = _readable(user)
        except Exception as failure:
            return _sorry(failure, {})
        if not names:
            return _problem(403, *_NOT_ALLOWED)
        picture = kept.setdefault(names, Kept(lambda: _read_apps_of(names)))
        try:
            return JSONResponse(picture.get(), headers=_PRIVATE)
        except Exception as failure:
            shops = [shop for shop in read_shops() if shop.name in names]
            return _sorry(failure, picture.last or empty_picture(shops))

    @app.get("/")
    def page() -> FileResponse:
        """Return the page, which holds no data."""
        return FileResponse(_STATIC / "index.html")

    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    return app


def _readable(user: BaseUser) -> frozenset[str]:
    """Return the names of the shops whose orders DAG Airflow lets this user read."""
    shops = {shop.suffixed("xiaoe_orders"): shop.name for shop in read_shops()}
    allowed = get_auth_manager().filter_authorized_dag_ids(dag_ids=set(shops), user=user)
    return frozenset(shops[dag_id] for dag_id in allowed)


def _read_apps_of(names: frozenset[str]) -> Json:
    """Read the picture of every app that one of these shops writes to, as one."""
    every = apps_of(read_shops())
    seen = {app: [one for one in shops if one.name in names] for app, shops in every.items()}
    return joined(
        [
            read_snapshot(open_app_briefly(app), shops, others=len(shops) == len(every[app]))
            for app, shops in seen.items()
            if shops
        ]
    )


def _sorry(failure: Exception, last: Json) -> JSONResponse:
    """Show what was known last, and say what is wrong and what to do.

    502 is HAP's doing, 503 a missing connection.
    """
    if isinstance(failure, AirflowNotFoundException):
        status, said, action = 503, *_NOT_CONNECTED
    elif isinstance(failure, ConnectorError):
        system, said = system_of(failure.api), failure.explanation
        status, action = 502, failure.action
        if system.zh:
            said = Bilingual(f"{system.zh}：{said.zh}", f"{system.en}: {said.en}")
    else:
        log.error("The page could not read HAP", exc_info=failure)
        status, said, action = 500, *_UNKNOWN
    return _problem(status, said, action, last)


def _problem(
    status: int, said: Bilingual, action: Bilingual, last: Json | None = None
) -> JSONResponse:
    problem = {"zh": said.zh, "en": said.en, "action_zh": action.zh, "action_en": action.en}
    return JSONResponse({**(last or {}), "problem": problem}, status, headers=_PRIVATE)


app = create_app()
