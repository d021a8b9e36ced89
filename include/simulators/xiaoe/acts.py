"""Control routes of the shop: let something happen in it, and read what is true.

`POST /_sim/act/<operation>` takes the operation's arguments as JSON, times as ISO or
`YYYY-MM-DD HH:MM:SS`; `GET /_sim/truth/<kind>` returns the records themselves. The demo uses them
on a simulator in another process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, HTTPException

from include.simulators.clock import SHANGHAI
from include.simulators.xiaoe.live import Ticker
from include.simulators.xiaoe.shop import Shop
from include.simulators.xiaoe.tokens import TokenDesk

_TIMES = frozenset({"at", "created_at", "valid_until", "registered_at"})


def acts_router(shop: Shop, tokens: TokenDesk, *, seed: int = 0) -> APIRouter:
    """Return the routes `/_sim/act/{operation}` and `/_sim/truth/{kind}`."""
    router = APIRouter(prefix="/_sim", include_in_schema=False)
    operations = _operations(shop, tokens, Ticker(shop, seed=seed))

    @router.post("/act/{operation}")
    async def act(operation: str, arguments: dict[str, Any] | None = None) -> dict[str, Any]:
        if operation not in operations:
            raise HTTPException(404, f"no such operation; there are: {', '.join(operations)}")
        try:
            with shop.lock:
                return _shown(operations[operation](**_read(arguments or {})))
        except (TypeError, ValueError, KeyError) as error:
            raise HTTPException(422, f"{type(error).__name__}: {error}") from None

    @router.get("/truth/{kind}")
    async def truth(kind: str) -> list[dict[str, Any]]:
        kinds = _kinds(shop)
        if kind not in kinds:
            raise HTTPException(404, f"no such kind; there are: {', '.join(kinds)}")
        with shop.lock:
            return [asdict(record) for record in kinds[kind]()]

    return router


def _operations(shop: Shop, tokens: TokenDesk, ticker: Ticker) -> dict[str, Callable[..., object]]:
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
