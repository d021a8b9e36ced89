"""Puts values into the form in which the client writes cells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from include.destination.sheets.record import Value
from include.destination.sheets.sheet import Sheet


def cells_of(sheet: Sheet, values: Mapping[str, Value]) -> dict[str, Any]:
    """Return the cells of one row by alias, as HAP takes them."""
    return {
        alias: sheet.write(sheet.definition.field(alias), value) for alias, value in values.items()
    }
