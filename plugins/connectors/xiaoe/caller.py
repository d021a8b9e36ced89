"""Sends one business call: path, token, envelope, and a new token when the old one is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.errors import AuthenticationError, Bilingual, ConfigurationError
from connectors.http.transport import Call, Transport
from connectors.xiaoe.auth import TokenStore
from connectors.xiaoe.endpoints import ENDPOINTS, resolve_paths
from connectors.xiaoe.envelope import unwrap

_TOKEN_REFUSED = "2008"  # noqa: S105 - the vendor's code, no secret


class Caller:
    """Knows how a business call is made; the topics in `connectors.xiaoe.calls` know which."""

    def __init__(
        self, transport: Transport, tokens: TokenStore, paths: Mapping[str, str] | None
    ) -> None:
        self._transport = transport
        self._tokens = tokens
        self._paths = resolve_paths(paths)

    def call(self, api: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
        """Return ``data`` of the answer; every interface here reads, so every call may be repeated.

        A token that the vendor refuses is renewed once and the call sent again.
        """
        token = self._tokens.current()
        try:
            return self._send(api, body, token)
        except AuthenticationError as error:
            if error.code != _TOKEN_REFUSED:
                raise
        return self._send(api, body, self._tokens.replace(token))

    def verify_secret(self) -> None:
        """Fetch a token whatever is stored."""
        self._tokens.renew()

    def _send(self, api: str, body: Mapping[str, Any], token: str) -> Any:  # noqa: ANN401
        call = Call(
            api=api,
            method="POST",
            path=self._paths[api],
            json={**body, "access_token": token},
            repeat_safe=True,
        )
        return self._transport.send(call, unwrap)


def page_of(api: str, page: int, page_size: int) -> dict[str, int]:
    """Return page and size as most interfaces take them.

    Raises:
        ConfigurationError: The page is larger than the vendor allows. Some interfaces would
            silently send less (contracts: xiaoe §5.2), and rows would be lost.
    """
    largest = ENDPOINTS[api].page_size
    if page < 1 or page_size < 1 or (largest and page_size > largest):
        raise ConfigurationError(
            api,
            Bilingual(
                f"每页条数应在 1 到 {largest} 之间，页码从 1 开始",
                f"page size must be 1 to {largest}, pages count from 1",
            ),
            Bilingual(
                "在工作表「第三方应用配置」里修改这个接口的「每页条数」",
                "correct this interface's page size in the worksheet sync_config",
            ),
        )
    return {"page": page, "page_size": page_size}


def rows_before(page: int, page_size: int) -> int:
    """Count the rows of the pages before this one."""
    return (page - 1) * page_size
