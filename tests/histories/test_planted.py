"""The histories find every known mistake: the same drawing, the same world, the same verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from connectors.errors import ContractError
from tests.histories.drawing import histories
from tests.histories.planted import MISTAKES
from tests.histories.tally import PLAYED
from tests.histories.world import NotHealed, World

TRIES = 300


def verdict(world: World) -> list[str]:
    """Play a history; return what is wrong in the end."""
    try:
        world.play()
    except (NotHealed, ContractError) as error:  # a probe that speaks up has noticed, too
        return [str(error)]
    return world.differences()


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_the_histories_catch(mistake):
    tried = 0
    caught: list[str] = []

    @settings(
        max_examples=TRIES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @seed(1)
    @given(histories(**mistake.suits))
    def try_it(history):
        nonlocal tried
        if not caught:
            tried += 1
            world = World(replace(history, switches={**history.switches, **mistake.switches}))
            with mistake.planted():
                caught.extend(verdict(world))

    try_it()
    PLAYED["with a planted mistake"] += tried
    assert caught, f"not noticed in {tried} histories"
