"""Shops whose writers move the app's clock instead of waiting, and meet before they create."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from include.destination.write.upsert import Upsert, Writer
from include.flows.run.context import SyncContext

PATIENCE_S = 20.0  # a writer who has waited so long for the other one goes on alone


class Meeting:
    """Two writers who create rows of one worksheet, and whether one of them is done since."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.barrier = threading.Barrier(2, action=self.done.clear)


@dataclass
class MeetingPoint:
    """Where two writers of one worksheet wait for each other, unless one is gone for good.

    Then both go on at once, or one after the other is done with its rows.
    """

    one_first: bool = False
    gone: bool = False
    meetings: dict[str, Meeting] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def meet(self, sheet: str) -> None:
        meeting = self._meeting(sheet)
        with suppress(threading.BrokenBarrierError):
            if meeting.barrier.wait(PATIENCE_S) == 0 and self.one_first:
                meeting.done.wait(PATIENCE_S)

    def done(self, sheet: str) -> None:
        """Let the writer go on that waits for this one to be done."""
        self._meeting(sheet).done.set()

    def leave(self) -> None:
        """Keep nobody waiting: this writer's run is over."""
        with self.lock:
            self.gone = True
            for meeting in self.meetings.values():
                meeting.barrier.abort()
                meeting.done.set()

    def _meeting(self, sheet: str) -> Meeting:
        with self.lock:
            meeting = self.meetings.setdefault(sheet, Meeting())
            if self.gone:
                meeting.barrier.abort()
            return meeting


def paced(
    sleep: Callable[[float], object],
    upsert: type[Upsert] = Upsert,
    point: MeetingPoint | None = None,
) -> type[SyncContext]:
    """Return a shop whose upserts are of a kind; with a meeting point, both create at once."""

    class MeetingUpsert(upsert):  # type: ignore[valid-type]
        def run(self):
            try:
                return super().run()
            finally:
                if point:
                    point.done(self.sheet.definition.alias)

        def _create(self, changes):
            if point and changes:
                point.meet(self.sheet.definition.alias)
            super()._create(changes)

    class PacedWriter(Writer):
        circle = MeetingUpsert

    class PacedShop(SyncContext):
        def writer(self, *, trigger_workflow=False, patient=True):
            return PacedWriter(
                self.hap,
                trigger_workflow=trigger_workflow,
                preview=self.preview,
                compare_all_cells=self.compare_all_cells,
                sleep=sleep if patient else _no_pause,
            )

    return PacedShop


def _no_pause(_seconds):
    pass
