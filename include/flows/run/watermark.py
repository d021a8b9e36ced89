"""How far the live runs of the orders DAG have come, kept from run to run.

Two texts with an end of their own: the watermark, up to which everything is done, and the anchor,
where the first live run of a shop began while none has succeeded yet.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from include.flows.run.window import RunWindow, open_window

WATERMARK = "watermark"
ANCHOR = "anchor"


class State(Protocol):
    """Small texts by name that outlive a run; Airflow's state of an asset, for the DAGs."""

    def get(self, name: str) -> str:
        """Return a text; empty when there is none."""

    def set(self, name: str, text: str) -> None:
        """Store a text until it is stored anew or deleted."""

    def delete(self, name: str) -> None:
        """Forget a text; nothing happens when there is none."""


def fix_window(
    state: State,
    run_type: str,
    interval: tuple[datetime, datetime] | None,
    *,
    since: str = "",
    until: str = "",
    now: datetime | None = None,
) -> RunWindow:
    """Return the window of a run; the first step of the orders DAG.

    The first live run notes where it begins before it reads anything: if it fails, the next one
    starts there and not at its own interval. Raises like `open_window`.
    """
    anchor = state.get(ANCHOR)
    window = open_window(
        run_type,
        interval,
        since=since,
        until=until,
        watermark=state.get(WATERMARK),
        anchor=anchor,
        now=now,
    )
    if window.anchor and not anchor:
        state.set(ANCHOR, window.anchor)
    return window


def move_watermark(state: State, watermark: str | None) -> None:
    """Store how far a live run has come; None, from every other run, leaves everything as it is.

    The anchor has done its work then: were it kept, a watermark that somebody deletes years later
    would send the next run back to the very first one.
    """
    if watermark:
        state.set(WATERMARK, watermark)
        state.delete(ANCHOR)
