"""Money, exactly: 分 are whole numbers, 元 are decimals with two places; never a float."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

_CENT = Decimal("0.01")


def yuan_of_fen(fen: int | None) -> Decimal | None:
    """Return 元 for an amount in 分; None stays None."""
    return None if fen is None else Decimal(fen) / 100


def yuan(amount: Decimal | None) -> Decimal | None:
    """Return an amount in 元 with exactly two places; None stays None."""
    return None if amount is None else amount.quantize(_CENT, ROUND_HALF_UP)
