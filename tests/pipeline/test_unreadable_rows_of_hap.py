"""A row of HAP that does not say which record it is costs that record alone, without a double."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.in_process import mount
from tests.pipeline import oracle
from tests.pipeline.nights import error_rows, night
from tests.pipeline.world import World


class OddRows:
    """Stands before the simulated HAP, and spoils one row of what it answers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.spoil: Callable[[dict[str, Any]], None] = lambda _: None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer: list[Message] = []

        async def collect(message: Message) -> None:
            answer.append(message)

        await self.app(scope, receive, collect)
        body = b"".join(message.get("body", b"") for message in answer[1:])
        if scope["path"].endswith("/rows/list"):
            told = json.loads(body)
            for row in told["data"]["rows"]:
                self.spoil(row)
            body = json.dumps(told).encode()
        head = answer[0]
        kept = [(k, v) for k, v in head["headers"] if k.lower() != b"content-length"]
        kept.append((b"content-length", str(len(body)).encode()))
        await send({**head, "headers": kept})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture
def world(world_of_ten: World) -> World:
    world_of_ten.base_data()
    world_of_ten.live()
    return world_of_ten


def without_id(row: dict[str, Any]) -> None:
    for name in ("rowId", "rowid", "id", "_id"):
        row.pop(name, None)


@pytest.mark.parametrize("spoil", [without_id, lambda row: row.update(order_id={"a": 1})])
def test_an_order_whose_row_cannot_be_read_is_recorded_and_not_doubled(world, ten, spoil):
    odd = OddRows(world.apps[1])
    odd.spoil = lambda row: spoil(row) if row.get("order_id") == ten.orders[3] else None
    mount(odd, world.hap_url)
    for order_id in ten.orders:
        ten.shop.settle(order_id)
    assert world.live() is not None
    assert error_rows(world).keys() == {ten.orders[3]}
    assert oracle.duplicates(world.store) == []
    differing = {one.split(".")[0] for one in oracle.differences(ten.shop, world.store)}
    assert differing == {ten.orders[3]}
    assert not night(world).green
    assert oracle.duplicates(world.store) == []
    odd.spoil = lambda _: None
    world.live()
    assert oracle.differences(ten.shop, world.store) == []
    assert error_rows(world).keys() == set()
    assert night(world).green


def test_a_good_whose_row_cannot_be_read_is_not_doubled(world, ten):
    odd = OddRows(world.apps[1])
    odd.spoil = lambda row: without_id(row) if row.get("goods_id") == ten.goods[3] else None
    mount(odd, world.hap_url)
    order = ten.shop.place_order(ten.users[0], ten.goods[3])
    ten.shop.pay(order.order_id)
    world.live()
    assert oracle.duplicates(world.store) == []
    assert error_rows(world).keys() >= {ten.goods[3], order.order_id}
    odd.spoil = lambda _: None
    world.live()
    night(world)
    assert oracle.differences(ten.shop, world.store) == []
    assert error_rows(world).keys() == set()
