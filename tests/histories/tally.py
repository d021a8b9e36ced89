"""How many histories were played, by kind; printed at the end of the run."""

from __future__ import annotations

from collections import Counter

PLAYED: Counter[str] = Counter()
