"""What one task has read of the app's structure and settings, for the tasks after it.

Of the calls of a small run, half would read again what the first task has just read. HAP ignores an
unknown field on write and answers success (contracts: hap §8.2), so what is handed on is never
trusted for long: see `Shop.sheet` and `Shop.upsert`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

from connectors.mingdao.models import Worksheet as LiveWorksheet
from include.flows.run.api_settings import ApiSettings

TRUSTED_FOR = timedelta(minutes=15)


@dataclass(frozen=True)
class KnownApp:
    """Settings and structure as they were at a moment; no rows, nothing of a person.

    `worksheets` holds each worksheet by the name under which it was asked for: our alias, or the
    user's own name for it.
    """

    settings: ApiSettings
    worksheets: Mapping[str, LiveWorksheet]
    read_at: datetime

    def to_xcom(self) -> dict[str, Any]:
        """Return it as it crosses XCom."""
        handed: dict[str, Any] = _KNOWN.dump_python(self, mode="json")
        return handed


_KNOWN = TypeAdapter(KnownApp)


def still_known(handed: object, *, now: datetime | None = None) -> KnownApp | None:
    """Return what was handed on; None where it is too old, or of another version of this code."""
    try:
        known = _KNOWN.validate_python(handed)
    except ValidationError:
        return None
    age = (now or datetime.now(UTC)) - known.read_at
    return known if age < TRUSTED_FOR else None
