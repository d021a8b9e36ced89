"""Two runs at once, which meet before each creation: both have looked, neither has found a row."""

from __future__ import annotations

import pytest

from connectors.errors import ConnectorError
from include.flows.run.failed_batch import BatchFailedError
from tests.crash.paced import MeetingPoint

LAG = {"visibility_lag_s": 2.0}
LATE = {"late_write_every": 4, "late_write_s": 8.0}

RACES = [
    pytest.param(False, {}, id="no index"),
    pytest.param(False, LAG, id="no index, look-ups lag 2 s"),
    pytest.param(False, {**LAG, "batch_create_order": "shuffled"}, id="no index, lag, shuffled"),
    pytest.param(False, {"batch_create_answer": "none"}, id="no index, ids not told"),
    pytest.param(False, {"batch_delete_answer": "quirk"}, id="no index, deletions say failed"),
    pytest.param(True, {}, id="index"),
    pytest.param(True, LAG, id="index, look-ups lag 2 s"),
    pytest.param(True, {**LAG, "batch_duplicate": "partial"}, id="index, lag, partial batches"),
    pytest.param(
        True, {**LAG, "batch_duplicate": "partial_error"}, id="index, lag, partial with an error"
    ),
    pytest.param(True, {**LAG, "batch_duplicate": "last"}, id="index, lag, last one wins"),
    pytest.param(True, {"duplicate_code": 10006}, id="index, 10006"),
    pytest.param(True, {"duplicate_code": 99999}, id="index, 99999"),
    pytest.param(True, LATE, id="index, every fourth write applied 8 s late"),
]


@pytest.mark.parametrize(("index", "switches"), RACES)
def test_two_writers_at_once_leave_one_row_per_key(first, index, switches):
    race(first, index, switches)


@pytest.mark.parametrize(("index", "switches"), [(False, LAG), (True, LAG), (True, LATE)])
def test_two_writers_at_once_change_rows_that_are_there(second, index, switches):
    race(second, index, switches)


def race(lab, index, switches) -> None:
    lab.restore("base_data", **switches)
    if index:
        lab.make_indexes()
    for ended in lab.at_once(("base_data", "orders"), MeetingPoint()):
        assert isinstance(ended, None | BatchFailedError | ConnectorError), ended
    let_late_writes_land(lab)
    lab.run(lab.paced())
    assert lab.complaints() == []


def let_late_writes_land(lab) -> None:
    store = lab.world.store
    store.settings.late_write_every = 0
    lab.let_pass(store.settings.visibility_lag_s)
    while len(store.deferred):
        lab.let_pass(LATE["late_write_s"])
        with store.lock:
            store.deferred.settle(store.clock.monotonic())
