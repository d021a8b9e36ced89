"""The Xiaoe-tong open API as an app that can be served.

Routes come from the table in `endpoints`; each accepts every method, for the vendor answers a wrong
one with its own code 2055 and not with HTTP 405.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from include.simulators.control import control_routes
from include.simulators.gateway import Gateway
from include.simulators.simulation import Simulation, exchange_of
from include.simulators.xiaoe.acts import acts_routes
from include.simulators.xiaoe.desk import Desk
from include.simulators.xiaoe.endpoints import api_name, endpoint_of
from include.simulators.xiaoe.envelope import error_answer
from include.simulators.xiaoe.push.sender import PushSender
from include.simulators.xiaoe.rates import RateDesk
from include.simulators.xiaoe.settings import XiaoeSettings
from include.simulators.xiaoe.shop import Shop
from include.simulators.xiaoe.tokens import TokenDesk

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]


class XiaoeApp(Gateway):
    """The simulator, with its parts at hand for a test in the same process."""

    def __init__(
        self,
        app: Starlette,
        simulation: Simulation,
        desk: Desk,
        pushes: PushSender,
        prefix: str,
    ) -> None:
        super().__init__(app, simulation, prefix=prefix)
        self.shop = desk.shop
        self.settings = desk.settings
        self.tokens = desk.tokens
        self.pushes = pushes


def create_app(
    shop: Shop | None = None,
    settings: XiaoeSettings | None = None,
    *,
    prefix: str = "",
    seed: int = 0,
) -> XiaoeApp:
    """Return the API over a shop; it runs on the shop's clock, below `prefix` if one is given."""
    settings = settings or XiaoeSettings()
    shop = shop or Shop(settings.app_id)
    shop.rules = settings
    tokens = TokenDesk(settings, shop.clock, seed=seed)
    desk = Desk(shop, settings, tokens, RateDesk(settings, shop.clock))
    simulation = Simulation(
        name="xiaoe",
        settings=settings,
        api_name=api_name,
        error_answer=error_answer,
        state=shop.counts,
        clock=shop.clock,
    )
    pushes = PushSender(shop, settings, seed=seed)
    app = Starlette(
        routes=[
            *_api_routes(desk),
            *control_routes(simulation),
            *acts_routes(shop, tokens, pushes, seed=seed),
            Route("/{path:path}", _handler(desk), methods=_METHODS),
        ]
    )
    return XiaoeApp(app, simulation, desk, pushes, prefix)


def _api_routes(desk: Desk) -> list[Route]:
    async def token(request: Request) -> Response:
        return desk.token(exchange_of(request), dict(request.query_params), _address(request))

    return [
        # One route for all: the router tries them in turn.
        Route("/xe.{path:path}", _handler(desk), methods=_METHODS),
        # Both roots were seen in clients (contracts: xiaoe §1).
        Route("/api/xe.{path:path}", _handler(desk), methods=_METHODS),
        Route("/token", token, methods=_METHODS),
    ]


def _handler(desk: Desk) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        endpoint = endpoint_of(request.scope["path"])
        return desk.business(exchange_of(request), endpoint, _address(request))

    return handle


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
