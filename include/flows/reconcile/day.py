"""One day of order creation, as a reconciliation finds it: sums of both sides, ids that differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass
class Sums:
    """How many orders one side holds, and their sums in 元."""

    orders: int = 0
    paid: Decimal = Decimal("0.00")
    refunded: Decimal = Decimal("0.00")

    def add(self, paid: object, refunded: object) -> None:
        """Count one order; a cell that holds no amount counts as nothing."""
        self.orders += 1
        self.paid += paid if isinstance(paid, Decimal) else 0
        self.refunded += refunded if isinstance(refunded, Decimal) else 0

    def __str__(self) -> str:
        """Tell number, paid and refunded sum."""
        return f"{self.orders}/{self.paid}/{self.refunded}"


@dataclass
class Day:
    """What the comparison of one day found; the lists hold order ids.

    `extra` are rows of HAP that the source does not show, and rows that are there twice. `doubtful`
    are orders of which the source does not tell the sum, or nothing that can be read: no sum of
    that day is known, and nobody but a person can repair it.
    """

    source: Sums = field(default_factory=Sums)
    hap: Sums = field(default_factory=Sums)
    missing: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """Return every order that is missing, different or extra."""
        return [*self.missing, *self.different, *self.extra]

    @property
    def agrees(self) -> bool:
        """Tell whether both sides hold the same; where no order stands out, the sums decide."""
        return self.source == self.hap and not self.names and not self.doubtful

    @property
    def is_uneven(self) -> bool:
        """Tell whether the sums differ although no order stands out."""
        return self.source != self.hap and not self.names

    def __str__(self) -> str:
        """Name what differs, cut where there is much of it."""
        parts = (
            ("缺少", self.missing),
            ("不同", self.different),
            ("多出", self.extra),
            ("存疑", self.doubtful),
        )
        reported = [f"{word} {len(ids)}：{', '.join(ids[:20])}" for word, ids in parts if ids]
        if self.source != self.hap:
            reported.append(f"合计 小鹅通 {self.source} 明道云 {self.hap}")
        return "；".join(reported)
