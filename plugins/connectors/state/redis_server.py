"""What workers on several machines share, in one Redis (7 or newer is what we try it with).

Every step is one Lua script, so that nobody comes between its reading and its writing, and every
moment is the server's: the clocks of the machines need not agree. Keys hold a hash of host and app
and nothing else. Where Redis does not answer, the caller gets an error that says what to do: a rate
or a token that is not shared would break the vendor's limits without a sign.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from typing import Any
from urllib.parse import unquote, urlsplit

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError
from redis.retry import Retry

from connectors.errors import Bilingual, ConfigurationError, ConnectorError, RetryableError
from connectors.state.interface import (
    LOCK_SECONDS,
    LockedText,
    PaceRule,
    Turn,
    hashed,
    taken_too_long,
)
from connectors.state.pace import (
    BESIDE_LASTS,
    CAREFUL_FOR,
    ONE_MOMENT,
    RECOVERS_AFTER,
    SLOWEST,
)

ADDRESS = "redis://:PASSWORD@HOST:PORT/DATABASE (TLS: rediss://)"
_HELD_FOR = 60.0  # by a holder that has died; longer than fetching a token takes
_LOOKS_EVERY = 0.1
_MICRO = 1_000_000


class RedisState:
    """The state in a Redis; the client connects with the first call."""

    def __init__(self, client: Redis, secrets: Sequence[str] = ()) -> None:
        self._redis = client
        self.secrets = tuple(secrets)

    @classmethod
    def at(cls, url: str) -> RedisState:
        """Return the state at an address.

        Raises:
            ConfigurationError: It is no address of a Redis.
        """
        retry = Retry(ExponentialBackoff(cap=0.5), retries=2)
        try:
            client = Redis.from_url(
                url, socket_connect_timeout=3, socket_timeout=5, retry=retry, decode_responses=True
            )
            password = urlsplit(url).password
        except ValueError:
            raise _unusable("读不懂", "cannot be read") from None
        return cls(client, [url, *(filter(None, {password, unquote(password or "")}))])

    def pace(self, identity: str, rule: PaceRule) -> RedisPace:  # noqa: D102 - see SharedState
        return RedisPace(self._redis, _key(identity, "pace"), rule)

    def text(self, identity: str) -> RedisText:  # noqa: D102 - see SharedState
        return RedisText(self._redis, _key(identity, "text"))

    def notes(self, identity: str) -> RedisNotes:  # noqa: D102 - see SharedState
        return RedisNotes(self._redis, _key(identity, "notes"))


class RedisPace:
    """A `Pace` by the server's clock; `pace.lua` does what `pace.py` does in Python."""

    def __init__(self, client: Redis, key: str, rule: PaceRule) -> None:
        self._key = key
        self._script = _script(client, "pace")
        self._way = 0.0
        self._rule = (
            *(rule.interval, rule.burst, _us(rule.longest_hold), _us(rule.furthest)),
            *(SLOWEST, _us(RECOVERS_AFTER), _us(ONE_MOMENT)),
            *(rule.careful, _us(BESIDE_LASTS), _us(CAREFUL_FOR)),
        )

    def book(self, most: float) -> Turn:  # noqa: D102 - see Pace
        began = time.monotonic()
        at, wait, refused = self._do("book", _us(most))
        self._way = time.monotonic() - began
        return Turn(at / _MICRO, wait / _MICRO, bool(refused))

    def is_good(self, turn: Turn, late: float) -> bool:  # noqa: D102 - see Pace
        # who is far from the server is late by the way there and back, every time
        return bool(self._do("is_good", round(turn.at * _MICRO), _us(late + self._way))[0])

    def slow_down(self, seconds: float) -> None:  # noqa: D102 - see Pace
        self._do("slow_down", _us(seconds))

    def note_beside(self, room: float) -> None:  # noqa: D102 - see Pace
        self._do("note_beside", _us(room))

    def _do(self, step: str, *given: int) -> list[int]:
        with _told():
            answer: list[int] = self._script(keys=[self._key], args=[step, *self._rule, *given])
            return answer


