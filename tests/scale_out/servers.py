"""Debian's PostgreSQL and Redis, started natively for one trial, on a socket and on loopback."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import time
from pathlib import Path

from include.demo.errors import DemoError
from include.demo.ports import LOOPBACK
from include.demo.postgres import Postgres
from include.demo.processes import Fleet, Service
from include.demo.settings import Folders, service_environment

DEBIAN_POSTGRES = Path("/usr/lib/postgresql")
PATIENCE = 30.0


class DebianPostgres(Postgres):
    """As the demo's database, as another user where this one is root, from Debian's package."""

    def _find_binaries(self) -> Path:
        found = sorted(DEBIAN_POSTGRES.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
        if not found:
            raise _missing("PostgreSQL", "postgresql")
        return found[-1].parent


class Redis:
    """A broker with a password and nothing on disk but its configuration."""

    def __init__(self, folders: Folders, port: int) -> None:
        self._folders = folders
        self._port = port
        self._password = secrets.token_hex(16)

    def url(self, number: int) -> str:
        """Return the address of one of its databases."""
        return f"redis://:{self._password}@{LOOPBACK}:{self._port}/{number}"

    def start(self, fleet: Fleet) -> None:
        command = shutil.which("redis-server")
        if command is None:
            raise _missing("Redis", "redis-server")
        settings = self._folders.root / "redis.conf"
        settings.touch(mode=0o600)
        settings.write_text(
            f"bind {LOOPBACK}\nport {self._port}\nrequirepass {self._password}\n"
            'save ""\nappendonly no\n'
        )
        log = self._folders.logs / "redis.log"
        fleet.start(
            Service(
                name="redis",
                command=[command, str(settings)],
                environment=service_environment(),
                log=log,
                folder=self._folders.root,
                order=0,
            )
        )
        deadline = time.monotonic() + PATIENCE
        while not self._listens():
            fleet.check()
            if time.monotonic() > deadline:
                raise DemoError("Redis 没有启动。", "Redis did not start.", log=log)
            time.sleep(0.1)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((LOOPBACK, self._port)) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def passable(folder: Path) -> Path:
    """Let the database's user pass through, without letting it read."""
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    return folder


def _missing(name: str, package: str) -> DemoError:
    return DemoError(
        f"没有找到 {name}:请先安装,例如 apt-get install {package}。",
        f"{name} is missing: install it, for example apt-get install {package}.",
    )
