"""One demo at a time in one checkout.

The lock is a `flock` on an open file. Every supervisor inherits that open file: the lock outlives a
demo that was killed by just as long as its services take to stop: a new run that starts meanwhile
waits for them instead of meeting half of them.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from pathlib import Path

import psutil

from include.demo.errors import DemoError

PATIENCE = 40.0


class RunLock:
    """Holds `.demo/lock`; the file says who runs."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "lock"
        self.descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)

    def acquire(self, patience: float = PATIENCE) -> None:
        """Take the lock; wait for the services of a run that has just ended.

        Raises:
            DemoError: another run is alive, or its services do not end.
        """
        deadline = time.monotonic() + patience
        while not self._try():
            owner = self.owner()
            if owner is not None:
                raise DemoError(
                    f"已有一个演示在运行（进程 {owner}）。停止它：kill {owner}，"
                    "或在它的终端按 Ctrl-C。",
                    f"A demo is running already (pid {owner}): stop it with `kill {owner}`.",
                )
            if time.monotonic() > deadline:
                raise DemoError(
                    f"上一次演示的进程仍未退出（锁文件 {self._path}）。",
                    f"Processes of the last demo are still ending (lock file {self._path}).",
                )
            time.sleep(0.2)
        self._write_owner()

    def owner(self) -> int | None:
        """Return the process that runs the demo, None where that one is gone."""
        try:
            note = json.loads(self._path.read_text())
            process = psutil.Process(note["pid"])
            return process.pid if process.create_time() == note["started"] else None
        except (ValueError, KeyError, OSError, psutil.Error):
            return None

    def _try(self) -> bool:
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _write_owner(self) -> None:
        process = psutil.Process()
        note = json.dumps({"pid": process.pid, "started": process.create_time()})
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, note.encode(), 0)
