"""What the documents leave open about the shop: see `undetermined`."""

from __future__ import annotations

from functools import partial

import pytest

from include.simulators.xiaoe.settings import XiaoeSettings
from tests.pipeline.copies import copied
from tests.pipeline.undetermined import (
    WITHOUT_SET_UP,
    XIAOE_ERRORS,
    XIAOE_VALUES,
    cases,
    judge,
    named,
    outcome,
    set_up,
    telling_shop,
)


@pytest.mark.parametrize("case", list(cases(XiaoeSettings, XIAOE_VALUES)), ids=named)
def test_xiaoe_may_be_either_way(case, tmp_path):
    name, value = case
    settings = XiaoeSettings(**{"rate_limits": False, name: value})
    first = partial(set_up, telling_shop)
    with copied("telling shop", tmp_path / "t", first, xiaoe=settings) as world:
        judge(case, *outcome(world, WITHOUT_SET_UP, WITHOUT_SET_UP), XIAOE_ERRORS)
