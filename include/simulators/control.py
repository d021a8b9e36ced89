"""The simulators' own routes under `/_sim`: what happened, what is switched, what goes wrong.

They are no part of either vendor's API. The demo drives simulators in another process through
them; tests in the same process use `app.simulation` directly.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, ValidationError

from include.simulators.clock import SHANGHAI
from include.simulators.faults import FaultRule
from include.simulators.simulation import Simulation


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


def control_router(simulation: Simulation) -> APIRouter:
    """Return the routes `/_sim/{health,state,journal,calls,settings,clock,faults}`."""
    router = APIRouter(prefix="/_sim", include_in_schema=False)
    _add_observation(router, simulation)
    _add_settings(router, simulation)
    _add_clock(router, simulation)
    _add_faults(router, simulation)
    return router


def _add_observation(router: APIRouter, simulation: Simulation) -> None:
    @router.get("/health")
    async def health() -> dict[str, Any]:
        return {"name": simulation.name, "now": simulation.clock.now().isoformat()}

    @router.get("/state")
    async def state() -> dict[str, Any]:
        return simulation.state()

    @router.get("/journal")
    async def journal(api: str = "*", after: int = 0) -> list[dict[str, Any]]:
        return [asdict(entry) for entry in simulation.journal.entries(api, after=after)]

    @router.get("/calls")
    async def calls() -> dict[str, int]:
        return simulation.journal.calls()

    @router.delete("/journal")
    async def clear_journal() -> dict[str, str]:
        simulation.journal.clear()
        return {"journal": "cleared"}


def _add_settings(router: APIRouter, simulation: Simulation) -> None:
    @router.get("/settings")
    async def settings() -> dict[str, Any]:
        return simulation.settings.model_dump(mode="json")

    @router.patch("/settings")
    async def change(values: dict[str, Any]) -> dict[str, Any]:
        current = simulation.settings
        unknown = sorted(set(values) - set(type(current).model_fields))
        if unknown:
            raise HTTPException(422, f"no such setting: {', '.join(unknown)}")
        try:
            checked = type(current).model_validate({**current.model_dump(), **values})
        except ValidationError as error:
            raise HTTPException(422, error.errors(include_url=False, include_input=False)) from None
        for name in values:
            setattr(current, name, getattr(checked, name))
        return current.model_dump(mode="json")


def _add_clock(router: APIRouter, simulation: Simulation) -> None:
    clock = simulation.clock

    def reading() -> dict[str, Any]:
        return {"now": clock.now().isoformat(), "frozen": clock.frozen}

    @router.get("/clock")
    async def read() -> dict[str, Any]:
        return reading()

    @router.post("/clock")
    async def change(wanted: ClockChange) -> dict[str, Any]:
        if wanted.set is not None:
            zoned = wanted.set.tzinfo is not None
            clock.set(wanted.set if zoned else wanted.set.replace(tzinfo=SHANGHAI))
        if wanted.advance is not None:
            clock.advance(wanted.advance)
        if wanted.frozen is not None:
            (clock.freeze if wanted.frozen else clock.resume)()
        return reading()


def _add_faults(router: APIRouter, simulation: Simulation) -> None:
    faults = simulation.faults

    @router.get("/faults")
    async def rules() -> list[FaultRule]:
        return faults.rules

    @router.put("/faults")
    async def replace(wanted: FaultSet) -> list[FaultRule]:
        faults.set(wanted.rules, seed=wanted.seed)
        return faults.rules

    @router.delete("/faults")
    async def clear() -> dict[str, str]:
        faults.clear()
        return {"faults": "cleared"}
