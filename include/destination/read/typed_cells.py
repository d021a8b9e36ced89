"""Cells as the type that is wanted of them; a cell that holds something else counts as empty."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from connectors.mingdao.models import Row
from include.destination.sheets.sheet import Sheet


def text_in(sheet: Sheet, row: Row, alias: str) -> str:
    """Return a text or a label; "" where there is none."""
    value = sheet.read(row, alias)
    return value if isinstance(value, str) else ""


def number_in(sheet: Sheet, row: Row, alias: str) -> Decimal:
    """Return a number; 0 where there is none."""
    value = sheet.read(row, alias)
    return value if isinstance(value, Decimal) else Decimal(0)


def count_in(sheet: Sheet, row: Row, alias: str) -> int:
    """Return a whole number; 0 where there is none."""
    return int(number_in(sheet, row, alias))


def moment_in(sheet: Sheet, row: Row | None, alias: str) -> datetime | None:
    """Return an aware moment; None where there is none, or no row."""
    value = sheet.read(row, alias) if row else None
    return value if isinstance(value, datetime) else None
