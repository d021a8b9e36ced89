"""Which interfaces have kept tasks waiting in vain lately, for all tasks of a machine to know.

A run of few orders is many short tasks, and each would wait a minute and a half for an interface
that does not answer. So what a task has waited for is noted in a small file, and nobody asks again
for a while. It holds an interface's name and the words of the error table, nothing of a record.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from connectors.errors import Bilingual, ConnectorError, RetryableError
from connectors.state import files as shared_files

PAUSE = 600.0  # seconds; shorter than from one live run to the next
SLOW_IN_A_ROW = 2


class SharedOutages:
    """Notes in a directory; `identity` tells one shop from others, `now` is in unix seconds.

    Raises ConfigurationError when others can read the directory.
    """

    def __init__(
        self, directory: Path, identity: str, now: Callable[[], float] = time.time
    ) -> None:
        shared_files.prepare(directory, "outages")
        self._directory = directory
        self._identity = identity
        self._now = now

    def find(self, name: str) -> ConnectorError | None:
        """Return why an interface is not to be asked for now; None where it may be asked."""
        notes = self._notes(name)
        if len(notes) < SLOW_IN_A_ROW:
            return None
        api, code, *words = notes[-1]
        return RetryableError(api, Bilingual(*words[:2]), Bilingual(*words[2:]), code or None)

    def note(self, name: str, error: ConnectorError) -> None:
        """Note that a task has waited for an interface in vain."""
        reported = [error.api, error.code or "", *error.explanation, *error.action]
        line = json.dumps([self._now(), *reported], ensure_ascii=False) + "\n"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        file = os.open(self._path(name), flags, 0o600)
        try:
            os.write(file, line.encode())  # so short a line is appended as a whole
        finally:
            os.close(file)

    def forget(self, name: str) -> None:
        """Note that an interface has answered."""
        self._path(name).unlink(missing_ok=True)

    def _notes(self, name: str) -> list[list[str]]:
        try:
            lines = self._path(name).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        since = self._now() - PAUSE
        notes = [json.loads(line) for line in lines]
        return [reported for at, *reported in notes if at >= since]

    def _path(self, name: str) -> Path:
        named = shared_files.file_name(f"{self._identity} {name}")
        return self._directory / f"{named}.outage"
