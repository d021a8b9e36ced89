"""The simulators' own routes under `/_sim`: what happened, what is switched, what goes wrong.

They are no part of either vendor's API. The demo drives simulators in another process through
them; tests in the same process use `app.simulation` directly.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from include.simulators.clock import SHANGHAI
from include.simulators.faults import FaultRule
from include.simulators.simulation import Simulation

Json = Any  # whatever json.dumps takes, and times
Answer = Callable[[Simulation, Request, bytes], Json]


class ClockChange(BaseModel):
    """`set` first, then `advance` (seconds), then `frozen`; a time without a zone is Beijing's."""

    model_config = ConfigDict(extra="forbid")

    set: datetime | None = None
    advance: float | None = None
    frozen: bool | None = None


class FaultSet(BaseModel):
    """A whole fault plan."""

    model_config = ConfigDict(extra="forbid")

    rules: list[FaultRule]
    seed: int = 0


def control_routes(simulation: Simulation) -> list[Route]:
    """Return the routes `/_sim/{health,state,journal,calls,settings,clock,faults}`."""
    return [
        Route(f"/_sim/{path}", answering(partial(answer, simulation)), methods=[method])
        for method, path, answer in _ROUTES
    ]


def json_response(value: Json, status: int = 200) -> Response:
    """Return a value as JSON, times in ISO format."""
    content = json.dumps(value, ensure_ascii=False, default=_plain)
    return Response(content, status, media_type="application/json")


def answering(
    answer: Callable[[Request, bytes], Json],
) -> Callable[[Request], Awaitable[Response]]:
    """Return what a route takes: the answer as JSON, what is wrong with a request as 422."""

    async def handle(request: Request) -> Response:
        try:
            return json_response(answer(request, await request.body()))
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False, include_context=False)
            return json_response({"detail": details}, 422)
        except ValueError as error:
            return json_response({"detail": str(error)}, 422)

    return handle


def _plain(value: object) -> Json:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else str(value)


def _health(simulation: Simulation, request: Request, body: bytes) -> Json:
    return {"name": simulation.name, "now": simulation.clock.now()}


def _state(simulation: Simulation, request: Request, body: bytes) -> Json:
    return simulation.state()


def _journal(simulation: Simulation, request: Request, body: bytes) -> Json:
    query = request.query_params
    entries = simulation.journal.entries(query.get("api", "*"), after=int(query.get("after", "0")))
    return [asdict(entry) for entry in entries]


def _clear_journal(simulation: Simulation, request: Request, body: bytes) -> Json:
    simulation.journal.clear()
    return {"journal": "cleared"}


def _calls(simulation: Simulation, request: Request, body: bytes) -> Json:
    return simulation.journal.calls()


def _settings(simulation: Simulation, request: Request, body: bytes) -> Json:
    return simulation.settings.model_dump(mode="json")


def _change_settings(simulation: Simulation, request: Request, body: bytes) -> Json:
    current, values = simulation.settings, json.loads(body)
    unknown = sorted(set(values) - set(type(current).model_fields))
    if unknown:
        raise ValueError(f"no such setting: {', '.join(unknown)}")
    # all of them are checked before the first one changes
    checked = type(current).model_validate({**current.model_dump(), **values})
    for name in values:
        setattr(current, name, getattr(checked, name))
    return current.model_dump(mode="json")


def _clock(simulation: Simulation, request: Request, body: bytes) -> Json:
    return {"now": simulation.clock.now(), "frozen": simulation.clock.frozen}


def _change_clock(simulation: Simulation, request: Request, body: bytes) -> Json:
    clock, wanted = simulation.clock, ClockChange.model_validate_json(body)
    if wanted.set is not None:
        zoned = wanted.set.tzinfo is not None
        clock.set(wanted.set if zoned else wanted.set.replace(tzinfo=SHANGHAI))
    if wanted.advance is not None:
        clock.advance(wanted.advance)
    if wanted.frozen is not None:
        (clock.freeze if wanted.frozen else clock.resume)()
    return _clock(simulation, request, body)


def _faults(simulation: Simulation, request: Request, body: bytes) -> Json:
    return simulation.faults.rules


def _set_faults(simulation: Simulation, request: Request, body: bytes) -> Json:
    wanted = FaultSet.model_validate_json(body)
    simulation.faults.set(wanted.rules, seed=wanted.seed)
    return simulation.faults.rules


def _clear_faults(simulation: Simulation, request: Request, body: bytes) -> Json:
    simulation.faults.clear()
    return {"faults": "cleared"}


_ROUTES: tuple[tuple[str, str, Answer], ...] = (
    ("GET", "health", _health),
    ("GET", "state", _state),
    ("GET", "journal", _journal),
    ("DELETE", "journal", _clear_journal),
    ("GET", "calls", _calls),
    ("GET", "settings", _settings),
    ("PATCH", "settings", _change_settings),
    ("GET", "clock", _clock),
    ("POST", "clock", _change_clock),
    ("GET", "faults", _faults),
    ("PUT", "faults", _set_faults),
    ("DELETE", "faults", _clear_faults),
)
