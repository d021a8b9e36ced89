"""Keeps the flows quiet."""

from __future__ import annotations

import logging

import pytest


@pytest.fixture(autouse=True)
def quiet_flows():
    """A run logs a dozen lines; thousands of histories would spend their time on that."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)
