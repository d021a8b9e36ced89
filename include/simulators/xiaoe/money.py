"""The two units of money. Inside the shop everything is int 分 (xiaoe §10.1)."""

from __future__ import annotations

from decimal import Decimal


def yuan(fen: int) -> str:
    """Write 分 as 元 with two decimals, such as "0.03"."""
    return str((Decimal(fen) / 100).quantize(Decimal("0.01")))


def in_unit(fen: int, unit: str) -> int | float:
    """Return an amount as a JSON number in `fen` or `yuan`."""
    return fen if unit == "fen" else float(yuan(fen))
