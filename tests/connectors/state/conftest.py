"""The places in which a shared state lies; the same tests hold for each of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connectors.state.places import IN_PROCESS, PLACES, Open, opened


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    with opened(request.param, tmp_path) as open_:
        yield open_


@pytest.fixture(params=IN_PROCESS)
def clocked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """A place whose clock is the test's."""
    with opened(request.param, tmp_path) as open_:
        yield open_
