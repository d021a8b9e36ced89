"""What a step learns of its run, from the very objects that Airflow hands to a task."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from airflow.sdk.api.datamodels._generated import DagRun, DagRunType

from airflow_extras import run
from connectors.errors import ConfigurationError
from include.flows.reconcile.days import open_days
from include.flows.run.window import open_window

NOW = datetime(2026, 11, 26, 13, 36, tzinfo=UTC)
INTERVAL = (NOW - timedelta(minutes=31), NOW - timedelta(minutes=16))


@pytest.fixture
def asked(monkeypatch):
    def made_as(kind: DagRunType, interval=INTERVAL, *, preview: bool = False) -> dict:
        start, end = interval
        dag_run = DagRun(
            dag_id="xiaoe_orders",
            run_id=f"{kind.value}__1",
            run_after=end,
            start_date=end,
            end_date=None,
            logical_date=start,
            partition_key=None,
            run_type=kind,
            state="running",
            data_interval_start=start,
            data_interval_end=end,
            consumed_asset_events=[],
        )
        context = {"dag_run": dag_run, "params": {"since": None, "until": None, "preview": preview}}
        monkeypatch.setattr(run, "get_current_context", lambda: context)
        return run.asked_window()

    return made_as


def test_a_scheduled_run_of_the_orders_moves_the_watermark_and_overlaps(asked):
    window = open_window(**asked(DagRunType.SCHEDULED), now=NOW)
    assert window.moves_watermark
    assert window.since == INTERVAL[0] - timedelta(minutes=30)


@pytest.mark.parametrize("kind", [kind for kind in DagRunType if kind is not DagRunType.SCHEDULED])
def test_no_other_kind_of_run_that_airflow_knows_moves_the_watermark(asked, kind):
    window = open_window(**asked(kind), now=NOW)
    assert not window.moves_watermark
    assert (window.since, window.until) == INTERVAL


def test_a_backfill_of_the_reconciliation_compares_the_days_of_its_interval(asked):
    day = datetime(2026, 8, 31, 16, tzinfo=UTC)
    window = open_days(**asked(DagRunType.BACKFILL, (day, day + timedelta(days=1))), now=NOW)
    assert (window.since, window.until) == (day, day + timedelta(days=1))


@pytest.mark.parametrize("open_", [open_window, open_days])
def test_a_kind_of_run_that_nobody_knows_is_an_error_and_not_a_manual_run(open_):
    with pytest.raises(ValueError, match="DagRunType"):
        open_("DagRunType.SCHEDULED", INTERVAL, now=NOW)


def test_a_backfill_cannot_be_a_preview_which_would_stay_in_its_runs(asked):
    with pytest.raises(ConfigurationError, match="回填不能只预览"):
        asked(DagRunType.BACKFILL, preview=True)
    assert asked(DagRunType.MANUAL, preview=True)["run_type"] == "manual"
