"""The captured rows, for whoever compares something with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def captured_orders() -> list[Row]:
    """Return the ten rows of order list 2.0, fresh ones at each call."""
    text = (Path(__file__).parent / "order_list_2.0.rows.json").read_text(encoding="utf-8")
    rows: list[Row] = json.loads(text)
    return rows
