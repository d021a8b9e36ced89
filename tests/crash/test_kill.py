"""A process may die at any moment; whoever runs everything again makes it whole.

Each experiment starts from a saved state of the app, kills a real process with SIGKILL before or
after one request of one step, and runs everything once more. What a kill leaves in HAP and on disk
is all that the next run can see, so points that leave the very same rows share one second run.
"""

from __future__ import annotations

import signal

import pytest

from include.simulators.faults import FaultRule, Kind
from tests.crash.child import Kill


def test_the_day_ends_right_when_nothing_goes_wrong(lab):
    lab.restore(lab.steps[0])
    assert lab.process() == 0
    assert lab.complaints() == []


def test_a_kill_before_or_after_any_request_leaves_nothing_that_the_next_run_does_not_mend(
    lab, tell
):
    kills, states = 0, set()
    for step in lab.steps:
        left = {}
        for death in lab.deaths(step):
            assert death.exitcode == -signal.SIGKILL
            left[death.request, death.after] = lab.state()
            assert lab.run_again() == [], f"{step}, request {death.request}, {death.after=}"
        assert len(left) == 2 * lab.requests(step)
        the_process_itself_leaves_the_same(lab, step, left)
        kills += len(left)
        states |= set(left.values())
    tell(f"{kills} kills, {len(states)} states")
    assert kills > 100


@pytest.mark.parametrize("after", [False, True])
def test_a_kill_while_several_calls_are_under_way_leaves_nothing_behind(lab, after):
    for step in lab.steps:
        requests = lab.requests(step)
        for part in (0.25, 0.5, 0.75):
            lab.killed(step, Kill(int(requests * part), after), threads=8)
            assert lab.run_again() == [], f"{step}, request {int(requests * part)}"


def the_process_itself_leaves_the_same(lab, step: str, left: dict[tuple[int, bool], str]) -> None:
    """Kill the process instead of its twin, at a few points, and run everything in another one."""
    last = len(left) // 2
    for request, after in ((1, False), (last // 2, False), (last // 2, True), (last, True)):
        lab.killed(step, Kill(request, after))
        assert lab.state() == left[request, after], f"{step}, request {request}, {after=}"
    assert lab.process() == 0
    assert lab.complaints() == []


def test_a_write_whose_answer_is_lost_is_neither_doubled_nor_lost(lab, tell):
    points = 0
    for step in lab.steps:
        for number in lab.writes(step):
            lab.cut_off(step, FaultRule(kind=Kind.RESET_AFTER, nth=number))
            assert lab.run_again() == [], f"{step}, write {number}"
            points += 1
    tell(f"{points} lost answers")


def test_every_kind_of_write_is_among_the_points(lab):
    made = set()
    for step in lab.steps:
        lab.requests(step)
        made |= {entry.api for entry in lab.world.hap_journal.writes()}
    first = {"worksheet.create", "worksheet.edit", "rows.batch_create"}
    assert made >= ({"rows.update", "rows.batch_update"} if lab.second else first)
