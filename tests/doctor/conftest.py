"""The world that most tests share."""

from __future__ import annotations

import pytest

from tests.doctor.doctor_world import open_doctor_world


@pytest.fixture(scope="module")
def doctor_world(tmp_path_factory):
    with open_doctor_world(tmp_path_factory.mktemp("tokens")) as opened:
        yield opened
