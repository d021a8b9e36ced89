"""What the documents leave open about the shop: see `undetermined`."""

from __future__ import annotations

import pytest

from include.simulators.xiaoe.settings import XiaoeSettings
from tests.pipeline.undetermined import (
    XIAOE_ERRORS,
    XIAOE_VALUES,
    cases,
    judge,
    named,
    outcome,
    telling_shop,
)
from tests.pipeline.world import open_world


@pytest.mark.parametrize("case", list(cases(XiaoeSettings, XIAOE_VALUES)), ids=named)
def test_xiaoe_may_be_either_way(case, tmp_path):
    name, value = case
    settings = XiaoeSettings(**{"rate_limits": False, name: value})
    with open_world(telling_shop(), tmp_path / "t", xiaoe=settings) as world:
        judge(case, *outcome(world), XIAOE_ERRORS)
