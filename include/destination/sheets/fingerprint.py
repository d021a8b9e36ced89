"""Fingerprints: how the pipeline knows its own work again.

They are made from the values as the pipeline canonicalised them, never from what HAP returns: HAP
rounds numbers, reads them back as strings and may trim text, and a fingerprint over that would find
a change in every run.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from connectors.mingdao import cells
from include.destination.sheets.record import Value

VERSION = "v1"
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_FINGERPRINT = re.compile(r"v\d+(\.[0-9a-f]{8})?:")


def mapped_version(number: int, mapping: Mapping[str, str]) -> str:
    """Return the version of a worksheet's mapping: `v2`, with fields of a user's own `v2.<hex>`.

    `number` is the worksheet's `mapping_version`; `mapping` holds the app's field id by alias for
    fields of a user's own. A change of either makes every row's fingerprint an old one,
    so that a new rule reaches every row, and newly named fields are filled everywhere.
    """
    if not mapping:
        return f"v{number}"
    text = json.dumps(sorted(mapping.items()), separators=(",", ":"))
    return f"v{number}.{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def source_hash(values: Mapping[str, Value], version: str = VERSION) -> str:
    """Return the fingerprint of a row's owned values, as `v1:<32 hex digits>`."""
    canonical = {alias: _canonical(value) for alias, value in sorted(values.items())}
    text = _JSON.encode(canonical)
    return f"{version}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def partial_mark(version: str = VERSION) -> str:
    """Return what a row carries in place of a fingerprint while a part of it is still unknown.

    It is the same for every such row, so that one filter finds them all, and it counts as current:
    the order is in HAP in this version, only not all of it.
    """
    return f"{version}:partial"


def is_current(fingerprint: str | None, version: str = VERSION) -> bool:
    """Tell whether a stored fingerprint was made by this version of the mapping."""
    return bool(fingerprint) and str(fingerprint).startswith(f"{version}:")


def is_outdated(fingerprint: str | None, version: str = VERSION) -> bool:
    """Tell whether a stored fingerprint was made by another version of the mapping."""
    text = str(fingerprint or "")
    return bool(_FINGERPRINT.match(text)) and not is_current(text, version)


def filled_mark(key: str, alias: str, value: Value) -> str:
    """Return the short mark of one filled value; salted, so that no value can be read from it."""
    text = f"{key}\n{alias}\n{_canonical(value)}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _canonical(value: Value) -> str | list[str] | None:
    if isinstance(value, str):
        return value or None
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, datetime):
        return cells.in_zone(value, UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return None
