"""Counts the histories that were played, and prints the number at the end of the run."""

from __future__ import annotations

import logging

import pytest

from tests.histories.tally import PLAYED


@pytest.fixture(autouse=True)
def quiet_flows():
    """A run logs a dozen lines; thousands of histories would spend their time on that."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


def pytest_terminal_summary(terminalreporter):
    if PLAYED:
        kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(PLAYED.items()))
        terminalreporter.write_line(f"{PLAYED.total()} histories: {kinds}")
