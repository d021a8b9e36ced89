"""The one exception of the demo: what went wrong, in words for the person at the terminal."""

from __future__ import annotations

from pathlib import Path

SHOWN_LINES = 25


class DemoError(Exception):
    """The demo cannot go on; its text says why, in Chinese and in English.

    `log`, where given, is the file that tells more; its last lines are shown with the message.
    """

    def __init__(self, chinese: str, english: str, *, log: Path | None = None) -> None:
        super().__init__(f"{chinese} / {english}")
        self.chinese = chinese
        self.english = english
        self.log = log

    def last_lines(self) -> list[str]:
        """Return the end of the log file, nothing where there is none."""
        if self.log is None or not self.log.exists():
            return []
        return self.log.read_text(errors="replace").splitlines()[-SHOWN_LINES:]
