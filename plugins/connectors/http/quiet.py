"""Keeps the HTTP libraries' own log lines from telling what was sent.

`urllib3` logs each path with its query, and some warnings with the whole URL. Only lines written
while one of our calls is under way in the same thread are dropped: other users of the libraries in
the process keep their logs.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LOGGERS = (
    "urllib3.connection",
    "urllib3.connectionpool",
    "urllib3.response",
    "urllib3.util.retry",
)


class _OursIsSilent(logging.Filter):
    """Drops records of the threads that are inside `quiet`."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = threading.local()

    def filter(self, record: logging.LogRecord) -> bool:
        return not getattr(self.inside, "on", False)


_FILTER = _OursIsSilent()
for _name in _LOGGERS:
    # A filter works on the logger that makes the record, not on its parents: hence each by name.
    logging.getLogger(_name).addFilter(_FILTER)


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the HTTP libraries in this thread."""
    _FILTER.inside.on = True
    try:
        yield
    finally:
        _FILTER.inside.on = False
