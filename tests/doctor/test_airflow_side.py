"""What the doctor tells of Airflow: its limits, and scheduled DAGs that are paused."""

from __future__ import annotations

import pytest

from include.doctor.context import AirflowSide
from tests.doctor.doctor_world import ENOUGH, HEALTHY, RIGHT, UNKNOWN, WRONG, line


@pytest.mark.parametrize(
    ("side", "state", "told"),
    [
        (HEALTHY, RIGHT, "都已打开"),
        (AirflowSide({"xiaoe_orders": True}, ENOUGH), WRONG, "xiaoe_orders 是暂停的"),
        (AirflowSide({"xiaoe_orders": None}, ENOUGH), UNKNOWN, "看不到"),
        (None, UNKNOWN, "看不到 Airflow 的设置"),
    ],
)
def test_a_scheduled_dag_that_is_paused_is_told(doctor_world, side, state, told):
    found = line(doctor_world.examine(airflow=side), "定时运行")
    assert found.state is state
    assert told in str(found.reported)


def test_a_limit_of_airflow_that_is_too_low_is_told_with_its_name(doctor_world):
    side = AirflowSide({}, {**ENOUGH, "core.max_map_length": 100})
    found = line(doctor_world.examine(airflow=side), "任务上限")
    assert found.state is WRONG
    assert "core.max_map_length=100(至少 1000)" in str(found.reported)
    enough = line(doctor_world.examine(airflow=AirflowSide({}, ENOUGH)), "任务上限")
    assert enough.state is RIGHT
