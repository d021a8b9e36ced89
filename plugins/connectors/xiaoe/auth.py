"""The access token: one per machine, shared by all its processes through a file.

The vendor asks for a single refresher. Under one of its documented behaviours fetching kills the
previous token after five minutes; under the other the same token comes back while it has more
than 30 minutes left (contracts: xiaoe §2.3). Both hold here: a token is used until shortly before
it ends, and who needs a new one takes the lock, looks whether another process was faster, and
only then asks.

The file is readable by its owner alone; its name is a hash of host and app, which tells nothing.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from filelock import AcquireReturnProxy, FileLock, Timeout

from connectors.codes import LATER
from connectors.errors import Bilingual, RetryableError
from connectors.http.answers import Answer
from connectors.http.transport import Call, Transport
from connectors.state import files as shared_files
from connectors.xiaoe.envelope import unwrap
from connectors.xiaoe.values import to_int, to_text

_API = "token"
_LOCK_SECONDS = 120.0
_MARGIN_SECONDS = 300.0
_MARGIN_PART = 0.1
_GRACE_SECONDS = 30.0  # a token that is due serves on while no new one can be had
_FLAPPING = 5
_FLAPPING_SECONDS = 600.0


@dataclass(frozen=True)
class Token:
    """A token with the times of its life in unix seconds.

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

    def fetch(self) -> Token:
        """Ask the vendor for a token.

        Raises:
            RetryableError: The answer holds no usable token.
            ConnectorError: The vendor refuses, see `connectors.codes`.
        """
        call = Call(api=_API, method="GET", path=_API, params=self._params, repeat_safe=True)
        return self._transport.send(call, _read_token)


def _read_token(answer: Answer) -> Token:
    data = unwrap(answer)
    value = to_text(data.get("access_token")) if isinstance(data, dict) else None
    try:
        seconds = to_int(data.get("expires_in")) if isinstance(data, dict) else None
    except ValueError:
        seconds = None
    if not value or not seconds or seconds < 0:
        words = Bilingual("令牌或有效期为空", "the token or its lifetime is empty")
        raise RetryableError(_API, words, LATER)
    now = time.time()
    margin = min(_MARGIN_SECONDS, seconds * _MARGIN_PART)
    return Token(value, now, now + seconds - margin, now + seconds)


class TokenStore:
    """The token of one app on this machine; thread and process safe.

    Args:
        directory: Where the file is kept; created for its owner alone.
        identity: What the token belongs to, such as host and app id.
        fetch: Gets a new token from the vendor.
        on_token: Told each token before it is used, so that logs can be masked.
    """

    def __init__(
        self,
        directory: Path,
        identity: str,
        fetch: Callable[[], Token],
        on_token: Callable[[str], None] = lambda _: None,
    ) -> None:
        name = shared_files.file_name(identity)
        self._directory = directory
        self._file = directory / f"{name}.json"
        self._lock_file = directory / f"{name}.lock"
        self._fetch = fetch
        self._on_token = on_token
        self._thread_lock = threading.Lock()
        self._token: Token | None = None

    def current(self) -> str:
        """Return a token that is not due, fetching one if neither memory nor file has it."""
        token = self._token
        if token and token.usable(time.time()):
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
        with self._thread_lock, self._process_lock():
            return self._adopt(self._store(self._fetch()))

    def _renewed(self, refused: str | None) -> str:
        with self._thread_lock, self._process_lock():
            now = time.time()
            stored = self._load()
            if stored and stored.value != refused and stored.usable(now):
                return self._adopt(stored)
            history = _refusals(stored, refused, now)
            try:
                new = self._fetch()
            except RetryableError:
                if stored is None or stored.value == refused or now >= stored.ends_at:
                    raise
                return self._adopt(replace(stored, renew_at=now + _GRACE_SECONDS))
            return self._adopt(self._store(replace(new, refused=history)))

    def _adopt(self, token: Token) -> str:
        self._on_token(token.value)
        self._token = token
        return token.value

    def _process_lock(self) -> AcquireReturnProxy[FileLock]:
        shared_files.prepare(self._directory, _API)
        try:
            return FileLock(self._lock_file, mode=0o600).acquire(timeout=_LOCK_SECONDS)
        except Timeout:
            words = Bilingual(
                "等待其他进程取令牌超时", "another process holds the token for too long"
            )
            raise RetryableError(_API, words, LATER) from None

    def _load(self) -> Token | None:
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
            return Token(
                str(kept["value"]),
                float(kept["fetched_at"]),
                float(kept["renew_at"]),
                float(kept["ends_at"]),
                tuple(float(at) for at in kept["refused"]),
            )
        except (OSError, ValueError, TypeError, KeyError):
            return None  # absent, or not ours: a new token replaces it

    def _store(self, token: Token) -> Token:
        fresh = self._file.with_suffix(f".{os.getpid()}.new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(token), file)
        fresh.replace(self._file)
        return token


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
