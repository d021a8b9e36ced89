from __future__ import annotations

from collections.abc import Iterator

import pytest

from include.simulators.hap.human import Person
from tests.pipeline.nights import night, synced_world
from tests.pipeline.world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Iterator[World]:
    """A small shop that is synced and reconciled."""
    with synced_world(tmp_path_factory.mktemp("tokens")) as opened:
        opened.all_orders(days=1, live=True)
        assert night(opened).green
        yield opened


@pytest.fixture
def person(world) -> Person:
    return Person(world.store)
