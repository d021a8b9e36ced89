"""What the documents leave open about HAP: see `undetermined`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.errors import ConfigurationError
from include.simulators.hap.settings import HapSettings
from tests.crash.child import run_steps
from tests.crash.paced import paced
from tests.pipeline.undetermined import (
    HAP_ERRORS,
    HAP_VALUES,
    cases,
    judge,
    named,
    outcome,
    telling_shop,
)
from tests.pipeline.world import open_world


@pytest.mark.parametrize("case", list(cases(HapSettings, HAP_VALUES)), ids=named)
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
