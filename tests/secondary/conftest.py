"""Counts the combinations that were tried, and prints the number at the end of the run."""

from __future__ import annotations

import logging

import pytest

from tests.secondary.tally import TRIED


@pytest.fixture(autouse=True)
def quiet_flows():
    """A run logs a dozen lines, and a combination is half a dozen runs."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def pytest_terminal_summary(terminalreporter):
    if TRIED:
        kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(TRIED.items()))
        terminalreporter.write_line(f"{TRIED.total()} combinations of interface and fault: {kinds}")
