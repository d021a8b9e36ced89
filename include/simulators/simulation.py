"""What one simulated vendor consists of, apart from its own data and routes.

`Simulation` is the bundle that the gateway, the control routes and the tests share. `Exchange` is
the note that a handler leaves about the request it is handling; the gateway makes a journal entry
of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request

from include.simulators.clock import VirtualClock
from include.simulators.faults import FaultPlan
from include.simulators.journal import Journal


@dataclass(slots=True)
class Exchange:
    """One request while it is handled. Handlers set `caller`, `code` and `effect`."""

    method: str
    path: str
    api: str
    body: bytes
    caller: str = ""
    code: str = ""
    effect: str = ""


@dataclass
class Simulation:
    """One vendor: its clock, journal, faults and settings, and what the gateway must ask it.

    `api_name(method, path)` names the api for journal and faults, `error_answer(code)` gives the
    HTTP status and JSON body of a vendor error, `state()` is what `GET /_sim/state` shows.
    Functions in `before` see each request before it is handled: the place where a test lets the
    world change between two pages.
    """

    name: str
    settings: BaseModel
    api_name: Callable[[str, str], str]
    error_answer: Callable[[int], tuple[int, Any]]
    state: Callable[[], dict[str, Any]] = dict
    clock: VirtualClock = field(default_factory=VirtualClock)
    journal: Journal = field(default_factory=Journal)
    faults: FaultPlan = field(default_factory=FaultPlan)
    before: list[Callable[[Exchange], None]] = field(default_factory=list)


def exchange_of(request: Request) -> Exchange:
    """Return the note that belongs to `request`."""
    exchange: Exchange = request.state.exchange
    return exchange
