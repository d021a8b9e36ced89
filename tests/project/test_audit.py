"""What `make lint` says of the packages: a hole fails it, a database out of reach does not."""

from __future__ import annotations

import json

import pytest

from tests.audit import report

HOLE = {"id": "PYSEC-2026-1", "fix_versions": ["1.1"], "aliases": [], "description": ""}
SOUND = {"name": "sound", "version": "2.0", "vulns": []}
LEAKY = {"name": "leaky", "version": "1.0", "vulns": [HOLE]}
PASSED_OVER = {"name": "elsewhere", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("packages", "words", "fails"),
    [
        ([SOUND, LEAKY], "leaky 1.0: PYSEC-2026-1 → 1.1", True),
        ([SOUND, PASSED_OVER], "1/2 个包已检查", False),
        ([PASSED_OVER], "nothing audited", False),
    ],
)
def test_known_holes_fail_and_what_was_not_looked_at_is_said(packages, words, fails):
    said, failed = report(json.dumps({"dependencies": packages, "fixes": []}))
    assert words in said
    assert failed is fails


@pytest.mark.parametrize("output", ["", "Traceback (most recent call last):", "{}"])
def test_without_a_network_nothing_is_audited_and_that_is_said(output):
    assert report(output) == (report("")[0], False)
    assert "nothing audited" in report(output)[0]
