"""The access token: one for all processes, shared through `connectors.state`.

The vendor asks for a single refresher. Under one of its documented behaviours fetching kills the
previous token after five minutes; under the other the same token comes back while it has more
than 30 minutes left (contracts: xiaoe §2.3). Both hold here: a token is used until shortly before
it ends, and who needs a new one takes the lock, looks whether another process was faster, and
only then asks. Who held the lock for so long that another took over cannot store what it got.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from connectors.codes import LATER
from connectors.errors import Bilingual, RetryableError
from connectors.http.answers import Answer
from connectors.http.transport import Call, Transport
from connectors.state.interface import SharedState
from connectors.xiaoe.envelope import unwrap
from connectors.xiaoe.values import to_int, to_text

_API = "token"
_MARGIN_SECONDS = 300.0
_MARGIN_PART = 0.1
_GRACE_SECONDS = 30.0  # a token that is due serves on while no new one can be had
_FLAPPING = 5
_FLAPPING_SECONDS = 600.0


@dataclass(frozen=True)
class Token:
    """A token with the times of its life in unix seconds, by the clock of the shared state.

    It is due from ``renew_at`` on, and dead after ``ends_at``. ``refused`` holds the moments at
    which the vendor refused a token before its time.
    """

    value: str
    fetched_at: float
    renew_at: float
    ends_at: float
    refused: tuple[float, ...] = ()

    def usable(self, now: float) -> bool:
        """Tell whether it is not yet due; a clock that was set back makes it due."""
        return self.fetched_at - 60 <= now < self.renew_at


@dataclass(frozen=True)
class NewToken:
    """What the vendor hands out: a token, and how many seconds it lives."""

    value: str
    seconds: int

    def lives_from(self, now: float, refused: tuple[float, ...]) -> Token:
        """Return the token that was fetched at a moment."""
        margin = min(_MARGIN_SECONDS, self.seconds * _MARGIN_PART)
        return Token(self.value, now, now + self.seconds - margin, now + self.seconds, refused)


class TokenSource:
    """Fetches tokens from the vendor.

    ``client_id`` may be empty for shops opened before 2019-12-09 (contracts: xiaoe §2.1).
    """

    def __init__(
        self, transport: Transport, *, app_id: str, secret_key: str, client_id: str = ""
    ) -> None:
        self._transport = transport
        self._params = {
            "app_id": app_id,
            "secret_key": secret_key,
            "grant_type": "client_credential",
            **({"client_id": client_id} if client_id else {}),
        }

    def fetch(self) -> NewToken:
        """Ask the vendor for a token.

        Raises:
            RetryableError: The answer holds no usable token.
            ConnectorError: The vendor refuses, see `connectors.codes`.
        """
        call = Call(api=_API, method="GET", path=_API, params=self._params, repeat_safe=True)
        return self._transport.send(call, _read_token)


def _read_token(answer: Answer) -> NewToken:
    data = unwrap(answer)
    value = to_text(data.get("access_token")) if isinstance(data, dict) else None
    try:
        seconds = to_int(data.get("expires_in")) if isinstance(data, dict) else None
    except ValueError:
        seconds = None
    if not value or not seconds or seconds < 0:
        words = Bilingual("令牌或有效期为空", "the token or its lifetime is empty")
        raise RetryableError(_API, words, LATER)
    return NewToken(value, seconds)


class TokenStore:
    """The token of one app; thread safe, and safe for all who share the state.

    Args:
        state: Where the token is kept.
        identity: What the token belongs to, such as host and app id.
        fetch: Gets a new token from the vendor.
        on_token: Told each token before it is used, so that logs can be masked.
    """

    def __init__(
        self,
        state: SharedState,
        identity: str,
        fetch: Callable[[], NewToken],
        on_token: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._shared = state.text(identity)
        self._fetch = fetch
        self._on_token = on_token
        self._thread_lock = threading.Lock()
        self._token: Token | None = None
        self._ahead = 0.0  # of this machine's clock

    def current(self) -> str:
        """Return a token that is not due, fetching one if neither memory nor the state has it."""
        token = self._token
        if token and token.usable(time.time() - self._ahead):
            return token.value
        return self._renewed(refused=None)

    def replace(self, refused: str) -> str:
        """Return another token than ``refused``, which the vendor did not accept.

        Raises:
            RetryableError: Tokens die so often that another program must be fetching them.
        """
        return self._renewed(refused=refused)

    def renew(self) -> str:
        """Fetch a token whatever is stored: the only way to learn that the secret is right."""
        return self._renewed(refused=None, always=True)

    def _renewed(self, refused: str | None, *, always: bool = False) -> str:
        with self._thread_lock:
            while True:
                with self._shared.locked() as held:
                    stored, now = _read(held.load()), held.now()
                    if stored and not always and stored.value != refused and stored.usable(now):
                        return self._adopt(stored, now)
                    history = _refusals(stored, refused, now)
                    try:
                        new = self._fetch()
                    except RetryableError:
                        if always or not stored or stored.value == refused or now >= stored.ends_at:
                            raise
                        return self._adopt(replace(stored, renew_at=now + _GRACE_SECONDS), now)
                    now = held.now()
                    token = new.lives_from(now, history)
                    if held.store(json.dumps(asdict(token))):
                        return self._adopt(token, now)
                always = False  # another process has taken over meanwhile: its token is newer

    def _adopt(self, token: Token, now: float) -> str:
        self._on_token(token.value)
        self._token = token
        self._ahead = time.time() - now
        return token.value


def _read(text: str | None) -> Token | None:
    """Return the token that is stored; what is not ours is none, and a new token replaces it."""
    try:
        kept = json.loads(text or "")
        return Token(
            str(kept["value"]),
            float(kept["fetched_at"]),
            float(kept["renew_at"]),
            float(kept["ends_at"]),
            tuple(float(at) for at in kept["refused"]),
        )
    except (ValueError, TypeError, KeyError):
        return None


def _refusals(stored: Token | None, refused: str | None, now: float) -> tuple[float, ...]:
    """Return the recent moments at which a token died early, this one included."""
    if stored is None:
        return ()
    recent = tuple(at for at in stored.refused if at > now - _FLAPPING_SECONDS)
    if stored.value != refused or not stored.usable(now):
        return recent
    if len(recent) >= _FLAPPING:
        raise _two_refreshers()
    return (*recent, now)


def _two_refreshers() -> RetryableError:
    return RetryableError(
        _API,
        Bilingual(
            "令牌频繁失效，可能有别的程序用同一应用取令牌",
            "tokens die early again and again: another program may fetch them for the same app",
        ),
        Bilingual(
            "停用另一个程序，或在小鹅通「云服务控制台」为它另建一个应用",
            "stop that program, or create an app of its own for it in Xiaoe-tong's cloud console",
        ),
        wait=_FLAPPING_SECONDS,
    )
