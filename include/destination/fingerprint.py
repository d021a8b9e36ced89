"""Fingerprints: how the pipeline knows its own work again.

They are made from the values as the pipeline canonicalised them, never from what HAP returns: HAP
rounds numbers, reads them back as strings and may trim text, and a fingerprint over that would find
a change in every run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from include.destination.record import Value

# Raise this when a mapping changes the meaning of what is written: every row is then written anew.
MAPPING_VERSION = 1
VERSION = f"v{MAPPING_VERSION}"


def mapped_version(mapping: Mapping[str, str]) -> str:
    """Return the version for a worksheet with fields of a user's own, `v1.<8 hex digits>`.

    `mapping` holds the app's field id by alias. Without one it is the plain version; a change of it
    makes every row's fingerprint an old one, so that newly named fields are filled everywhere.
    """
    if not mapping:
        return VERSION
    text = json.dumps(sorted(mapping.items()), separators=(",", ":"))
    return f"{VERSION}.{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def source_hash(values: Mapping[str, Value], version: str = VERSION) -> str:
    """Return the fingerprint of a row's owned values, as `v1:<32 hex digits>`."""
    canonical = {alias: _canonical(value) for alias, value in sorted(values.items())}
    text = json.dumps(canonical, ensure_ascii=False, separators=(",", ":"))
    return f"{version}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def is_current(fingerprint: str | None, version: str = VERSION) -> bool:
    """Tell whether a stored fingerprint was made by this version of the mapping."""
    return bool(fingerprint) and str(fingerprint).startswith(f"{version}:")


def filled_mark(key: str, alias: str, value: Value) -> str:
    """Return the short mark of one filled value; salted, so that no value can be read from it."""
    text = f"{key}\n{alias}\n{_canonical(value)}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _canonical(value: Value) -> str | list[str] | None:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value or None
