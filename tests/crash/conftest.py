from __future__ import annotations

import sys

import pytest

from tests.crash.laboratory import laboratory


@pytest.fixture(scope="package")
def first(tmp_path_factory):
    with laboratory(tmp_path_factory.mktemp("first"), second=False) as opened:
        yield opened


@pytest.fixture(scope="package")
def second(tmp_path_factory):
    with laboratory(tmp_path_factory.mktemp("second"), second=True) as opened:
        yield opened


@pytest.fixture(params=["first", "second"])
def lab(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def tell(capsys):
    def tell(text: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f" [{text}]")

    return tell
