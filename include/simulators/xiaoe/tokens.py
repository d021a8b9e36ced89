"""Access tokens under both documented lives (xiaoe §2.3).

`reuse_until_30min`: a second fetch returns the same token until less than 30 minutes are left, then
a new one. `rotate_5min_overlap`: every fetch returns a new one. Either way the previous token works
on for `token_overlap` seconds, so two careless refreshers log each other out.
"""

# ruff: noqa: S105 - names of token settings, no secrets
from __future__ import annotations

import random
import string
from dataclasses import dataclass

from include.simulators.clock import VirtualClock
from include.simulators.xiaoe.settings import XiaoeSettings

_REUSE_ABOVE = 30 * 60
_ALPHABET = string.ascii_letters + string.digits


@dataclass(slots=True)
class Token:
    """A token; `expires` on the clock's monotonic scale."""

    value: str
    expires: float
    calls: int = 0


class TokenDesk:
    """Issues and checks tokens."""

    def __init__(self, settings: XiaoeSettings, clock: VirtualClock, *, seed: int = 0) -> None:
        self._settings = settings
        self._clock = clock
        self._random = random.Random(f"{seed}:tokens")
        self._tokens: dict[str, Token] = {}
        self._current: Token | None = None

    def issue(self) -> tuple[Token, int]:
        """Return the token of a fetch, and the `expires_in` to announce with it."""
        now = self._clock.monotonic()
        current = self._current
        if current is not None and self._is_reusable(current, now):
            left = int(current.expires - now)
            full = self._settings.token_expires_in == "full"
            return current, self._settings.token_lifetime if full else left
        if current is not None:
            current.expires = min(current.expires, now + self._settings.token_overlap)
        self._current = self._new(now)
        return self._current, self._settings.token_lifetime

    def accepts(self, value: str) -> bool:
        """Count a business call with a token, and tell whether it is still good for it."""
        token = self._tokens.get(value)
        if token is None or token.expires <= self._clock.monotonic():
            return False
        token.calls += 1
        limit = self._settings.token_lasts_calls
        return limit is None or token.calls <= limit

    def fetch_elsewhere(self) -> None:
        """Act as another client of the same app that fetches a token of its own."""
        self.issue()

    def revoke_all(self) -> None:
        """End every token at once."""
        self._tokens.clear()
        self._current = None

    def _is_reusable(self, token: Token, now: float) -> bool:
        limit = self._settings.token_lasts_calls
        return (
            self._settings.token_mode == "reuse_until_30min"
            and token.value in self._tokens
            and token.expires - now > _REUSE_ABOVE
            and (limit is None or token.calls < limit)
        )

    def _new(self, now: float) -> Token:
        length = max(8, self._settings.token_length - len("xe_"))
        value = "xe_" + "".join(self._random.choices(_ALPHABET, k=length))
        token = Token(value, now + self._settings.token_lifetime)
        self._tokens[value] = token
        return token
