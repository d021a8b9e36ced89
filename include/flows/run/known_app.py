"""What one task has read of the app's structure and settings, for the tasks after it.

Of the calls of a small run, half would read again what the first task has just read. HAP ignores an
unknown field on write and answers success (contracts: hap §8.2), so what is handed on is never
trusted for long: see `SyncContext.sheet` and `SyncContext.upsert`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from pydantic import TypeAdapter, ValidationError

from connectors.mingdao.client import MingdaoClient
from connectors.mingdao.filters import KEYS_PER_FILTER
from connectors.mingdao.models import Worksheet as LiveWorksheet
from include.flows.run.api_settings import ApiSettings, read_settings
from include.shops import ShopConfig

TRUSTED_FOR = timedelta(minutes=15)


@dataclass(frozen=True)
class KnownApp:
    """Settings and structure as they were at a moment; no rows, nothing of a person.

    `worksheets` holds each worksheet by the name under which it was asked for: our alias, or the
    user's own name for it. `keys_per_filter` is how many HAP has shown to heed, see `long_filters`.
    """

    settings: ApiSettings
    worksheets: dict[str, LiveWorksheet]
    read_at: datetime
    keys_per_filter: int = KEYS_PER_FILTER

    def is_trusted(self, now: datetime | None = None) -> bool:
        """Tell whether it is young enough to be believed."""
        return (now or datetime.now(UTC)) - self.read_at < TRUSTED_FOR


_KNOWN = TypeAdapter(KnownApp)


def still_known(handed: object, *, now: datetime | None = None) -> KnownApp | None:
    """Return what was handed on; None where it is too old, or of another version of this code."""
    try:
        known = _KNOWN.validate_python(handed)
    except ValidationError:
        return None
    return known if known.is_trusted(now) else None


def known_or_read(
    client: MingdaoClient, config: ShopConfig, handed_on: KnownApp | None
) -> KnownApp:
    """Return what an earlier task has handed on, or what the app says now of the settings.

    What is read of the app's structure later on is added to `worksheets`. Raises ConfigurationError
    when the worksheet of settings is not set up.
    """
    if handed_on:
        client.keys_per_filter = handed_on.keys_per_filter
        return replace(handed_on, worksheets=dict(handed_on.worksheets))
    worksheets: dict[str, LiveWorksheet] = {}
    settings = read_settings(client, config, worksheets)
    return KnownApp(settings, worksheets, datetime.now(UTC))
