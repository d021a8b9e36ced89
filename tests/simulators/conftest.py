from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulators.hap_service import Hap, served_hap


@pytest.fixture
def hap() -> Iterator[Hap]:
    """A served HAP with an empty app, a frozen clock and no rate limit."""
    with served_hap() as service:
        yield service
