"""The address that Xiaoe-tong pushes to: /xiaoe-push/<shop> of the API server.

What a stranger would get wrong: this route is public, because the vendor has no login of Airflow.
Whoever calls must sign with the shop's token; without one in the connection there is no route. It
answers within milliseconds, because all it does is to keep the ids for the DAG `xiaoe_push`: the
vendor waits five seconds for the word `success` and repeats what was not answered so.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from airflow.sdk.exceptions import AirflowNotFoundException
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse

from airflow_extras.push.inbox import check_is_open, keep
from airflow_extras.push.refusals import RefusalLog
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
BODY_SECONDS = 5.0  # as long as the vendor waits for the answer
_Step = Callable[[ShopConfig, PushKeys], str]


def create_app(refusals: RefusalLog | None = None) -> FastAPI:
    """Return the receiver."""
    app = FastAPI(title="xiaoe-push", docs_url=None, redoc_url=None, openapi_url=None)
    noted = refusals or RefusalLog()

    @app.post("/{shop}")
    async def receive(shop: str, request: Request) -> Response:
        """Keep the ids of one message, and say so with the word that the vendor expects."""
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _body(request)
        except TimeoutError:
            return _said("too slow", 408)
        if body is None:
            return _said("too large", 413)
        query = dict(request.query_params)
        return await run_in_threadpool(
            _answer, noted, shop, lambda config, keys: _received(config, keys, body, query)
        )

    @app.get("/{shop}")
    def check_url(shop: str, request: Request) -> Response:
        """Prove to the shop's console that this address is ours."""
        query = dict(request.query_params)
        return _answer(noted, shop, lambda config, keys: _checked(config, keys, query))

    return app


def _received(config: ShopConfig, keys: PushKeys, body: bytes, query: dict[str, str]) -> str:
    message = open_push(keys, body, query, datetime.now(UTC))
    fresh = keep(config, message)
    reported = (
        "待同步 / to be synced" if fresh else "重复 / double" if message.asks else "忽略 / ignored"
    )
    log.info("推送 %s %s:%s", message.type, message.message_id, reported)
    return "success"


def _checked(config: ShopConfig, keys: PushKeys, query: dict[str, str]) -> str:
    now = datetime.now(UTC)
    echo = answer_url_check(keys, query, now)
    if not check_is_open(config, keys, now):
        raise PushRefusedError(
            "the address has been in use, so it is checked no more: see push_check_on in push.md"
        )
    return echo


def _answer(refusals: RefusalLog, shop: str, step: _Step) -> Response:
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
        refusals.note(shop, str(refused))
        return _said("forbidden", 403)
    except PushUnreadableError as unreadable:
        refusals.note(shop, str(unreadable))
        return _said("bad request", 400)
    except ConfigurationError as wrong:
        log.error("推送未能接收 / pushes cannot be received: %s", wrong)
        return _said("not configured", 503)
    except LookupError as missing:
        log.error("Airflow 还没有资产 %s：先让 DAG 加载 / no DAG is scheduled on it yet", missing)
        return _said("not ready", 503)


async def _body(request: Request) -> bytes | None:
    """Read the body; None when it is larger than any message, however long it says it is."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)


def _said(text: str, status: int = 200) -> Response:
    return PlainTextResponse(text, status, headers={"X-Content-Type-Options": "nosniff"})


app = create_app()
