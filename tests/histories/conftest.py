"""Counts the histories that were played, and prints the number at the end of the run."""

from __future__ import annotations

import logging
from collections import Counter

import pytest

PLAYED: Counter[str] = Counter()


@pytest.fixture(autouse=True)
def quiet_flows():
    """A run logs a dozen lines; thousands of histories would spend their time on that."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


def pytest_terminal_summary(terminalreporter):
    if PLAYED:
        counts = ", ".join(f"{name} {number}" for name, number in sorted(PLAYED.items()))
        terminalreporter.write_line(f"histories: {counts}")
