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


class Caught(Exception):  # noqa: N818 - what the test waits for
    """A history ended otherwise than the shop says."""


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

    @settings(
        max_examples=TRIES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,  # the first one is enough
        suppress_health_check=list(HealthCheck),
    )
    @seed(mistake.seed)
    @given(histories(**mistake.suits))
    def try_it(history):
        nonlocal tried
        tried += 1
        world = World(replace(history, switches={**history.switches, **mistake.switches}))
        with mistake.planted():
            if verdict(world):
                raise Caught

    with pytest.raises(Caught):  # or it is not noticed in so many histories
        try_it()
    PLAYED["with a planted mistake"] += tried
