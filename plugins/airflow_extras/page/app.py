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
from connectors.errors import ConnectorError
from include.dashboard.cache import Kept
from include.dashboard.snapshot import read_snapshot

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


def _read() -> dict[str, Any]:
    return read_snapshot(open_app_briefly())


_snapshot = Kept(_read)

app = FastAPI(title="xiaoe-mingdao", docs_url=None, redoc_url=None, openapi_url=None)


@app.middleware("http")
async def _guard(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await answer(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


@app.get("/api/snapshot")
def snapshot(user: Annotated[BaseUser, Depends(get_user)]) -> JSONResponse:
    """Return the picture, at most a minute old; 502 and 503 come with a sentence for people."""
    try:
        return JSONResponse(_snapshot.get(), headers={"Cache-Control": "no-store"})
    except AirflowNotFoundException:
        return _sorry(
            503,
            "Airflow 里没有连接 mingdao_default",
            "Airflow has no connection mingdao_default",
            "在 Admin → Connections 新建,类型选「明道云 HAP」",
            "add it under Admin → Connections, with the type Mingdao HAP",
        )
    except ConnectorError as error:
        said, do = error.explanation, error.action
        return _sorry(502, said.zh, said.en, do.zh, do.en)
    except Exception:
        log.exception("The page could not read HAP")
        return _sorry(
            500,
            "读取明道云时出错",
            "reading HAP failed",
            "查看 api-server 的日志",
            "see the log of the api-server",
        )


@app.get("/")
def page() -> FileResponse:
    """Return the page, which holds no data."""
    return FileResponse(_STATIC / "index.html")


app.mount("/static", StaticFiles(directory=_STATIC), name="static")


def _sorry(status: int, zh: str, en: str, action_zh: str, action_en: str) -> JSONResponse:
    told = {"zh": zh, "en": en, "action_zh": action_zh, "action_en": action_en}
    return JSONResponse({"problem": told}, status, headers={"Cache-Control": "no-store"})
