"""What the connectors' tests share: a scripted server on 127.0.0.1, and a clock to move by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.connectors.clock import Clock
from tests.connectors.loopback import Loopback, loopback


@pytest.fixture
def server() -> Iterator[Loopback]:
    with loopback() as running:
        yield running


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock().replaces_time(monkeypatch)
