"""Law 2: something secondary never keeps something primary out.

Each secondary interface fails in each way, during a whole load and during a live run: no order is
missing, nothing that HAP holds is blanked, one row of 同步异常 stands for the interface. Once it is
well again the next live run and the night end where they would have ended without the fault.

A test run tries every pair in one of the two scenarios; SECONDARY=all tries each in both.
"""

from __future__ import annotations

import os
from itertools import product
from typing import Any

import pytest

from tests.secondary.scene import FAULTS, SECONDARY, Scene, happens, scene
from tests.secondary.tally import TRIED

SCENARIOS = ("load", "live")
EVERY = list(product(SECONDARY, FAULTS, SCENARIOS))
CHOSEN = [
    (api, fault, scenario)
    for api, fault, scenario in EVERY
    if os.environ.get("SECONDARY") == "all"
    or ((SECONDARY.index(api) + FAULTS.index(fault)) % 2 == SCENARIOS.index(scenario))
]


def run(world: Scene, scenario: str) -> None:
    """Run what the scenario is about."""
    if scenario == "load":
        world.base_data()
    world.live_run()


@pytest.fixture(scope="module")
def ends(tmp_path_factory) -> dict[str, dict[str, Any]]:
    """Return what HAP holds where nothing fails, by scenario."""
    found = {}
    for scenario in SCENARIOS:
        with scene(tmp_path_factory.mktemp(scenario), base=scenario == "live") as world:
            happens(world.source)
            run(world, scenario)
            world.live_run()
            assert world.night().green
            assert world.open_errors() == set()
            found[scenario] = world.content()
    return found


@pytest.mark.parametrize(("api", "fault", "scenario"), CHOSEN)
def test_it_keeps_no_order_out_and_is_made_good(tmp_path, ends, api, fault, scenario):
    with scene(tmp_path, base=scenario == "live") as world:
        before = world.content()
        happens(world.source)
        world.fail(api, fault)
        run(world, scenario)
        TRIED[scenario] += 1
        during = world.content()
        assert world.orders_in_hap() == world.source.orders.current.keys()
        assert blanked(before, during) == []
        assert len(world.open_errors()) <= 3  # one for the interface, or for a good that is alone
        if world.open_errors() - {("interface", "goods.relation")}:
            assert world.config_row("order.list")["last_status"] == "部分失败"
        world.recover()
        world.live_run()
        if differences(world.content(), ends[scenario]) or world.open_errors():
            assert world.night().green  # what base data alone reads, the night reads again
        assert differences(world.content(), ends[scenario]) == []
        assert world.open_errors() == set()


def blanked(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return the cells that held something and do not any more."""
    return [
        f"{key}.{name}"
        for key, cells in before.items()
        for name, cell in cells.items()
        if cell and not after[key][name]
    ]


def differences(found: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """Return in words where two states of HAP differ."""
    told = [f"{key} is in one of them alone" for key in found.keys() ^ wanted.keys()]
    return told + [
        f"{key}.{name}: {found[key][name]!r} instead of {cell!r}"
        for key, cells in wanted.items()
        if key in found
        for name, cell in cells.items()
        if found[key][name] != cell
    ]
