"""A client of a scripted shop: the loopback server answers `data` by the path that is called."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connectors.http.retries import RetryRules
from connectors.http.transport import Transport
from connectors.state.files import FileState
from connectors.state.interface import SharedState
from connectors.xiaoe.auth import TokenSource, TokenStore
from connectors.xiaoe.client import XiaoeClient
from tests.connectors.loopback import Act, Loopback, Request, answer

SECRET = "s3cret+canary/9=="


def data(value: object, code: int = 0, msg: str = "success") -> Act:
    return answer({"code": code, "msg": msg, "data": value})


def token_answer(number: int = 1, expires_in: object = 7200) -> Act:
    return data({"access_token": f"xe_token_{number:04d}", "expires_in": expires_in})


def serve_data(server: Loopback, value: object) -> None:
    """Answer every business call with ``value``, and hand out one token."""

    def route(request: Request) -> Act:
        return token_answer() if request.path.endswith("/token") else data(value)

    server.route = route


def store_for(url: str, directory: Path | SharedState, **options: Any) -> TokenStore:
    source = TokenSource(transport_to(url), app_id="app1", secret_key=SECRET, client_id="xop1")
    state = FileState(directory / "tokens") if isinstance(directory, Path) else directory
    return TokenStore(state, f"{url} app1", source.fetch, **options)


def transport_to(url: str) -> Transport:
    return Transport(url, allow_http=True, retries=RetryRules(tries=2, first_wait=0.01))


def client_of(
    server: Loopback, directory: Path, paths: Mapping[str, str] | None = None
) -> XiaoeClient:
    store = store_for(server.url, directory)
    return XiaoeClient(transport_to(server.url), store, app_id="app1", paths=paths)


def business(server: Loopback) -> list[Request]:
    return [request for request in server.requests if not request.path.endswith("/token")]
