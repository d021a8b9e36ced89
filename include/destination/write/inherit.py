"""Fills what is blank in one row from other rows of the same person."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from connectors.mingdao.models import Row
from include.destination.sheets.fields import Policy
from include.destination.sheets.fingerprint import filled_mark
from include.destination.sheets.record import Value
from include.destination.sheets.sheet import UNREADABLE, Sheet
from include.destination.write.plan import FILLED, SYNCED_AT, read_marks


def blanks_filled(sheet: Sheet, into: Row, rows: Iterable[Row], now: datetime) -> dict[str, Any]:
    """Return the cells that fill the blank `fill` fields of a row from others, the first one first.

    What the pipeline wrote there stays the pipeline's, and what a person wrote stays the person's:
    so nothing that the source tells later replaces it.
    """
    key, marks = sheet.key_of(into), read_marks(into)
    values: dict[str, Value] = {}
    for row in rows:
        theirs, their_key = read_marks(row), sheet.key_of(row)
        for declared in sheet.definition.under(Policy.FILL):
            alias = declared.alias
            held = sheet.read(row, alias)
            blank = sheet.read(into, alias) is None and alias not in values
            if not blank or held is UNREADABLE or held in (None, ""):
                continue
            value: Value = held  # type: ignore[assignment]
            values[alias] = value
            if theirs.get(alias) == filled_mark(their_key, alias, value):
                marks[alias] = filled_mark(key, alias, value)
            else:
                marks.pop(alias, None)
    if not values:
        return {}
    values[FILLED] = json.dumps(marks, separators=(",", ":")) if marks else None
    return sheet.cells({**values, SYNCED_AT: now})
