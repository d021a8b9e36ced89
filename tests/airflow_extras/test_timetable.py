from __future__ import annotations

from datetime import UTC, datetime

import pendulum
import pytest
from airflow.sdk import DAG
from airflow.serialization.definitions.dag import SerializedDAG
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import DataInterval
from airflow.utils.types import DagRunType

from airflow_extras.timetable import QuarterHoursOrWholeDays
from include.flows.run.window import live_interval


def orders_dag() -> SerializedDAG:
    dag = DAG(
        "orders",
        schedule=QuarterHoursOrWholeDays(),
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        catchup=False,
    )
    return DagSerialization.from_dict(DagSerialization.to_dict(dag))


def backfill(since: str, until: str) -> list[tuple[str, str]]:
    infos = orders_dag().iter_dagrun_infos_between(
        pendulum.parse(since, tz="Asia/Shanghai"), pendulum.parse(until, tz="Asia/Shanghai")
    )
    return [
        (
            info.data_interval.start.in_timezone("Asia/Shanghai").format("MM-DD HH:mm"),
            info.data_interval.end.in_timezone("Asia/Shanghai").format("MM-DD HH:mm"),
        )
        for info in infos
    ]


def test_a_backfill_of_whole_days_makes_one_run_a_day():
    assert backfill("2026-02-27", "2026-03-02") == [
        ("02-27 00:00", "02-28 00:00"),
        ("02-28 00:00", "03-01 00:00"),
        ("03-01 00:00", "03-02 00:00"),
    ]


def test_a_backfill_is_cut_at_midnight_in_beijing_and_at_its_own_ends():
    assert backfill("2026-11-22 08:07", "2026-11-23 17:59") == [
        ("11-22 08:00", "11-23 00:00"),
        ("11-23 00:00", "11-23 17:45"),
    ]


def test_a_live_run_covers_the_quarter_hour_before_it():
    info = orders_dag().next_dagrun_info(last_automated_run_info=None)
    assert info is not None
    interval = info.data_interval
    assert (interval.end - interval.start).total_seconds() == 900
    assert interval.start.minute in {5, 20, 35, 50}


def test_live_and_backfilled_runs_never_share_a_start():
    starts = [start for start, _ in backfill("2026-11-01 00:05", "2026-11-23 17:50")]
    assert all(start.endswith((":00", ":15", ":30", ":45")) for start in starts)


@pytest.mark.parametrize(
    "moment",
    [
        "2026-11-28 10:04:59",
        "2026-11-28 10:05:00",
        "2026-11-28 10:14:00",
        "2026-12-31 23:58:00",
        "2027-01-01 00:04:59",
        "2028-02-29 00:00:00",
    ],
)
def test_the_flows_know_the_live_interval_that_a_moment_lies_in(moment):
    at = pendulum.parse(moment, tz="Asia/Shanghai")
    # the last one that is over when the moment has come: it lies in the next one
    before = QuarterHoursOrWholeDays().infer_manual_data_interval(run_after=at)
    assert live_interval(at) == (before.end, before.end.add(minutes=15))


def test_a_backfilled_day_has_the_name_of_that_day_in_beijing():
    start = pendulum.datetime(2026, 11, 22, 16, tz="UTC")  # midnight in Beijing
    run_id = QuarterHoursOrWholeDays().generate_run_id(
        run_type=DagRunType.BACKFILL_JOB,
        run_after=start.add(days=1),
        data_interval=DataInterval(start, start.add(days=1)),
    )
    assert run_id == "backfill__2026-11-23T00:00:00+08:00"


def test_a_live_run_keeps_airflows_own_name():
    start = pendulum.datetime(2026, 11, 22, 16, 5, tz="UTC")
    run_id = QuarterHoursOrWholeDays().generate_run_id(
        run_type=DagRunType.SCHEDULED,
        run_after=start,
        data_interval=DataInterval(start, start.add(minutes=15)),
    )
    assert run_id.startswith("scheduled__2026-11-22T16:05")
