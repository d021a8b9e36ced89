"""Where the state of one pace lies: in this process, or in a file that all processes share.

The file is opened and locked for the few microseconds of one change. `flock` belongs to the open
file and ends with it, so that a killed task holds up nobody; Linux turns it into a record lock on
NFS. A record lock of our own (`fcntl.lockf`) belongs to the process: where one thread of it waits
for the pace of one interface while another holds that of a second, the kernel takes two such
processes for a deadlock and refuses (EDEADLK).
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from connectors.state import files as shared_files

T = TypeVar("T")

_FORMAT = struct.Struct("!qqdd")


@dataclass(frozen=True)
class PaceState:
    """What a pace remembers; times are unix seconds, `due` is in microseconds for the arithmetic.

    `due` is when the turns that are given away will have passed. After a throttling answer at
    `throttled_at` a call takes `turns_per_call`, and none goes before `held_until`.
    """

    due: int = 0
    turns_per_call: int = 1
    throttled_at: float = 0.0
    held_until: float = 0.0


Step = Callable[[PaceState], tuple[PaceState, T]]


class PaceStore(Protocol):
    """Keeps one state; a change is made by one caller at a time."""

    def change(self, step: Step[T]) -> T:
        """Replace the state by what `step` makes of it, and return the other half of its answer."""


class OwnPace:
    """A state of this process alone."""

    def __init__(self) -> None:
        self._state = PaceState()
        self._lock = threading.Lock()

    def change(self, step: Step[T]) -> T:  # noqa: D102 - see PaceStore
        with self._lock:
            self._state, reported = step(self._state)
            return reported


class SharedPace:
    """A state in a file, shared by all processes that see its directory.

    Raises:
        ConfigurationError: Others can read the directory.
        OSError: The file cannot be opened or locked there.
    """

    def __init__(self, directory: Path, identity: str) -> None:
        shared_files.prepare(directory, "rates")
        self._path = directory / f"{shared_files.file_name(identity)}.rate"
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
        return _FORMAT.pack(state.due, state.turns_per_call, state.throttled_at, state.held_until)
