"""What the documents leave open about HAP: see `undetermined`."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from connectors.errors import ConfigurationError
from include.simulators.hap.settings import HapSettings, Reading, Writing
from tests.crash.child import STEPS, run_steps
from tests.crash.paced import paced
from tests.pipeline.copies import copied
from tests.pipeline.undetermined import (
    HAP_ERRORS,
    HAP_VALUES,
    WITHOUT_SET_UP,
    cases,
    judge,
    named,
    outcome,
    telling_shop,
    worksheets_made,
)
from tests.pipeline.world import open_world

EVERY = list(cases(HapSettings, HAP_VALUES))
ABOUT_ROWS = Reading.model_fields.keys() | Writing.model_fields.keys()


@pytest.mark.parametrize("case", [c for c in EVERY if c[0] in ABOUT_ROWS], ids=named)
def test_hap_may_treat_rows_either_way(case, tmp_path):
    """All of these make the same worksheets, so they are there; set up writes rows of settings."""
    name, value = case
    settings, made = HapSettings(**{"qps": 0, name: value}), partial(worksheets_made, telling_shop)
    with copied("telling shop, worksheets", tmp_path / "t", made, hap=settings) as w:
        judge(case, *outcome(w, STEPS, WITHOUT_SET_UP), HAP_ERRORS)


@pytest.mark.parametrize("case", [c for c in EVERY if c[0] not in ABOUT_ROWS], ids=named)
def test_hap_may_be_either_way(case, tmp_path):
    name, value = case
    settings = HapSettings(**{"qps": 0, name: value})
    quick = not name.startswith("structure_")  # an edit takes its time
    with open_world(telling_shop(), tmp_path / "t", hap=settings, in_process=quick) as w:
        judge(case, *outcome(w), HAP_ERRORS)


def test_an_app_that_shows_no_rows_is_not_filled_a_second_time(tmp_path):
    with open_world(telling_shop(), tmp_path / "t") as world:
        run_steps(replace(world, context_type=paced(world.store.clock.advance)))
        world.store.settings.view_null = "empty"
        seen = world.hap_journal.entries()[-1].sequence
        for step in ("base_data", "orders"):
            with pytest.raises(ConfigurationError, match="视图参数"):
                run_steps(world, (step,))
        assert world.hap_journal.writes() == [
            entry for entry in world.hap_journal.writes() if entry.sequence <= seen
        ]
