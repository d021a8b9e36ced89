"""One API call on its way through the gates: size, rate, quota, address, key, body.

A handler receives a `Call` that has passed them and holds the store's lock until the answer is
made. The key comes in headers (contracts: hap §2).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from include.simulators.hap import envelope
from include.simulators.hap.errors import (
    KEY_UNKNOWN,
    NO_PERMISSION,
    OVER_LIMIT,
    PARAMETER_ERROR,
    QUOTA_USED,
    SIGN_WRONG,
    THROTTLED,
    GatewayError,
    HapError,
)
from include.simulators.hap.limits import RateLimit
from include.simulators.hap.model import App, Key
from include.simulators.hap.names import is_row_call
from include.simulators.hap.requests import json_object
from include.simulators.hap.settings import HapSettings
from include.simulators.hap.store import Fate, HapStore
from include.simulators.hap.worksheet import Worksheet
from include.simulators.hap.writing import Write
from include.simulators.json_body import json_body
from include.simulators.simulation import Exchange, Simulation, exchange_of

JsonObject = dict[str, Any]
Result = TypeVar("Result")

_OVER_LIMIT = {
    "503_90001": (503, OVER_LIMIT),
    "429_51": (429, THROTTLED),
    "200_51": (200, THROTTLED),
}
_BODYLESS = frozenset({"GET", "DELETE"})


@dataclass(slots=True)
class Service:
    """What the routes share: the store, the simulation around it, the rate limit's memory."""

    store: HapStore
    simulation: Simulation
    rate: RateLimit = field(default_factory=RateLimit)


@dataclass(frozen=True, slots=True)
class Call:
    """An admitted call; `body` is the JSON object sent."""

    service: Service
    exchange: Exchange
    app: App
    key: Key
    body: JsonObject
    query: Mapping[str, str]

    @property
    def store(self) -> HapStore:
        """The service's data."""
        return self.service.store

    @property
    def settings(self) -> HapSettings:
        """The switches in force."""
        return self.service.store.settings

    def sheet(self, name: object) -> Worksheet:
        """Find a worksheet of the key's app."""
        if not isinstance(name, str) or not name:
            raise HapError(PARAMETER_ERROR, "参数错误: worksheetId")
        return self.store.sheet(name, self.app)

    def ok(self, data: object = None) -> Response:
        """Answer success."""
        self.exchange.code = "1"
        body = envelope.success(self.settings, data)
        return Response(json_body(body), media_type="application/json")

    def may_write(self) -> None:
        """Refuse a read-only key with 10005."""
        if self.key.read_only:
            raise HapError(NO_PERMISSION)

    def perform(self, operation: Callable[[Write], Result]) -> Result:
        """Run a write on rows, unless the settings lose or delay it, and journal its effect.

        Raises:
            GatewayError: 504 for a delayed write, which is applied all the same.
        """
        self.may_write()
        fate = self.store.next_fate()
        if fate is Fate.LATE:
            due = self.store.clock.monotonic() + self.settings.late_write_s
            self.store.deferred.add(due, lambda: self._perform_late(operation))
            raise GatewayError(504)
        write = Write(self.store, stored=fate is Fate.APPLIED)
        try:
            return operation(write)
        finally:
            self.exchange.effect = write.effect()

    def _perform_late(self, operation: Callable[[Write], Result]) -> None:
        write, code = Write(self.store), "1"
        try:
            operation(write)
        except HapError as error:
            code = str(error.code)
        clock = self.store.clock
        self.service.simulation.journal.append(
            monotonic=clock.monotonic(),
            at=clock.now(),
            method=self.exchange.method,
            path=self.exchange.path,
            api=self.exchange.api,
            caller=self.exchange.caller,
            status=0,
            code=code,
            effect=write.effect(),
            fault="late_write",
        )


Handler = Callable[..., Awaitable[Response]]
"""Answers a call; the parts of the path are its further arguments."""


def answering(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Return what a route takes: the handler behind the gates."""

    async def answer(request: Request) -> Response:
        with _passed(request) as call:
            return await handler(call, **request.path_params)

    return answer


@contextmanager
def _passed(request: Request) -> Iterator[Call]:
    """Let a request through all gates, and hold the store's lock until it is answered."""
    service, exchange = _admitted(request)
    with service.store.lock:
        service.store.deferred.settle(service.store.clock.monotonic())
        settings = service.store.settings
        appkey, sign = request.headers.get("hap-appkey"), request.headers.get("hap-sign")
        if not appkey or not sign:
            raise HapError(PARAMETER_ERROR, "Http Headers verification failed", status=401)
        app, key = _authorised(service.store, appkey, sign)
        exchange.caller = appkey
        if not exchange.body.strip() and exchange.method not in _BODYLESS:
            message = "A non-empty request body is required."
            raise HapError(PARAMETER_ERROR, message, status=settings.empty_body_status)
        body = json_object(exchange.body)
        yield Call(service, exchange, app, key, body, dict(request.query_params))


def _admitted(request: Request) -> tuple[Service, Exchange]:
    service: Service = request.app.state.service
    exchange = exchange_of(request)
    store, settings = service.store, service.store.settings
    address = request.client.host if request.client is not None else ""
    if len(exchange.body) > settings.max_body_bytes:
        raise GatewayError(413)
    if is_row_call(exchange.api):
        budget = address if settings.qps_scope == "address" else f"{address} {exchange.api}"
        if not service.rate.admit(budget, store.clock.monotonic(), settings.qps):
            status, code = _OVER_LIMIT[settings.over_limit]
            raise HapError(code, status=status)
    if settings.ip_allowed is not None and address not in settings.ip_allowed:
        raise HapError(10000)
    store.calls += 1
    if settings.call_quota is not None and store.calls > settings.call_quota:
        raise HapError(QUOTA_USED)
    return service, exchange


def _authorised(store: HapStore, appkey: str, sign: str) -> tuple[App, Key]:
    found = store.authorise(appkey)
    if found is not None and found[1].sign == sign:
        return found
    mode = store.settings.auth_failure
    if mode == "http_401" or (mode == "sign_401" and found is not None):
        raise HapError(PARAMETER_ERROR, "Http Headers verification failed", status=401)
    raise HapError(KEY_UNKNOWN if found is None else SIGN_WRONG)
