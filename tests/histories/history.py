"""What a history is made of: plain data, so that a failing one can be read and replayed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Kind = Literal[
    "place",  # an order is placed
    "crowd",  # several orders are placed in one second
    "late",  # an order is placed, and lists show it minutes later
    "import",  # an order made long ago is imported
    "pay",
    "close",
    "settle",
    "settle all",  # many orders change in one second
    "refund a part",
    "refund",
    "remark",
    "hide",  # an order is deleted
]


@dataclass(frozen=True)
class Act:
    """Something that happens in the shop; `number` chooses the order, how many, how old."""

    kind: Kind
    number: int = 0


@dataclass(frozen=True)
class Meanwhile:
    """An act before a run: so many seconds from the end of its window, or in a part of the wait."""

    act: Act
    edge: int | None = None
    part: float = 0.5


@dataclass(frozen=True)
class Stir:
    """An act between two requests: after so many further requests, so many seconds later."""

    requests: int
    seconds: int
    act: Act


@dataclass(frozen=True)
class Backfill:
    """A backfill beside a run: it begins at that request of the run, and reads these days back."""

    request: int
    days: int


@dataclass(frozen=True)
class Run:
    """One scheduled run: how many quarter hours later, how late after that, and its fate."""

    quarters: int
    delay: int = 35
    meanwhile: tuple[Meanwhile, ...] = ()
    backfill: Backfill | None = None
    vendor_fails_at: int | None = None  # the request from which on the vendor answers errors
    dies_before: Literal["sync", "settle"] | None = None


@dataclass(frozen=True)
class History:
    """A shop's past, and what happens to it while the orders DAG runs."""

    feed: Literal["update", "create"]
    start: datetime
    switches: Mapping[str, Any] = field(default_factory=dict)
    page_size: int = 3
    past: tuple[tuple[float, Act], ...] = ()  # days before the start
    runs: tuple[Run, ...] = (Run(1),)
    stirs: tuple[Stir, ...] = ()
