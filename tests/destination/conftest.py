from __future__ import annotations

import pytest

from tests.destination.desk import served_desk


@pytest.fixture(scope="package")
def served():
    with served_desk() as desk:
        yield desk


@pytest.fixture
def desk(served):
    return served.renew()
