"""Shops whose writers wait ten times faster, and meet each other before they create."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

from include.destination.upsert import Upsert
from include.destination.writer import Writer
from include.flows.shop import Shop

HASTE = 10
PATIENCE_S = 0.5


def hurried(seconds: float) -> None:
    time.sleep(seconds / HASTE)


@dataclass
class MeetingPoint:
    """Where two writers of one worksheet wait for each other, for a moment.

    Then both go on, one of them with a head start of so many seconds.
    """

    head_start: float = 0.0
    barriers: dict[str, threading.Barrier] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def meet(self, sheet: str) -> None:
        with self.lock:
            barrier = self.barriers.setdefault(sheet, threading.Barrier(2))
        with suppress(threading.BrokenBarrierError):
            if barrier.wait(PATIENCE_S) == 0:
                time.sleep(self.head_start)


def paced(upsert: type[Upsert] = Upsert, point: MeetingPoint | None = None) -> type[Shop]:
    """Return a shop whose upserts are of a kind; with a meeting point, both create at once."""

    class Meeting(upsert):  # type: ignore[misc, valid-type]
        def create(self, changes):
            if point and changes:
                point.meet(self.sheet.definition.alias)
            super().create(changes)

    class PacedWriter(Writer):
        def start(self, sheet, records):
            return Meeting(
                self.client,
                sheet,
                records,
                now=self.now(),
                sleep=hurried,
                trigger_workflow=self.trigger_workflow,
                preview=self.preview,
                exact=self.exact,
            )

    class PacedShop(Shop):
        def writer(self, *, trigger_workflow=False):
            return PacedWriter(
                self.hap,
                trigger_workflow=trigger_workflow,
                preview=self.preview,
                exact=self.exact,
            )

    return PacedShop
