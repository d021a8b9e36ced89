"""What a step learns of its run, from the very objects that Airflow hands to a task."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from airflow.sdk.api.datamodels._generated import DagRun, DagRunType

from airflow_extras import run
from connectors.errors import ConfigurationError
from connectors.state.files import FileState
from include.flows.reconcile.days import open_days
from include.flows.run.api_settings import ApiSettings
from include.flows.run.known_app import KnownApp
from include.flows.run.window import open_window
from include.shops import ShopConfig

NOW = datetime(2026, 11, 26, 13, 36, tzinfo=UTC)
INTERVAL = (NOW - timedelta(minutes=31), NOW - timedelta(minutes=16))


@pytest.fixture
def opened(monkeypatch, tmp_path):
    """Open a context, and return what each hook was asked for."""
    given: dict[str, dict] = {}

    class Hook:
        order_feed = "update"

        def __init__(self, conn_id: str) -> None:
            self.conn_id = conn_id

        def get_conn(self, **options):
            given[self.conn_id] = options
            transport = SimpleNamespace(origin="", sent=dict)
            return SimpleNamespace(app_id="app1", transport=transport, trigger_workflow=False)

    def open_(executor: str) -> dict[str, dict]:
        monkeypatch.setattr("airflow_extras.run.conf.get", lambda *_, **__: executor)
        with run.open_context(ShopConfig(), tasks=4):
            return given

    task = SimpleNamespace(
        task_id="t", map_index=-1, try_number=1, xcom_push=lambda **_: None, xcom_pull=lambda **_: 0
    )
    this = SimpleNamespace(run_type="manual", dag_id="d", run_id="r")
    context = {"ti": task, "dag_run": this, "params": {}}
    monkeypatch.setenv("XIAOE_TOKEN_DIR", str(tmp_path / "shared"))
    monkeypatch.setattr(run, "get_current_context", lambda: context)
    monkeypatch.setattr(run, "MingdaoHook", Hook)
    monkeypatch.setattr(run, "XiaoeHook", Hook)
    monkeypatch.setattr(run, "known_or_read", lambda *_: KnownApp(ApiSettings(), {}, NOW))
    monkeypatch.setattr(run, "keep_reports", lambda *_: None)
    monkeypatch.setattr(run, "_task_url", lambda: "")
    return open_


def test_both_clients_of_a_task_share_the_rates_where_processes_share_a_directory(
    opened, tmp_path, monkeypatch
):
    for executor in ("LocalExecutor", "CeleryExecutor"):
        shared = {"rate_state": FileState(tmp_path / "shared")}
        assert opened(executor) == {
            "xiaoe_default": {"paths": {}, **shared},
            "mingdao_default": shared,
        }
    monkeypatch.delenv("XIAOE_TOKEN_DIR")
    assert [one["shares"] for one in opened("CeleryExecutor").values()] == [4, 4]


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
