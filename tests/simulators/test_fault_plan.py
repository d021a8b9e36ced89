from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from include.simulators.faults import FaultPlan, FaultRule, Kind


def hits(rule: FaultRule, calls: int = 6, api: str = "order.list") -> list[int]:
    plan = FaultPlan([rule])
    return [call for call in range(1, calls + 1) if plan.draw(api)]


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"nth": 3}, [3]),
        ({"first": 2}, [1, 2]),
        ({"after": 4}, [5, 6]),
        ({"after": 1, "times": 2}, [2, 3]),
        ({"probability": 0}, []),
        ({"api": "order.*", "nth": 1}, [1]),
        ({"api": "user.*"}, []),
    ],
)
def test_a_rule_hits_the_calls_its_trigger_names(trigger: Any, expected: Any) -> None:
    assert hits(FaultRule(kind=Kind.STATUS, **trigger)) == expected


def test_the_same_seed_rolls_the_same_dice() -> None:
    rule = FaultRule(kind=Kind.STATUS, probability=0.3)

    def drawn(seed: Any) -> Any:
        plan = FaultPlan([rule], seed=seed)
        return [plan.draw("x") is not None for _ in range(200)]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert 40 < sum(drawn(1)) < 80


def test_the_first_rule_that_hits_decides_and_the_others_go_on_counting() -> None:
    slow, reset = FaultRule(kind=Kind.SLOW, nth=1), FaultRule(kind=Kind.RESET_AFTER, nth=2)
    plan = FaultPlan([slow, reset])
    assert [plan.draw("x"), plan.draw("x"), plan.draw("x")] == [slow, reset, None]


def test_clearing_lets_everything_go_well() -> None:
    plan = FaultPlan([FaultRule(kind=Kind.EMPTY)])
    plan.clear()
    assert plan.draw("x") is None
    assert plan.rules == []


def test_a_rule_refuses_what_it_does_not_know() -> None:
    with pytest.raises(ValidationError):
        FaultRule(kind="meteor")
    with pytest.raises(ValidationError):
        FaultRule(kind=Kind.SLOW, probability=2)
