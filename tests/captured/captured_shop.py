"""A shop that answers with captured rows; imports no simulator, and knows nothing but its rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.captured.rows import captured_orders

ROWS = captured_orders()
APP_ID = ROWS[0]["order_info"]["app_id"]


def captured_shop(rows: list[dict[str, Any]] | None = None) -> Starlette:
    """Return the shop's API; `rows` may be changed between two calls."""
    shown = ROWS if rows is None else rows

    async def token(_: Request) -> JSONResponse:
        return _answer({"access_token": "xe_captured", "expires_in": 7200})

    async def call(request: Request) -> JSONResponse:
        asked = await request.json()
        api = request.path_params["api"]
        if api == "xe.ecommerce.order.list":
            return _answer(_orders(shown, asked))
        if api == "xe.order.detail":
            return _answer(_detail(shown, asked["order_id"]))
        if api == "xe.user.batch.get":
            return _answer(_users(shown, asked))
        if api == "xe.goods.list.get":
            return _answer(_goods(shown, asked))
        if api == "xe.user.info.get":
            return _answer({"user_id": asked["user_id"]})
        lists = ("list", "collection_list", "form_list")
        return _answer({"total": 0, "row_count": 0, **{name: [] for name in lists}})

    return Starlette(
        routes=[
            Route("/token", token, methods=["GET", "POST"]),
            Route("/{api}/{version}", call, methods=["POST"]),
        ]
    )


def _orders(rows: list[dict[str, Any]], asked: Mapping[str, Any]) -> dict[str, Any]:
    found = list(rows)
    for column in ("created_time", "update_time"):
        since, until = asked.get(f"{column}_start"), asked.get(f"{column}_end")
        if since and until:
            found = [row for row in found if since <= row["order_info"][column] <= until]
            found.sort(key=lambda row: row["order_info"][column])
    if asked.get("order_id"):
        found = [row for row in found if row["order_info"]["order_id"] == asked["order_id"]]
    page, size = int(asked["page"]), int(asked["page_size"])
    part = found[(page - 1) * size : page * size]
    return {"page": page, "page_size": size, "total": len(found), "list": part}


def _detail(rows: list[dict[str, Any]], order_id: str) -> dict[str, Any]:
    row = next(row["order_info"] for row in rows if row["order_info"]["order_id"] == order_id)
    told = {"order_id": order_id, "created_at": row["created_time"]}
    return {"order_info": told, "distribute_info": []}


def _users(rows: list[dict[str, Any]], asked: Mapping[str, Any]) -> dict[str, Any]:
    users = [
        {
            "user_id": row["order_info"]["user_id"],
            "user_nickname": row["buyer_info"]["nickname"],
            "user_created_at": "2025-07-01 00:00:00",
            "es_skip": {"id": number, "user_created_at": "2025-07-01 00:00:00"},
        }
        for number, row in enumerate(rows)
    ]
    return {"total": len(users), "list": [] if asked.get("es_skip") else users}


def _goods(rows: list[dict[str, Any]], asked: Mapping[str, Any]) -> dict[str, Any]:
    """List what was sold, without the bundles: what the catalogue says of them is not known."""
    lines = {line["resource_id"]: line for row in rows for line in row["good_list"]}
    names = ("resource_id", "resource_type", "goods_name", "spu_id", "spu_type")
    goods = [
        {name: line[name] for name in names} for line in lines.values() if line["spu_type"] != "COP"
    ]
    return {"total": len(goods), "list": goods if int(asked["page"]) == 1 else []}


def _answer(data: Any) -> JSONResponse:
    return JSONResponse({"code": 0, "msg": "success", "data": data})