class RedisText:
    """A `SharedText`: whoever took it last may store, and nobody who took it before."""

    def __init__(self, client: Redis, key: str) -> None:
        self._key = key
        self._script = _script(client, "text")

    @contextmanager
    def locked(self) -> Iterator[LockedText]:  # noqa: D102 - see SharedText
        held = _Held(self._script, self._key, uuid.uuid4().hex)
        until = time.monotonic() + LOCK_SECONDS
        while not held.take():
            if time.monotonic() > until:
                raise taken_too_long()
            time.sleep(_LOOKS_EVERY)
        try:
            yield held
        finally:
            held.release()


class _Held:
    """A `LockedText` of one holder, known by a name that no other has."""

    def __init__(self, script: Any, key: str, holder: str) -> None:  # noqa: ANN401 - redis has no type
        self._script = script
        self._key = key
        self._holder = holder

    def take(self) -> bool:
        """Take the text unless another holder has it; true also where this one has it already."""
        return bool(self._do("take", _us(_HELD_FOR)))

    def release(self) -> None:
        self._do("release")

    def now(self) -> float:
        return int(self._do("now")) / _MICRO

    def load(self) -> str | None:
        found: str | None = self._do("load")
        return found

    def store(self, text: str) -> bool:
        return bool(self._do("store", text))

    def _do(self, step: str, *given: object) -> Any:  # noqa: ANN401 - as the script answers
        with _told():
            return self._script(keys=[self._key], args=[step, self._holder, *given])


class RedisNotes:
    """`SharedNotes`, sorted by the server's time."""

    def __init__(self, client: Redis, key: str) -> None:
        self._key = key
        self._script = _script(client, "notes")

    def append(self, note: str) -> None:  # noqa: D102 - see SharedNotes
        self._do("append", uuid.uuid4().hex, note)

    def recent(self, seconds: float) -> list[str]:  # noqa: D102 - see SharedNotes
        marked: list[str] = self._do("recent", _us(seconds))
        return [one.partition(" ")[2] for one in marked]

    def clear(self) -> None:  # noqa: D102 - see SharedNotes
        self._do("clear")

    def _do(self, step: str, *given: object) -> Any:  # noqa: ANN401 - as the script answers
        with _told():
            return self._script(keys=[self._key], args=[step, *given])


def _script(client: Redis, name: str) -> Any:  # noqa: ANN401 - redis has no type for it
    """Return a script; where a server does not know it, as after a restart, it is sent again."""
    lua = resources.files("connectors.state").joinpath(f"{name}.lua").read_text(encoding="utf-8")
    return client.register_script(lua)


def _key(identity: str, kind: str) -> str:
    return f"xiaoe:{hashed(identity)}:{kind}"


def _us(seconds: float) -> int:
    return round(seconds * _MICRO)


@contextmanager
def _told() -> Iterator[None]:
    """Turn what the client raises into an error that says what to do, without the address in it."""
    fault: ConnectorError
    try:
        yield
        return
    except (AuthenticationError, NoPermissionError):
        fault = _unusable("的用户名或密码不对", "has a wrong user or password")
    except RedisError as error:
        fault = RetryableError(
            "state",
            Bilingual(
                f"共享状态的 Redis 不可用({type(error).__name__})，为不超过限速而停止调用",
                f"the Redis of the shared state fails ({type(error).__name__}); no call is made "
                "without it, or the limits would be exceeded",
            ),
            Bilingual(
                "检查 Redis 是否运行、XIAOE_STATE 的地址能否连通；恢复后会自动重试",
                "see whether Redis runs and is reached at XIAOE_STATE; it is tried again by itself",
            ),
        )
    raise fault from None


def _unusable(zh: str, en: str) -> ConfigurationError:
    return ConfigurationError(
        "state",
        Bilingual(f"环境变量 XIAOE_STATE {zh}", f"the variable XIAOE_STATE {en}"),
        Bilingual(
            f"改正环境变量，应填 {ADDRESS}", f"correct the variable, it should hold {ADDRESS}"
        ),
    )
