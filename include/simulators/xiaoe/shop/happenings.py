"""What the shop tells to whoever listens: the raw material of pushed messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that just happened; `type` and the names of `facts` are the vendor's own."""

    type: str
    at: datetime
    facts: dict[str, str] = field(default_factory=dict)
