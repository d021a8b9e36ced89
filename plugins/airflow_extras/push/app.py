"""The address that Xiaoe-tong pushes to: /xiaoe-push/<shop> of the API server.

What a stranger would get wrong: this route is public, because the vendor has no login of Airflow.
Whoever calls must sign with the shop's token; without one in the connection there is no route. It
answers within milliseconds, because all it does is to keep the ids for the DAG `xiaoe_push`: the
vendor waits five seconds for the word `success` and repeats what was not answered so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from airflow.sdk.exceptions import AirflowNotFoundException
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse

from airflow_extras.push.inbox import keep
from connectors.errors import ConfigurationError
from connectors.xiaoe.hook import XiaoeHook
from connectors.xiaoe.push import (
    PushKeys,
    PushRefusedError,
    PushUnreadableError,
    answer_url_check,
    open_push,
)
from include.shops import ShopConfig, read_shops

log = logging.getLogger(__name__)

LARGEST_BODY = 256 * 1024  # an order snapshot is some kilobytes
_Step = Callable[[ShopConfig, PushKeys], str]


def create_app() -> FastAPI:
    """Return the receiver."""
    app = FastAPI(title="xiaoe-push", docs_url=None, redoc_url=None, openapi_url=None)

    @app.post("/{shop}")
    async def receive(shop: str, request: Request) -> Response:
        """Keep the ids of one message, and say so with the word that the vendor expects."""
        body = await _body(request)
        if body is None:
            return _said("too large", 413)
        query = dict(request.query_params)
        return await run_in_threadpool(
            _answer, shop, lambda config, keys: _received(config, keys, body, query)
        )

    @app.get("/{shop}")
    def check_url(shop: str, request: Request) -> Response:
        """Prove to the shop's console that this address is ours."""
        query = dict(request.query_params)
        return _answer(shop, lambda _, keys: answer_url_check(keys, query, datetime.now(UTC)))

    return app


def _received(config: ShopConfig, keys: PushKeys, body: bytes, query: dict[str, str]) -> str:
    message = open_push(keys, body, query, datetime.now(UTC))
    wanted = bool(message.orders or message.users)
    fresh = wanted and keep(config, message)
    told = "待同步 / to be synced" if fresh else "重复 / double" if wanted else "忽略 / ignored"
    log.info("推送 %s %s:%s", message.type, message.message_id, told)
    return "success"


def _answer(shop: str, step: _Step) -> Response:
    """Take a step with the shop's keys; a refusal tells the caller nothing."""
    config = next((one for one in read_shops() if one.name == shop), None)
    if config is None:
        return _said("not found", 404)
    try:
        keys = XiaoeHook(config.xiaoe).get_push_keys()
        return _said(step(config, keys)) if keys else _said("not found", 404)
    except AirflowNotFoundException:
        return _said("not found", 404)
    except PushRefusedError as refused:
        log.warning("拒绝了一条推送 / refused a push for %s: %s", shop, refused)
        return _said("forbidden", 403)
    except PushUnreadableError as unreadable:
        log.warning("推送无法读取 / cannot read a push for %s: %s", shop, unreadable)
        return _said("bad request", 400)
    except ConfigurationError as wrong:
        log.error("推送未能接收 / pushes cannot be received: %s", wrong)
        return _said("not configured", 503)
    except LookupError as missing:
        log.error("Airflow 还没有资产 %s:先让 DAG 加载 / no DAG is scheduled on it yet", missing)
        return _said("not ready", 503)


async def _body(request: Request) -> bytes | None:
    """Read the body; None when it is larger than any message, however long it says it is."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return body


def _said(text: str, status: int = 200) -> Response:
    return PlainTextResponse(text, status, headers={"X-Content-Type-Options": "nosniff"})


app = create_app()
