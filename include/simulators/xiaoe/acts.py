"""Control routes of the shop: let something happen in it, and read what is true.

`POST /_sim/act/<operation>` takes the operation's arguments as JSON, times as ISO or
`YYYY-MM-DD HH:MM:SS`; `GET /_sim/truth/<kind>` returns the records themselves. The demo uses them
on a simulator in another process.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from include.simulators.clock import SHANGHAI
from include.simulators.control import json_response
from include.simulators.xiaoe.live import Ticker
from include.simulators.xiaoe.push.sender import PushSender
from include.simulators.xiaoe.shop import Shop
from include.simulators.xiaoe.tokens import TokenDesk

_TIMES = frozenset({"at", "created_at", "valid_until", "registered_at"})


def acts_routes(shop: Shop, tokens: TokenDesk, pushes: PushSender, *, seed: int = 0) -> list[Route]:
    """Return the routes `/_sim/act/{operation}` and `/_sim/truth/{kind}`."""
    operations = _operations(shop, tokens, pushes, Ticker(shop, seed=seed))

    async def act(request: Request) -> Response:
        operation = request.path_params["operation"]
        if operation not in operations:
            return json_response({"detail": f"there are: {', '.join(operations)}"}, 404)
        try:
            arguments = _read(json.loads(await request.body() or b"{}"))
            with shop.lock:
                return json_response(_shown(operations[operation](**arguments)))
        except (TypeError, ValueError, KeyError) as error:
            return json_response({"detail": f"{type(error).__name__}: {error}"}, 422)

    async def truth(request: Request) -> Response:
        kinds, kind = _kinds(shop), request.path_params["kind"]
        if kind not in kinds:
            return json_response({"detail": f"there are: {', '.join(kinds)}"}, 404)
        with shop.lock:
            return json_response([asdict(record) for record in kinds[kind]()])

    return [
        Route("/_sim/act/{operation}", act, methods=["POST"]),
        Route("/_sim/truth/{kind}", truth, methods=["GET"]),
    ]


def _operations(
    shop: Shop, tokens: TokenDesk, pushes: PushSender, ticker: Ticker
) -> dict[str, Callable[..., object]]:
    return {
        "tick": ticker.tick,
        "place_order": shop.place_order,
        "pay": shop.pay,
        "close": shop.close,
        "ship": shop.ship,
        "receive": shop.receive,
        "settle": shop.settle,
        "refund": shop.refund,
        "request_refund": shop.request_refund,
        "finish_refund": shop.finish_refund,
        "change_order": shop.change_order,
        "import_order": shop.import_order,
        "hide_order": shop.hide_order,
        "extend_purchase": shop.extend_purchase,
        "register_user": shop.register_user,
        "change_user": shop.change_user,
        "merge_users": shop.merge_users,
        "answer_form": shop.answer_form,
        "add_form": shop.add_form,
        "add_goods": shop.add_goods,
        "change_goods": shop.change_goods,
        "revoke_tokens": tokens.revoke_all,
        "fetch_token_elsewhere": tokens.fetch_elsewhere,
        "check_push_url": pushes.check_url,
        "count_pushes": lambda: dict(pushes.counts),
    }


def _kinds(shop: Shop) -> dict[str, Callable[[], Iterable[Any]]]:
    return {
        "orders": shop.orders.current.values,
        "users": shop.users.values,
        "goods": shop.goods.values,
        "forms": shop.forms.values,
        "answers": shop.answers.values,
        "purchases": shop.purchases.values,
        "after_sales": shop.after_sales.values,
    }


def _read(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _time(value) if name in _TIMES and value is not None else value
        for name, value in arguments.items()
    }


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def _shown(result: object) -> dict[str, Any]:
    if is_dataclass(result) and not isinstance(result, type):
        return asdict(result)
    return {"result": result}
