"""The `{code, msg, data}` envelope, and the answers that come without it."""

from __future__ import annotations

from starlette.responses import Response

from include.simulators.json_body import json_body
from include.simulators.xiaoe.call import UNSET, ApiError, error_text
from include.simulators.xiaoe.dialect import Dialect, Json
from include.simulators.xiaoe.settings import XiaoeSettings

_LIMITED_STATUS = {"http_429": 429, "http_503": 503}


def success(settings: XiaoeSettings, dialect: Dialect, data: Json) -> Response:
    """Return an answer with data."""
    return _json({"code": _code(settings, 0), "msg": dialect.message(), "data": data}, 200)


def failure(settings: XiaoeSettings, dialect: Dialect, error: ApiError) -> Response:
    """Return a business error: HTTP 200 unless the settings say otherwise."""
    if error.code == 2053 and settings.rate_answer != "code":
        return _limited(settings)
    data = dialect.error_data() if error.data is UNSET else error.data
    body = {"code": _code(settings, error.code), "msg": error.msg, "data": data}
    return _json(body, settings.error_status)


def error_answer(code: int) -> tuple[int, Json]:
    """Return status and body of an error that a fault plan asks for."""
    return 200, {"code": code, "msg": error_text(code), "data": None}


def _code(settings: XiaoeSettings, code: int) -> Json:
    return str(code) if settings.code_as_string else code


def _limited(settings: XiaoeSettings) -> Response:
    headers = {}
    if settings.rate_retry_after is not None:
        headers["retry-after"] = str(settings.rate_retry_after)
    status = _LIMITED_STATUS[settings.rate_answer]
    page = f"<html><body><h1>{status}</h1></body></html>"
    return Response(page, status, headers, media_type="text/html")


def _json(body: Json, status: int) -> Response:
    return Response(json_body(body), status, media_type="application/json")
