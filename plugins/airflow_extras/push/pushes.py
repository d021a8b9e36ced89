"""What was pushed since the last run, for the DAG `xiaoe_push`.

What a stranger would get wrong: the events that Airflow hands to a run are not all there are. The
queue keeps the moment of the first event that came while a run was going on, and the next run gets
only events up to that moment; the rest of a burst would wait for the next push, and the last push
of a day for ever (Airflow 3.3.2: `on_conflict_do_nothing` in the asset manager). So a run reads the
asset's events itself, from where the last successful one stopped.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import Asset, get_current_context

from airflow_extras.push.assets import MERGES, ORDERS, USERS
from include.flows.orders.pushed import Pushed, PushEvent

_CURSOR = "last_event"
_PAGE = 500
# What is older, the poller and the nightly run have seen to.
_OLDEST = timedelta(days=1)
# Event ids grow in the order of arrival; the clocks of two API servers may differ by a little.
_CLOCKS = timedelta(minutes=1)


def read_pushes(asset: Asset) -> Pushed:
    """Return the ids that were pushed since the cursor."""
    cursor = _stored(asset)
    since = datetime.fromisoformat(cursor["at"]) - _CLOCKS
    events = [event for event in _events_since(asset, since) if event.id > cursor["id"]]
    return (
        Pushed.of(events) if events else Pushed(cursor["id"], datetime.fromisoformat(cursor["at"]))
    )


def move_cursor(asset: Asset, pushed: Pushed) -> None:
    """Store how far the pushes are dealt with; without an expiry, like the watermark."""
    store = get_current_context()["asset_state_store"][asset]
    store.set(_CURSOR, {"id": pushed.last_event, "at": pushed.last_at.astimezone(UTC).isoformat()})


def _stored(asset: Asset) -> dict[str, Any]:
    """Return the cursor, never older than a day."""
    start = (datetime.now(UTC) - _OLDEST).isoformat()
    store = get_current_context()["asset_state_store"][asset]
    cursor: Any = store.get(_CURSOR, default=None) or {"id": 0, "at": start}
    return {"id": cursor["id"], "at": max(cursor["at"], start)}


def _events_since(asset: Asset, moment: datetime) -> Iterator[PushEvent]:
    """Yield the events from a moment on, page by page; several may share a moment."""
    seen: set[int] = set()
    while True:
        page = get_current_context()["inlet_events"][asset].after(moment.isoformat()).limit(_PAGE)
        fresh = [event for event in page if event.id not in seen]
        for event in fresh:
            # An event that a person made in the UI has whatever that person wrote, or nothing.
            ids: Any = event.extra or {}
            reported = (ids.get(name, ()) for name in (ORDERS, USERS, MERGES))
            yield PushEvent(event.id, event.timestamp, *reported)
        if len(page) < _PAGE or not fresh:
            return
        seen.update(event.id for event in fresh)
        moment = fresh[-1].timestamp
