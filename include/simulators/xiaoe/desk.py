"""What stands in front of every interface: method, token, whitelist, permission, rate.

The order of these checks is not documented; this one lets each error be provoked on its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

from starlette.responses import Response

from include.simulators.simulation import Exchange
from include.simulators.xiaoe import envelope
from include.simulators.xiaoe.call import ApiError, Call
from include.simulators.xiaoe.dialect import Dialect, Json
from include.simulators.xiaoe.endpoints import TOKEN_RATE, Endpoint
from include.simulators.xiaoe.rates import RateDesk
from include.simulators.xiaoe.settings import XiaoeSettings
from include.simulators.xiaoe.shop import Shop
from include.simulators.xiaoe.tokens import TokenDesk


@dataclass
class Desk:
    """Takes requests for one shop."""

    shop: Shop
    settings: XiaoeSettings
    tokens: TokenDesk
    rates: RateDesk
    caches: dict[str, object] = field(default_factory=dict)

    def token(self, exchange: Exchange, query: Mapping[str, str], address: str) -> Response:
        """Answer `GET /token`, with the credentials in the query or in a JSON body."""
        dialect = Dialect(self.settings)
        try:
            data = self._token(exchange, {**_fields(exchange.body), **query}, address)
        except ApiError as error:
            exchange.code = str(error.code)
            return envelope.failure(self.settings, dialect, error)
        exchange.code, exchange.caller = "0", self.settings.app_id
        return envelope.success(self.settings, dialect, data)

    def business(self, exchange: Exchange, endpoint: Endpoint | None, address: str) -> Response:
        """Answer a call of an interface, or of a path that is none."""
        dialect = Dialect(self.settings)
        try:
            data = self._business(exchange, endpoint, dialect, address)
        except ApiError as error:
            exchange.code = str(error.code)
            return envelope.failure(self.settings, dialect, error)
        exchange.code = "0"
        return envelope.success(self.settings, dialect, data)

    def _token(self, exchange: Exchange, given: Mapping[str, Any], address: str) -> Json:
        if exchange.method != "GET":
            raise ApiError(2055)
        refusal = self.rates.refusal("token", TOKEN_RATE)
        if refusal is not None:
            raise ApiError(refusal)
        self._check_credentials(given)
        self._check_address(address)
        token, expires_in = self.tokens.issue()
        shapes: dict[str, Json] = {
            "int": expires_in,
            "string": str(expires_in),
            "zero": 0,
            "negative": -1,
        }
        value = "" if self.settings.token_empty else token.value
        return {"access_token": value, "expires_in": shapes[self.settings.token_expires_as]}

    def _check_credentials(self, given: Mapping[str, Any]) -> None:
        settings = self.settings
        checks = (
            (not given.get("app_id"), 2001),
            (given.get("app_id") != settings.app_id, 2002),
            (not given.get("secret_key"), 2003),
            (given.get("secret_key") != settings.secret_key, settings.bad_secret_code),
            # no source gives a code for the client id
            (not self._is_client(given.get("client_id")), 2002),
            (given.get("grant_type") != "client_credential", 2005),
        )
        for failed, code in checks:
            if failed:
                raise ApiError(code)

    def _is_client(self, client_id: object) -> bool:
        if not client_id:
            return not self.settings.client_id_required
        return client_id == self.settings.client_id

    def _check_address(self, address: str) -> None:
        allowed = self.settings.ip_whitelist
        if allowed is not None and address not in allowed:
            tells = self.settings.whitelist_tells_address
            raise ApiError(2051, f"ip {address} not in whitelist" if tells else None)

    def _business(
        self, exchange: Exchange, endpoint: Endpoint | None, dialect: Dialect, address: str
    ) -> Json:
        if endpoint is None:
            raise ApiError(2052)
        if exchange.method != "POST":
            raise ApiError(2055)
        top = _fields(exchange.body)
        self._admit(exchange, endpoint, str(top.get("access_token") or ""), address)
        params = top if endpoint.place == "top" else top.get("data")
        with self.shop.lock:
            now = self.shop.clock.now()
            self.shop.orders.reveal(now - timedelta(seconds=self.settings.list_lag))
            call = Call(
                api=endpoint.api,
                shop=self.shop,
                settings=self.settings,
                dialect=dialect,
                top=top,
                params=params if isinstance(params, dict) else {},
                now=now,
                caches=self.caches,
            )
            return endpoint.handler(call)

    def _admit(self, exchange: Exchange, endpoint: Endpoint, token: str, address: str) -> None:
        if not token:
            raise ApiError(2007)
        if not self.tokens.accepts(token):
            raise ApiError(2008)
        exchange.caller = self.settings.app_id
        if self.settings.whitelist_on_business_calls:
            self._check_address(address)
        if endpoint.permission not in self.settings.permissions:
            raise ApiError(2017)
        refusal = self.rates.refusal(endpoint.api, endpoint.rate)
        if refusal is not None:
            raise ApiError(refusal)


def _fields(body: bytes) -> dict[str, Any]:
    """Read a JSON body, or the form with a JSON string in `data` that one client posts."""
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        form: dict[str, Any] = dict(parse_qsl(body.decode("utf-8", "replace")))
        if "data" in form:
            form["data"] = _fields(str(form["data"]).encode())
        return form
    return value if isinstance(value, dict) else {}
