"""The vendor's many ways of saying the same thing.

Empty dates, empty objects, numbers as strings, success messages: which way is taken is settled by
the settings, and where they say `mixed`, by a hash of the record, so that an unchanged record reads
the same every time unless `dialect_stable` is off.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import count
from typing import Any, TypeVar
from zlib import crc32

from include.simulators.clock import format_time
from include.simulators.xiaoe.settings import XiaoeSettings

T = TypeVar("T")
Json = Any  # whatever json.dumps takes

ZERO_DATE = "0000-00-00 00:00:00"
NEVER_SHIPPED = "0001-01-01 00:00:00"  # in ship_info alone (xiaoe §6.4.1 F4)
EPOCH_DATE = "1970-01-01 08:00:00"
DASHES = "--"
_DATES: dict[str, str | None] = {"null": None, "empty": "", "epoch": EPOCH_DATE}
# observed on success: contracts: xiaoe §1
_MESSAGES = ("success", "Success", "ok", "OK hint:[2652]", "成功", "操作成功", "")
_request_numbers = count()


class Dialect:
    """One answer's choices."""

    def __init__(self, settings: XiaoeSettings) -> None:
        self._settings = settings
        self._request = next(_request_numbers)
        seed = settings.dialect_seed
        self._salt = f"{seed}" if settings.dialect_stable else f"{seed}:{self._request}"

    def pick(self, key: str, options: Sequence[T]) -> T:
        """Choose one option for a key."""
        return options[crc32(f"{self._salt}:{key}".encode()) % len(options)]

    def time(self, moment: datetime | None, key: str, zero: str = ZERO_DATE) -> str | None:
        """Write a time, or one of the sentinels for none; `zero` is the place's own zero date."""
        if moment is not None:
            return format_time(moment)
        wanted = self._settings.sentinels
        if wanted == "mixed":
            return self.pick(key, (zero, zero, "", None, EPOCH_DATE))
        return zero if wanted == "zero" else _DATES[wanted]

    def empty_bitmap(self) -> list[Json] | None:
        """Return a bitmap without a bit: captured as `[]`, documented as null."""
        return None if self._settings.sentinels == "null" else []

    @staticmethod
    def expiry(moment: datetime | None) -> str:
        """Write the end of a right in an order line, `--` for none."""
        return DASHES if moment is None else format_time(moment)

    def empty_object(self, key: str) -> Json:
        """Return an object without content: PHP writes `[]` for it."""
        wanted = self._settings.empty_objects
        chosen = self.pick(key, ("list", "object")) if wanted == "mixed" else wanted
        return [] if chosen == "list" else {}

    def row(self, key: str, row: dict[str, Json]) -> dict[str, Json]:
        """Return a row as it is, or with every number as a string."""
        wanted = self._settings.numbers
        chosen = self.pick(key, ("int",) * 6 + ("string",)) if wanted == "mixed" else wanted
        return {k: _stringified(v) for k, v in row.items()} if chosen == "string" else row

    def message(self) -> str:
        """Return a message of success."""
        wanted = self._settings.msg
        if wanted == "mixed":
            return _MESSAGES[self._request % len(_MESSAGES)]
        return wanted if wanted == "success" else ""

    def error_data(self) -> Json:
        """Return what stands in `data` beside an error."""
        wanted = self._settings.error_data
        if wanted == "mixed":
            wanted = ("null", "list", "object")[self._request % 3]
        empties: dict[str, Json] = {"null": None, "list": [], "object": {}}
        return empties[wanted]


def _stringified(value: Json) -> Json:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dict):
        return {k: _stringified(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_stringified(v) for v in value]
    return value
