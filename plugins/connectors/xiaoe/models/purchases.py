"""What a user has bought and until when it is valid (contracts: xiaoe §7).

No page documents the answer of this interface, so each field is looked for under every name that
a client or a related interface uses, and the row is kept whole in ``raw``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from connectors.xiaoe.models.record import Record
from connectors.xiaoe.values import (
    Moment,
    OptionalId,
    is_nothing,
    to_int,
    to_moment,
    to_text,
)

# undetermined: xiaoe.md §13.5: which names have the fields of a purchase?
NAMES: Mapping[str, tuple[str, ...]] = {
    "resource_id": ("resource_id", "product_id", "goods_id"),
    "created_at": ("created_at", "created_time", "create_time", "purchase_time"),
    "start_at": ("start_at", "begin_at", "start_time", "begin_time", "expire_start", "start_date"),
    "expire_at": ("expire_at", "expire_time", "expired_at", "end_date", "end_time", "expire_end"),
    "period_type": ("period_type",),
    "period": ("period",),
}
_SECONDS = 2  # of `period_type`, as order detail 2.0 has it: 0 no end, 1 a date, 2 seconds


class Purchase(Record):
    """One right of a user to a good; without ``expire_at`` it does not end."""

    resource_id: OptionalId = None
    created_at: Moment = None
    start_at: Moment = None
    expire_at: Moment = None
    raw: dict[str, Any]


def named(row: Mapping[str, Any]) -> dict[str, Any]:
    """Bring one row under our names: of several possible keys, the first that holds something."""
    found = {
        field: next((row[key] for key in keys if not is_nothing(row.get(key))), None)
        for field, keys in NAMES.items()
    }
    return {**found, "expire_at": found["expire_at"] or _end_of_period(found), "raw": dict(row)}


def _end_of_period(found: Mapping[str, Any]) -> datetime | None:
    """Return the end of a validity that is given as seconds from its start."""
    start = to_moment(found["start_at"]) or to_moment(found["created_at"])
    if start is None or to_text(found["period_type"]) != str(_SECONDS):
        return None
    try:
        return start + timedelta(seconds=to_int(found["period"]) or 0)
    except (ValueError, OverflowError):
        return None
