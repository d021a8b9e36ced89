"""What tasks hand to each other comes out as it went in, and is small and plain on the way."""

from __future__ import annotations

import json
import traceback
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from airflow_extras.xcom import crossing, decoded, encoded, what_it_returned
from connectors.errors import Bilingual, ConfigurationError, RetryableError
from include.flows.orders.pushed import Pushed, Work
from include.flows.orders.sync import BatchResult, Synced
from include.flows.reconcile.day import Day, Sums
from include.flows.reconcile.plan import Compared
from include.flows.reconcile.review import PickedUp
from include.flows.run.batches import Batch, BatchOrder
from include.flows.run.counts import Counts
from include.flows.run.merged_accounts import Merge
from include.flows.run.missing import Missing
from include.flows.run.parts import VALIDITY
from include.flows.run.window import RunWindow
from include.source.windows import SHOP_ZONE

NOON = datetime(2026, 11, 20, 12, tzinfo=SHOP_ZONE)
BATCH = Batch(
    (BatchOrder("o_1", 1763611200, None),), (BatchOrder("o_2"),), {"g_1": 6, "g_2": None}, ("u_1",)
)


def missing() -> Missing:
    noted = Missing()
    words = Bilingual("没有回答", "no answer"), Bilingual("稍后", "later")
    noted.note(VALIDITY, "o_1", RetryableError("purchase", *words, "500"))
    return noted


def across(kind, value):
    return decoded(kind, json.loads(json.dumps(encoded(kind, value))))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (RunWindow, RunWindow(NOON, NOON.astimezone(UTC), moves_watermark=True, first=True)),
        (list[Batch], [BATCH, BATCH]),
        (list[Batch] | None, []),
        (list[str] | None, ["u_1"]),
        (Counts, Counts(read=3, failed=1)),
        (Work, Work(Pushed(7, NOON, ["o_1"], ["u_1"], NOON, [Merge("u_1", "u_2", NOON)]), BATCH)),
        (
            Compared,
            Compared(
                [BATCH],
                {date(2026, 11, 20): Day(Sums(1, Decimal("1.10"), Decimal(0)), missing=["o_1"])},
                NOON,
                date(2026, 11, 20),
                stale_days=[date(2026, 1, 1)],
            ),
        ),
        (dict[str, int], {"customers": 1}),
    ],
)
def test_what_a_task_returns_is_what_the_next_one_takes(kind, value):
    assert encoded(kind, across(kind, value)) == encoded(kind, value)
    assert type(across(kind, value)) is type(value)


def test_what_is_missing_keeps_its_record_its_code_and_its_words():
    back = across(BatchResult, BatchResult("o_1", missing=missing())).missing
    (failure,) = back.noted.values()
    assert (failure.entity, failure.record_id, failure.step) == (
        "order.validity",
        "o_1",
        "purchase",
    )
    assert (failure.error.code, failure.error.explanation.zh) == ("500", "没有回答")
    assert back.without == Counter({"order.validity": 1})


def test_a_batch_hands_on_numbers_and_a_repair_names_as_well():
    result = Synced("o_1", done=["o_1"], changed=["o_1"])
    assert encoded(BatchResult, result).keys() == {"batch", "counts", "missing", "unknown"}
    back = across(Synced, result)
    assert (back.done, back.changed) == (["o_1"], ["o_1"])


def test_a_task_that_failed_hands_on_nothing():
    assert decoded(RunWindow | None, None) is None
    assert decoded(list[Batch] | None, None) is None


# As the version before handed them on, in runs that are cleared after an upgrade.
OLD_BATCH = {
    "label": "o_1",
    "orders": "o_1\t1763611200\t1763611260\t",
    "goods": [["g_1", 6]],
    "buyers": "u_1",
}
OLD_DAY = {"source": [1, "1.10", "0"], "hap": [1, "1.10", "0"], "missing": [], "different": []}


@pytest.mark.parametrize(
    ("kind", "left"),
    [
        (RunWindow, {"since": "2026-11-20"}),
        (Batch, OLD_BATCH),
        (Batch, "o_1\t1763611200"),
        (list[Batch] | None, [OLD_BATCH]),
        (list[Synced] | None, [{"done": ["o_1"], "changed": [], "missing": {}, "create": 1}]),
        (PickedUp | None, {"read": 3, "missing": 0, "create": 1, "patch": 0, "unchanged": 2}),
        (
            Compared,
            {
                "batches": [],
                "days": {"2026-11-20": OLD_DAY},
                "due": "2026-11-20T12:00:00+08:00",
                "refunds_until": "2026-11-20",
            },
        ),
    ],
)
def test_what_another_version_left_is_refused_with_what_to_do_and_not_quoted(kind, left):
    with pytest.raises(ConfigurationError) as refused:
        decoded(kind, left)
    assert "Clear" in refused.value.action.zh
    assert "o_1" not in "".join(traceback.format_exception(refused.value))


def test_a_task_takes_types_and_returns_plain_json():
    @crossing
    def task(window: RunWindow, batches: list[Batch] | None = None) -> list[Batch]:
        """Do something."""
        assert window.first
        return [BATCH, *(batches or ())]

    window = encoded(RunWindow, RunWindow(NOON, NOON, moves_watermark=True, first=True))
    crossed = task(window, batches=task(window))
    assert all(isinstance(entry, str) for entry in crossed)  # Airflow looks at each value
    assert what_it_returned(task, crossed) == [BATCH, BATCH]
    assert decoded(Batch, crossed[0]) == BATCH  # as a mapped task is handed it
    assert task.__doc__ == "Do something."


def test_what_mapped_tasks_returned_is_asked_for_in_one_request():
    class OfMappedTasks(Sequence):
        """As `LazyXComSequence`: each item or slice is a request."""

        def __init__(self, values):
            self.values, self.asked = values, []

        def __len__(self):
            return len(self.values)

        def __getitem__(self, key):
            self.asked.append(key)
            return self.values[key]

    crossed = OfMappedTasks([encoded(BatchResult, BatchResult(f"o_{n}")) for n in range(20)])
    results = decoded(list[BatchResult] | None, crossed)
    assert [result.batch for result in results] == [f"o_{n}" for n in range(20)]
    assert len(crossed.asked) == 1
