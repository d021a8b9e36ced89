"""How one call to HAP leaves: path, credentials, and whether it may be repeated.

The rule is short: reads are repeated by the transport, writes never are. A stranger would repeat
updates and deletions too, since both are idempotent. But a repeated PATCH arrives seconds later
with values that were right when it was made: by then another writer may have stored a newer
version, and the repeat would put the older one back. HAP has no If-Match to prevent that
(contracts: hap §12). So each write of unknown outcome ends in `OutcomeUnknown`, and the layer that
knows keys and versions looks before it writes again. What nobody can prevent is a PATCH that was
given up on and is applied late, over a newer one; the next comparison of hashes finds it.
Deletions follow the same rule, so that "not there" always means: not there when first asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from connectors.http.transport import Call, Transport
from connectors.mingdao.envelope import Outcome, data_of, interpreter
from connectors.rates.limits import Budget

T = TypeVar("T")

WORKSHEETS = "/v3/app/worksheets"

_ROW_CALLS = (
    *("hap.rows.list", "hap.rows.pivot", "hap.row.get", "hap.row.relations"),
    *("hap.row.create", "hap.row.update"),
    *("hap.rows.create", "hap.rows.update", "hap.rows.delete"),
)

# 50 calls a second for each address, whatever the app; whether single row endpoints have budgets of
# their own is not documented for V3, so all of them share one (contracts: hap §11.1).
# undetermined: hap.md §11.1: have calls for single rows a budget of their own?
_ROWS = Budget("hap.rows", calls=50, seconds=1.0)

ROW_BUDGETS: Mapping[str, Budget] = dict.fromkeys(_ROW_CALLS, _ROWS)
"""What a `Limiter` needs. Calls about structure are not limited by the vendor."""


def segment(value: str) -> str:
    """Return an id or alias as one part of a path.

    Raises:
        ValueError: It is blank or made of dots, and would address something else.
    """
    if not value.strip() or not value.strip("."):
        raise ValueError("an id or alias in a path must not be blank")
    return quote(value, safe="")


def worksheet_path(ws: str, *parts: str) -> str:
    """Return the path of a worksheet, by id or alias, and of something in it."""
    return "/".join([WORKSHEETS, segment(ws), *parts])


class HapCalls:
    """Sends calls with the credentials of one application; safe to share among threads."""

    def __init__(self, transport: Transport, *, appkey: str, sign: str) -> None:
        self._transport = transport
        self._headers = {"HAP-Appkey": appkey, "HAP-Sign": sign}

    def read(
        self,
        api: str,
        method: str,
        path: str,
        parse: Callable[[object], T],
        *,
        json: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> T:
        """Send a call that changes nothing; the transport may repeat it."""
        call = Call(
            api=api,
            method=method,
            path=path,
            repeat_safe=True,
            json=json,
            params=params,
            headers=self._headers,
        )
        return self._transport.send(call, interpreter(data_of, parse))

    def write(
        self,
        api: str,
        method: str,
        path: str,
        json: Mapping[str, Any],
        parse: Callable[[object], T],
        *,
        outcome: Outcome = data_of,
    ) -> T:
        """Send a call that changes something, at most once unless HAP says it was not made.

        Raises:
            OutcomeUnknown: It may have been applied; look before repeating it.
        """
        call = Call(
            api=api, method=method, path=path, repeat_safe=False, json=json, headers=self._headers
        )
        return self._transport.send(call, interpreter(outcome, parse))


def ignored(_: object) -> None:
    """Parse an answer whose `data` means nothing: documents and servers disagree on it."""
