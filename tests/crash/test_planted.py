"""The harness catches what it is there for: each planted mistake is complained of."""

from __future__ import annotations

from contextlib import suppress

import pytest

from connectors.errors import ConnectorError
from include.destination.write.upsert import Upsert
from include.flows.orders.finish import IncompleteRunError
from include.flows.run.failed_batch import BatchFailedError
from include.simulators.faults import FaultRule, Kind
from include.simulators.hap.human import Person
from include.simulators.hap.plain import plain_rows
from tests.crash import planted
from tests.crash.laboratory import Laboratory
from tests.crash.paced import MeetingPoint
from tests.crash.scene import first_day
from tests.pipeline.world import open_world

LAG = 2.0
FAILED = (ConnectorError, BatchFailedError, IncompleteRunError, ValueError)


def plain(lab: Laboratory, upsert: type[Upsert], **switches) -> list[str]:
    """Run everything; nothing goes wrong."""
    lab.restore("base_data", **switches)
    with suppress(*FAILED):
        lab.run(lab.paced(upsert))
    return lab.complaints()


def shuffled(lab, upsert) -> list[str]:
    return plain(lab, upsert, batch_create_order="shuffled")


def labels_are_blanked(lab, upsert) -> list[str]:
    return plain(lab, upsert, select_label="blank")


def twice(lab, upsert) -> list[str]:
    """Run everything twice; the second run must write nothing."""
    told = plain(lab, upsert)
    seen = lab.world.hap_journal.entries()[-1].sequence
    lab.run(lab.paced(upsert))
    return told + [entry.effect for entry in lab.world.writes(after=seen)]


def name_taken_back(lab, upsert) -> list[str]:
    """Let a user take the name out of the shop: HAP keeps the one it has."""
    plain(lab, upsert)
    shop, buyer = lab.scene.shop, lab.scene.users[0]
    before = shop.users[buyer].name
    shop.change_user(buyer, name="")
    try:
        lab.run(lab.paced(upsert), ("base_data",))
    finally:
        shop.change_user(buyer, name=before)
    return lab.complaints()


def lost_answers(lab, upsert, **switches) -> list[str]:
    """Drop the answer of each write of base data in turn, then run everything again."""
    for number in lab.writes("base_data"):
        lab.restore("base_data", **switches)
        lab.world.hap_faults.set([FaultRule(kind=Kind.RESET_AFTER, nth=number)])
        with suppress(*FAILED):
            lab.run(lab.paced(upsert), ("base_data",))
        lab.world.hap_faults.clear()
        lab.let_pass(switches.get("visibility_lag_s", 0))
        with suppress(*FAILED):
            lab.run(lab.paced(upsert))
        if told := lab.complaints():
            return told
    return []


def lost_answers_seen_late(lab, upsert) -> list[str]:
    return lost_answers(lab, upsert, visibility_lag_s=LAG)


def race(lab, upsert, *, one_first=False, **switches) -> list[str]:
    """Run everything twice at the same time."""
    lab.restore("base_data", **switches)
    lab.at_once(("base_data", "orders"), MeetingPoint(one_first), upsert)
    lab.let_pass(switches.get("visibility_lag_s", 0))
    return lab.complaints()


def late_race(lab, upsert) -> list[str]:
    """One writer has seen its rows, and is done, before the other one's can be seen."""
    return race(lab, upsert, one_first=True, visibility_lag_s=LAG)


def old_version_after_the_new_one(lab, upsert) -> list[str]:
    """Let somebody who still sees yesterday's shop sync its goods once more."""
    told = plain(lab, upsert)
    with open_world(first_day().shop, lab.world.tokens.parent / "yesterday") as yesterday:
        today, lab.world.xiaoe_url = lab.world.xiaoe_url, yesterday.xiaoe_url
        try:
            lab.run(lab.paced(upsert), ("goods",))
        finally:
            lab.world.xiaoe_url = today
    return told + lab.complaints()


def row_added_by_hand(lab, upsert) -> list[str]:
    """Let a person add a second row for a customer: it is reported, and stays."""
    lab.restore("orders")
    person, buyer = Person(lab.world.store), lab.scene.users[0]
    added = person.add("customers", {"user_id": buyer, "nickname": "重复录入"})
    lab.run(lab.paced(upsert), ("orders",))
    left = {row["rowid"] for row in plain_rows(lab.world.store, "customers")}
    return [] if added in left else ["a person's row is deleted"]


MISTAKES = [
    (planted.BlindRetry, "first", lost_answers),
    (planted.RowIdsByPosition, "first", shuffled),
    (planted.UnverifiedFilter, "first", plain),
    (planted.HashOverStoredValues, "first", twice),
    (planted.PhoneAsKey, "first", twice),
    (planted.NoSecondLook, "first", race),
    (planted.NoStaleGuard, "second", old_version_after_the_new_one),
    (planted.BlankBlanks, "first", name_taken_back),
    (planted.FillOverwrites, "second", plain),
    (planted.DeletesForeignRows, "first", row_added_by_hand),
    (planted.OptionsByLabel, "first", labels_are_blanked),
    (planted.NewestWins, "first", late_race),
    (planted.NoWaitForUnknown, "first", lost_answers_seen_late),
    (planted.OneBatchForAll, "second", plain),
]


@pytest.mark.parametrize(
    ("mistake", "day", "experiment"), MISTAKES, ids=[m[0].__name__ for m in MISTAKES]
)
def test_a_planted_mistake_is_caught(request, mistake, day, experiment):
    assert experiment(request.getfixturevalue(day), mistake)


@pytest.mark.parametrize(
    ("day", "experiment"),
    sorted({(m[1], m[2]) for m in MISTAKES}, key=lambda one: (one[0], one[1].__name__)),
    ids=lambda part: part if isinstance(part, str) else part.__name__,
)
def test_the_real_write_path_stands_the_same_experiment(request, day, experiment):
    assert experiment(request.getfixturevalue(day), Upsert) == []
