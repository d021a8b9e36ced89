"""What the processes of one machine share, in files of one directory that its owner alone can read.

File names are hashes, which tell nothing. A pace's file is opened and locked for the few
microseconds of one change. `flock` belongs to the open file and ends with it, so that a killed
task holds up nobody. A record lock of our own (`fcntl.lockf`) belongs to the process: where one
thread of it waits for the pace of one interface while another holds that of a second, the kernel
takes two such processes for a deadlock and refuses (EDEADLK).
"""

from __future__ import annotations

import fcntl
import json
import os
import struct
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from connectors.errors import Bilingual, ConfigurationError
from connectors.state.interface import (
    LOCK_SECONDS,
    LockedText,
    Pace,
    PaceRule,
    hashed,
    taken_too_long,
)
from connectors.state.pace import Clock, KeptPace, PaceState, Step, T, unix_time

_FORMAT = struct.Struct("!qqddd")


@dataclass(frozen=True)
class FileState:
    """The state in a directory, which is made if need be.

    Each method raises ConfigurationError where others can read it, and OSError where it cannot be
    made or used.
    """

    directory: Path
    clock: Clock = unix_time
    secrets: tuple[str, ...] = ()

    def pace(self, identity: str, rule: PaceRule) -> Pace:  # noqa: D102 - see SharedState
        return KeptPace(rule, PaceFile(self._file(identity, "rate")), self.clock)

    def text(self, identity: str) -> TextFile:  # noqa: D102 - see SharedState
        return TextFile(self._file(identity, "json"), self.clock)

    def notes(self, identity: str) -> NotesFile:  # noqa: D102 - see SharedState
        return NotesFile(self._file(identity, "notes"), self.clock)

    def _file(self, identity: str, ending: str) -> Path:
        return self.directory / f"{hashed(identity)}.{ending}"


def prepare(directory: Path) -> None:
    """Make the directory if need be; raises ConfigurationError when others can read it."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    state = directory.stat()
    if state.st_uid != os.geteuid() or state.st_mode & 0o077:
        raise ConfigurationError(
            "state",
            Bilingual("令牌目录可被他人读取", "other users can read the token directory"),
            Bilingual(
                "把目录权限改为 700，并归运行任务的用户所有",
                "make the directory mode 700, owned by the user who runs the tasks",
            ),
        )


class PaceFile:
    """A `PaceStore` in a file."""

    def __init__(self, path: Path) -> None:
        prepare(path.parent)
        self._path = path
        self._lock = threading.Lock()  # one waiter a process is enough
        self.change(lambda state: (state, None))

    def change(self, step: Step[T]) -> T:  # noqa: D102 - see PaceStore
        with self._lock:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                state = self._read(file)
                new, reported = step(state)
                if new != state:
                    os.pwrite(file, self._packed(new), 0)
                return reported
            finally:
                os.close(file)  # and with it the lock ends

    @staticmethod
    def _read(file: int) -> PaceState:
        kept = os.pread(file, _FORMAT.size, 0)
        return PaceState(*_FORMAT.unpack(kept)) if len(kept) == _FORMAT.size else PaceState()

    @staticmethod
    def _packed(state: PaceState) -> bytes:
        return _FORMAT.pack(*astuple(state))


@dataclass(frozen=True)
class TextFile:
    """A `SharedText`, and a `LockedText` as well: the lock lasts as long as its holder lives."""

    path: Path
    clock: Clock

    @contextmanager
    def locked(self) -> Iterator[LockedText]:  # noqa: D102 - see SharedText
        prepare(self.path.parent)
        try:
            lock = FileLock(self.path.with_suffix(".lock"), mode=0o600).acquire(LOCK_SECONDS)
        except Timeout:
            raise taken_too_long() from None
        with lock:
            yield self

    def now(self) -> float:  # noqa: D102 - see LockedText
        return self.clock()

    def load(self) -> str | None:  # noqa: D102 - see LockedText
        try:
            return self.path.read_text(encoding="utf-8")
        except (OSError, ValueError):
            return None  # absent, or not ours

    def store(self, text: str) -> bool:  # noqa: D102 - see LockedText
        fresh = self.path.with_suffix(f".{os.getpid()}.new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        fresh.replace(self.path)
        return True


@dataclass(frozen=True)
class NotesFile:
    """`SharedNotes`, one a line."""

    path: Path
    clock: Clock

    def append(self, note: str) -> None:  # noqa: D102 - see SharedNotes
        prepare(self.path.parent)
        line = json.dumps([self.clock(), note], ensure_ascii=False) + "\n"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        file = os.open(self.path, flags, 0o600)
        try:
            os.write(file, line.encode())  # so short a line is appended as a whole
        finally:
            os.close(file)

    def recent(self, seconds: float) -> list[str]:  # noqa: D102 - see SharedNotes
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        since = self.clock() - seconds
        return [note for at, note in _whole(lines) if at >= since]

    def clear(self) -> None:  # noqa: D102 - see SharedNotes
        self.path.unlink(missing_ok=True)


def _whole(lines: Iterable[str]) -> Iterator[tuple[float, str]]:
    """Yield moment and note of each line; one that a full disk has cut short tells nothing."""
    for line in lines:
        try:
            at, note = json.loads(line)
        except ValueError:
            continue
        yield float(at), str(note)
