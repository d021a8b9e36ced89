"""How many records may fail before it is no longer a few bad records but a bad environment."""

from __future__ import annotations

TOLERATED = 20
TOLERATED_PERCENT = 1


def exceeds_limit(failed: int, tried: int) -> bool:
    """Tell whether more failed than a few bad records."""
    return failed > TOLERATED and failed * 100 > tried * TOLERATED_PERCENT
