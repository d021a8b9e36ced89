"""Whether Airflow runs the DAGs by itself, and lets enough of their tasks run side by side."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.errors import Bilingual
from include.doctor.context import AirflowSide, DoctorContext
from include.doctor.findings import Finding, right, unknown, wrong
from include.flows.run.batches import AT_ONCE, MOST_TASKS

SCHEDULE = Bilingual("定时运行", "scheduled runs")
LIMITS = Bilingual("Airflow 的任务上限", "Airflow's limits on tasks")
_IN_AIRFLOW = Bilingual("在 Airflow 里运行 DAG xiaoe_doctor", "run the DAG xiaoe_doctor in Airflow")

# What a run of the orders DAG needs, by the setting that limits it.
LEAST = {
    "core.max_map_length": MOST_TASKS,
    "core.default_pool_task_slot_count": AT_ONCE,
    "core.max_active_tasks_per_dag": AT_ONCE,
    "core.parallelism": AT_ONCE,
}


def scheduling(context: DoctorContext) -> Iterator[Finding]:
    """Look at the switches of the scheduled DAGs, and at the settings that limit their tasks."""
    if context.airflow is None:
        yield unknown(
            SCHEDULE,
            "这里看不到 Airflow 的设置",
            "Airflow's settings are not seen here",
            _IN_AIRFLOW,
        )
        return
    yield _schedule(context.airflow)
    yield _limits(context.airflow)


def _schedule(side: AirflowSide) -> Finding:
    off = [name for name, paused in side.paused.items() if paused]
    if off:
        names = "、".join(off)
        return wrong(
            SCHEDULE,
            f"{names} 是暂停的，不会自己运行",
            f"{names}: paused, so nothing runs by itself",
            Bilingual(
                "首次同步完成后在 Airflow 打开它的开关", "unpause it once base data is there"
            ),
        )
    unseen = [name for name, paused in side.paused.items() if paused is None]
    if unseen:
        names = "、".join(unseen)
        return unknown(SCHEDULE, f"看不到 {names} 是否打开", f"cannot tell whether {names} is on")
    return right(
        SCHEDULE,
        "订单每 15 分钟、对账每晚，都已打开；回填一天一次运行",
        "orders every quarter of an hour, reconciliation nightly: both on; a backfill runs by day",
    )


def _limits(side: AirflowSide) -> Finding:
    low = {
        name: (side.limits[name], least)
        for name, least in LEAST.items()
        if side.limits.get(name, least) < least
    }
    if low:
        reported = "、".join(f"{name}={now}(至少 {least})" for name, (now, least) in low.items())
        return wrong(
            LIMITS,
            f"太小：{reported}",
            f"too low: {', '.join(f'{name} is {now}' for name, (now, _) in low.items())}",
            Bilingual(
                "在 Airflow 配置里调大，再重启 scheduler", "raise it and restart the scheduler"
            ),
        )
    reported = "、".join(f"{name}={side.limits[name]}" for name in LEAST if name in side.limits)
    return right(LIMITS, f"够用：{reported}", "enough")
