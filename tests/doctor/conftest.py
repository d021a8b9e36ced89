"""The clinic that most tests share."""

from __future__ import annotations

import pytest

from tests.doctor.clinic import open_clinic


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    with open_clinic(tmp_path_factory.mktemp("tokens")) as opened:
        yield opened
