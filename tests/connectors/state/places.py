"""Where processes share their state, opened anew as each process does."""

from __future__ import annotations

import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fakeredis import FakeServer, FakeStrictRedis
from redis import Redis
from redis.exceptions import RedisError

from connectors.state.files import FileState
from connectors.state.interface import SharedState
from connectors.state.redis_server import RedisState

Open = Callable[[], SharedState]

REDIS_SERVER = shutil.which("redis-server")
IN_PROCESS = ("files", "redis")
PLACES = (*IN_PROCESS, *(["redis-server"] if REDIS_SERVER else []))
"""A Redis in this process, whose clock a test can move, and a real one where it is installed."""


@contextmanager
def opened(kind: str, directory: Path) -> Iterator[Open]:
    """Yield what opens the state of one installation."""
    if kind == "files":
        yield lambda: FileState(directory / "shared")
    elif kind == "redis":
        server = FakeServer()
        yield lambda: in_process(server)
    else:
        with real_redis(directory) as url:
            yield lambda: RedisState.at(url)


def in_process(server: FakeServer) -> RedisState:
    return RedisState(FakeStrictRedis(server=server, decode_responses=True))


@contextmanager
def real_redis(directory: Path) -> Iterator[str]:
    """Run a Redis with a password on loopback; yield its address."""
    assert REDIS_SERVER
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    password = secrets.token_hex(8)
    settings = directory / "redis.conf"
    settings.touch(mode=0o600)
    settings.write_text(
        f'bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave ""\nappendonly no\n'
        f"dir {directory}\n"
    )
    with (directory / "redis.log").open("wb") as log:
        server = subprocess.Popen([REDIS_SERVER, str(settings)], stdout=log, stderr=log)
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    try:
        _wait_for(url)
        yield url
    finally:
        server.kill()
        server.wait()


def _wait_for(url: str) -> None:
    for _ in range(600):
        try:
            with Redis.from_url(url) as client:
                client.ping()
            return
        except RedisError:
            time.sleep(0.05)
    raise AssertionError("redis-server did not start")
