from __future__ import annotations

from collections.abc import Iterator

import pytest

from include.simulators.xiaoe.seed import demo_shop
from tests.pipeline.world import World, open_world


@pytest.fixture
def world(tmp_path) -> Iterator[World]:
    """A small shop with a history of ten days, and an app that is set up and empty."""
    with open_world(demo_shop(5, days=10, orders_per_day=2), tmp_path) as opened:
        opened.set_up()
        yield opened
