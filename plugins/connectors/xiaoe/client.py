"""`XiaoeClient`: the calls of all topics in one object, and `connect`, which builds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.http.transport import Deadlines, Transport
from connectors.rates.limits import Limiter
from connectors.state.interface import SharedState
from connectors.xiaoe.auth import TokenSource, TokenStore
from connectors.xiaoe.caller import Caller
from connectors.xiaoe.calls.after_sales import AfterSaleCalls
from connectors.xiaoe.calls.goods import GoodsCalls
from connectors.xiaoe.calls.information import InformationCalls
from connectors.xiaoe.calls.orders import OrderCalls, OrderQuery
from connectors.xiaoe.calls.purchases import PurchaseCalls
from connectors.xiaoe.calls.users import UserCalls
from connectors.xiaoe.check import Checked, check_interfaces, check_token
from connectors.xiaoe.connection import XiaoeSettings
from connectors.xiaoe.endpoints import BUDGETS

__all__ = ["OrderQuery", "XiaoeClient", "connect"]

# 300 calls a second, at up to a tenth of a second each.
THREADS = 32


class XiaoeClient(
    UserCalls, GoodsCalls, OrderCalls, AfterSaleCalls, PurchaseCalls, InformationCalls
):
    """All calls to one shop; thread safe.

    Args:
        transport: Sends the calls; its limiter paces them.
        tokens: The shop's access token.
        app_id: The shop.
        paths: Paths to use in place of the defaults, by api (see `endpoints`).
    """

    def __init__(
        self,
        transport: Transport,
        tokens: TokenStore,
        *,
        app_id: str,
        paths: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(Caller(transport, tokens, paths))
        self.app_id = app_id
        self.transport = transport
        self.threads = transport.threads

    def verify(self) -> None:
        """Fetch a new token, which proves app id, secret and IP whitelist."""
        self._caller.verify_secret()

    def raw(self, api: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
        """Return ``data`` of an answer as it came, for finding out what no document tells."""
        return self._caller.call(api, body)

    def check(self) -> list[Checked]:
        """Try the credentials, then each interface; stops at credentials that are refused."""
        token = check_token(self._caller.verify_secret)
        return [token, *(check_interfaces(self) if token.ok else [])]


def connect(
    settings: XiaoeSettings,
    *,
    token_state: SharedState,
    paths: Mapping[str, str] | None = None,
    shares: int = 1,
    rate_state: SharedState | None = None,
    deadlines: Deadlines | None = None,
    on_token: Callable[[str], None] = lambda _: None,
) -> XiaoeClient:
    """Build a client out of a connection's settings; nothing is called yet.

    See `Limiter` for `shares` and `rate_state`.

    Raises:
        ConfigurationError: The base URL or a path may not be used.
    """
    app_id = settings.app_id
    scope = f"{settings.base_url.rstrip('/')} {app_id}"
    transport = Transport(
        settings.base_url,
        allow_http=settings.allow_http,
        allow_private=settings.allow_private,
        limiter=Limiter(BUDGETS, scope=scope, state=rate_state, shares=shares),
        deadlines=deadlines,
        threads=THREADS,
    )
    source = TokenSource(
        transport, app_id=app_id, secret_key=settings.secret_key, client_id=settings.client_id
    )
    tokens = TokenStore(token_state, scope, source.fetch, on_token)
    return XiaoeClient(transport, tokens, app_id=app_id, paths=paths)
